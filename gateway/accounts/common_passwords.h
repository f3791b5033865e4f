// SPDX-License-Identifier: Apache-2.0
// Recognises long common passwords. A list of leaked passwords has few of fifteen characters or more, and those are
// made of the short ones; so this is a rule, not a list. A password is common if it consists of nothing but well-known
// pieces:
//   - it has at most three different characters, or is one unit of up to four characters, repeated; or
//   - the unit that it repeats (mostly the whole password) can be cut without a rest into pieces of cost 4 at most:
//     0 a separator, or a little word (my, the, is …); 1 a common word or name (also repeated), a run (abcd,
//     9876, aaaa, qwerty, 1qaz2wsx), a year; 3 any other number of up to eight digits.
// Letter case and the usual substitutions (p@ssw0rd) make no difference. With some 400 words the rule covers far more
// than 3000 passwords. Pure; any thread.
#pragma once

#include <span>
#include <string_view>

namespace gatehouse {

[[nodiscard]] bool is_common_password(std::u32string_view password);

/// The words that the rule knows, in lower case.
[[nodiscard]] std::span<const std::u32string_view> common_password_words() noexcept;

} // namespace gatehouse
