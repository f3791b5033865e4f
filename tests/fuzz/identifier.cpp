// SPDX-License-Identifier: Apache-2.0
// What people log in with: one account has one spelling, and other ways to write it lead there.
#include "gateway/accounts/identifier.h"

#include "tests/fuzz/promise.h"

#include <algorithm>

namespace gatehouse::fuzz {
namespace {

std::string upper(std::string text) {
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return text;
}

} // namespace

void look_at(std::string_view input) {
    const auto email = canonical_email(input);
    const auto identifier = canonical_identifier(input);
    if (email) {
        promise(identifier == email, "an address is an address wherever it is asked for");
        promise(email->size() <= 254 && std::ranges::count(*email, '@') == 1, "one local part, one domain");
        promise(std::ranges::all_of(*email, [](char c) { return c > ' ' && c < '\x7f' && !(c >= 'A' && c <= 'Z'); }),
                "lower case, printable ASCII");
        promise(canonical_email("  " + upper(*email) + " ") == email, "blanks around it and capitals change nothing");
    }
    if (!identifier) return;
    promise(canonical_identifier(*identifier) == identifier, "applied twice it changes nothing");
    if (email) return;
    const auto digits = identifier->substr(1);
    promise(identifier->front() == '+' && digits.size() <= 15 && digits.size() >= 5 &&
                std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }),
            "a plus and digits");
    promise(canonical_identifier(" (" + digits + ")-. ") == identifier, "however it is written");
}

} // namespace gatehouse::fuzz
