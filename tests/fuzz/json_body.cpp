// SPDX-License-Identifier: Apache-2.0
// JSON bodies: what is accepted is what a reader finds that builds a tree of it, and survives being written and read
// again.
#include "gateway/http/json_body.h"

#include "gateway/http/utf8.h"
#include "tests/fuzz/promise.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <set>

namespace gatehouse::fuzz {
namespace {

namespace json = boost::json;

constexpr std::string_view whole = "data";

bool alike(const json::value& one, const json::value& other);

bool alike(const json::object& one, const json::object& other) {
    return std::ranges::equal(
        one, other, [](const auto& a, const auto& b) { return a.key() == b.key() && alike(a.value(), b.value()); });
}

/// Equal but for the last digits of fractions, which Boost reads inexactly.
bool alike(const json::value& one, const json::value& other) {
    if (one.is_object() && other.is_object()) return alike(one.get_object(), other.get_object());
    if (one.is_array() && other.is_array())
        return std::ranges::equal(one.get_array(), other.get_array(),
                                  [](const auto& a, const auto& b) { return alike(a, b); });
    if (!one.is_double() && !other.is_double()) return one == other;
    const auto a = one.to_number<double>();
    const auto b = other.to_number<double>();
    return a == b || std::abs(a - b) <= 1e-14 * std::max(std::abs(a), std::abs(b));
}

std::string quoted(const std::string& text) {
    return json::serialize(json::string_view(text));
}

void compare(const std::vector<http::Field>& fields, const json::object& tree) {
    std::size_t sent = 0;
    for (const auto& [name, value] : tree)
        sent += value.is_null() ? 0 : 1;
    promise(sent == fields.size(), "every field that has a value, and no other");
    std::set<std::string> names;
    for (const auto& [name, value] : fields) {
        promise(!name.empty() && names.insert(name).second, "each field has a name of its own");
        for (const auto& text : {name, value})
            promise(http::is_utf8(text) && text.find('\0') == text.npos, "text without a NUL");
        const auto& original = tree.at(json::string_view(name));
        if (name == whole)
            promise(alike(json::parse(json::string_view(value)), original), "the object means what was sent");
        else if (original.is_bool())
            promise(value == (original.get_bool() ? "true" : "false"), "a boolean is its word");
        else
            promise(original.is_string() && value == std::string_view(original.get_string()), "a text is the text");
    }
}

} // namespace

void look_at(std::string_view input) {
    const auto fields = http::decode_json(input, whole);
    const auto plain = http::decode_json(input);
    if (plain) promise(fields || input.find(whole) != input.npos, "only the field that is an object differs");
    if (!fields) return;
    promise(input.size() <= http::max_body_bytes && fields->size() <= http::max_fields, "the limits hold");
    json::error_code error;
    const auto tree = json::parse(json::string_view(input), error);
    promise(!error && tree.is_object(), "it is JSON, and an object");
    compare(*fields, tree.get_object());

    std::string again;
    for (const auto& [name, value] : *fields)
        again += (again.empty() ? "{" : ",") + quoted(name) + ":" + (name == whole ? value : quoted(value));
    if (fields->empty() || again.size() >= http::max_body_bytes) return;
    const auto twice = http::decode_json(again + "}", whole);
    promise(twice && twice->size() == fields->size(), "written again it is accepted");
    for (std::size_t at = 0; at < fields->size(); ++at) {
        promise((*twice)[at].name == (*fields)[at].name, "with the same names");
        if ((*fields)[at].name != whole) promise((*twice)[at].value == (*fields)[at].value, "and the same values");
    }
}

} // namespace gatehouse::fuzz
