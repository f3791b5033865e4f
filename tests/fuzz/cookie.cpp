// SPDX-License-Identifier: Apache-2.0
// Cookies: each line of the input is a Cookie header. What is found is what a reader finds that splits first and looks
// afterwards, and cookies of others change nothing.
#include "gateway/http/cookie.h"
#include "tests/fuzz/promise.h"

#include <set>
#include <string>

namespace gatehouse::fuzz {
namespace {

using http::CookieValue;
using Kind = CookieValue::Kind;

std::vector<std::string> split(const std::string& text, char mark) {
    std::vector<std::string> pieces(1);
    for (const char c : text) {
        if (c == mark)
            pieces.emplace_back();
        else
            pieces.back() += c;
    }
    return pieces;
}

std::string trimmed(std::string text) {
    const auto first = text.find_first_not_of(" \t");
    return first == text.npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::set<std::string> values_of(const std::vector<std::string>& lines, const std::string& name) {
    std::set<std::string> values;
    for (const auto& line : lines)
        for (const auto& piece : split(line, ';'))
            if (const auto pair = trimmed(piece); pair.starts_with(name + "="))
                values.insert(trimmed(pair.substr(name.size() + 1)));
    return values;
}

std::pair<Kind, std::string> find(const std::vector<std::string>& lines, const std::string& name) {
    std::vector<http::Param> params{{"REQUEST_METHOD", "GET"}};
    for (const auto& line : lines)
        params.push_back({"HTTP_COOKIE", line});
    const http::Request request(std::move(params), {});
    const auto found = http::find_cookie(request, name);
    return {found.kind, std::string(found.value)};
}

} // namespace

void look_at(std::string_view input) {
    const auto lines = split(std::string(input), '\n');
    for (const std::string name : {"sid", "__Host-sid"}) {
        const auto found = find(lines, name);
        const auto values = values_of(lines, name);
        const auto expected = values.size() > 1 ? Kind::conflict : values.empty() ? Kind::absent : Kind::one;
        promise(found.first == expected, "as many values as there are");
        promise(found.second == (values.size() == 1 ? *values.begin() : ""), "the value, and no other");

        auto more = lines;
        for (auto& line : more)
            line = "other=1; sid2=x;" + line + "; Sid=y; =" + name + "=z;";
        more.emplace_back("last=" + name);
        promise(find(more, name) == found, "cookies of others change nothing");
        more.emplace_back(name + "=planted");
        if (found.first == Kind::one && found.second != "planted")
            promise(find(more, name).first == Kind::conflict, "a second value makes a conflict");
    }
}

} // namespace gatehouse::fuzz
