// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/utf8.h"

#include <boost/locale/utf.hpp> // this header needs no library

namespace gatehouse {

std::optional<char32_t> take_code_point(std::string_view& text) {
    namespace utf = boost::locale::utf;
    auto at = text.begin();
    const auto code_point = utf::utf_traits<char>::decode(at, text.end());
    const bool valid = code_point != utf::illegal && code_point != utf::incomplete;
    text.remove_prefix(valid ? static_cast<std::size_t>(at - text.begin()) : 1);
    if (!valid) return std::nullopt;
    return code_point;
}

} // namespace gatehouse
