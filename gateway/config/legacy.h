// SPDX-License-Identifier: Apache-2.0
// Turns the options about the older system into a layout. Pure.
#pragma once

#include "gateway/config/draft.h"
#include "gateway/config/resolve.h"
#include "gateway/config/value.h"

namespace gatehouse::config {

/// "users_table = members": one name of the layout, as the option legacy_layout lists them.
[[nodiscard]] Problem check_layout_change(std::string_view text);
[[nodiscard]] Problem check_legacy_system(std::string_view name);
/// A day, 2026-12-31, or the moment 2026-12-31T12:00:00Z.
[[nodiscard]] Problem check_moment(std::string_view text);

/// Fills in draft.legacy from the values that were written.
void resolve_legacy(Draft& draft, Findings& out);

} // namespace gatehouse::config
