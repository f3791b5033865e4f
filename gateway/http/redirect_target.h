// SPDX-License-Identifier: Apache-2.0
// Where a login may lead. Every route with a target checks the target again at the moment of use. Pure; loop thread.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::http {

/// Returns `target` if it is a path on our own origin that every parser reads alike, otherwise `fallback`.
///
/// `target` has been decoded once (it was a field). It must be at most 2048 printable ASCII bytes that begin with
/// exactly one '/', without a backslash. Its path is checked as it is and after each further decoding: no empty or dot
/// segment, no backslash, no control character, only UTF-8. The path must not be `prefix` or lie below `prefix`, so
/// that no chain leads into our own pages. A percent sign that is part of no escape is refused, unless it was encoded
/// itself and no escape is left. Query and fragment may hold anything. `fallback` is configuration and not checked.
[[nodiscard]] std::string safe_target(std::string_view target, std::string_view fallback, std::string_view prefix);

} // namespace gatehouse::http
