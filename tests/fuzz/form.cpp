// SPDX-License-Identifier: Apache-2.0
// Forms and query strings: what is accepted has one meaning, which survives being written and read again.
#include "gateway/http/form.h"

#include "gateway/http/percent.h"
#include "gateway/http/utf8.h"
#include "tests/fuzz/promise.h"

#include <algorithm>
#include <set>

namespace gatehouse::fuzz {
namespace {

bool same(const std::vector<http::Field>& one, const std::vector<http::Field>& other) {
    return std::ranges::equal(one, other,
                              [](const auto& a, const auto& b) { return a.name == b.name && a.value == b.value; });
}

void encodings(std::string_view input) {
    const auto encoded = http::query_component(input);
    promise(http::percent_decode(encoded, http::Plus::is_space) == input, "a component is read as it was written");
    promise(http::percent_decode(encoded, http::Plus::literal) == input, "with either meaning of a plus");
    std::string line;
    http::append_header_value(line, input);
    promise(std::ranges::all_of(line, [](char c) { return c >= ' ' && c < '\x7f'; }), "nothing ends a header line");
    const auto clean = http::clean_text(input, 64);
    promise(clean.size() <= 64 && http::is_utf8(clean), "clean text is UTF-8 and as long as is allowed");
    promise(std::ranges::none_of(clean, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }), "no controls");
    promise(http::clean_text(clean, 64) == clean, "clean text stays as it is");
}

} // namespace

void look_at(std::string_view input) {
    encodings(input);
    const auto fields = http::decode_form(input);
    if (!fields) return;
    promise(input.size() <= http::max_body_bytes && fields->size() <= http::max_fields, "the limits hold");
    std::set<std::string> names;
    std::string again;
    for (const auto& [name, value] : *fields) {
        promise(!name.empty() && names.insert(name).second, "each field has a name of its own");
        for (const auto& text : {name, value})
            promise(http::is_utf8(text) && text.find('\0') == text.npos, "text without a NUL");
        again += http::query_component(name) + "=" + http::query_component(value) + "&&";
        promise(http::query_value(input, name) == value, "one parameter of a query reads the same");
    }
    if (again.size() > http::max_body_bytes) return;
    const auto twice = http::decode_form(again);
    promise(twice && same(*twice, *fields), "written again it means the same");
}

} // namespace gatehouse::fuzz
