// SPDX-License-Identifier: Apache-2.0
// Where a login may lead. Every route that takes a target asks here again at the moment of use. Pure; loop thread.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::http {

/// `target` if it is a path on our own origin that every parser reads alike, else `fallback`.
///
/// `target` has been decoded once (it was a field). It must be at most 2048 printable ASCII bytes that begin with
/// exactly one
/// '/', without a backslash. Its path, also after decoding it as often as it can be, must have no empty or dot segment,
/// no backslash, no control character and only UTF-8, and must not be `prefix` or lie below it: no chains into our own
/// pages. Query and fragment may say anything. `fallback` is configuration and not looked at.
[[nodiscard]] std::string safe_target(std::string_view target, std::string_view fallback, std::string_view prefix);

} // namespace gatehouse::http
