// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/content_type.h"

#include "gateway/http/list_header.h"

#include <boost/url/grammar/ci_string.hpp>

namespace gatehouse::http {
namespace {

using boost::urls::grammar::ci_is_equal;

bool is_utf8_charset(std::string_view parameter) {
    const auto name = take_until(parameter, '=');
    return ci_is_equal(name, std::string_view("charset")) &&
           (ci_is_equal(parameter, std::string_view("utf-8")) || ci_is_equal(parameter, std::string_view("\"utf-8\"")));
}

} // namespace

MediaType media_type(std::string_view content_type) noexcept {
    const auto type = trim_blanks(take_until(content_type, ';'));
    while (!content_type.empty())
        if (!is_utf8_charset(trim_blanks(take_until(content_type, ';')))) return MediaType::other;
    if (ci_is_equal(type, std::string_view("application/x-www-form-urlencoded"))) return MediaType::form;
    if (ci_is_equal(type, std::string_view("application/json"))) return MediaType::json;
    return MediaType::other;
}

} // namespace gatehouse::http
