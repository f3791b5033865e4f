// SPDX-License-Identifier: Apache-2.0
// The files that come with the program and that pages load. Pure; any thread.
#pragma once

#include "gateway/config/colour.h"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::pages {

/// The style sheet with these accents in place of its own.
[[nodiscard]] std::string style_sheet_with(const std::optional<config::Colour>& day,
                                           const std::optional<config::Colour>& night);

/// What a page can do better with JavaScript. Without it everything works.
[[nodiscard]] std::string_view script() noexcept;

/// An SVG.
[[nodiscard]] std::string_view shipped_icon() noexcept;

} // namespace gatehouse::pages
