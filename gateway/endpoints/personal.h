// SPDX-License-Identifier: Apache-2.0
// The preferences of the visitor: for pages, and for the headers that the application gets. Loop thread.
#pragma once

#include "gateway/endpoints/endpoint.h"
#include "gateway/http/accept.h"

#include <optional>
#include <string_view>

namespace gatehouse {

/// The preferences that this process knows. Unknown or outdated ones are requested in the background.
[[nodiscard]] const PreferenceBook::Entry& preferences_of(const Call& call, const CachedUser& known);

/// Gives a new session its user's preferences, in the background.
void preferences_for(const Call& call, const Session& session);

/// The preferences that this program understands.
struct DisplayPreferences {
    std::string_view theme;                 ///< empty: the browser's setting
    std::optional<http::Language> language; ///< nullopt: the browser's setting
};
[[nodiscard]] DisplayPreferences display_preferences(const KnownPreferences& preferences) noexcept;

} // namespace gatehouse
