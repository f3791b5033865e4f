// SPDX-License-Identifier: Apache-2.0
// The one spelling of an e-mail address. Login, throttle, command line and stores compare only the results of these
// functions, so two spellings are either one account everywhere or refused everywhere. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

/// Trims spaces (U+0020 only), lower-cases ASCII letters and returns the result, or nullopt if it is not an address:
/// local part of 1 to 64 characters out of RFC 5322's atext, dots only between them; exactly one '@'; domain of labels
/// ([a-z0-9-]{1,63}, no hyphen at either end) with dots between them; at most 254 characters in all. A domain of one
/// label is allowed (`admin@localhost`). Quoted local parts, comments, address literals and everything outside
/// printable ASCII (NUL, full-width letters, homoglyphs, internationalised domains that are not in their xn-- form) are
/// refused. Applying it twice changes nothing.
[[nodiscard]] std::optional<std::string> canonical_email(std::string_view text);

/// What people log in with: an address as above, or a phone number. A phone number becomes "+" and its 7 to 15 digits,
/// however it is written (a leading 8 of eleven digits is a trunk prefix, and becomes 7). nullopt: neither.
[[nodiscard]] std::optional<std::string> canonical_identifier(std::string_view text);

} // namespace gatehouse
