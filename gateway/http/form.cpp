// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/form.h"

#include "gateway/http/list_header.h"
#include "gateway/http/percent.h"
#include "gateway/http/utf8.h"

#include <algorithm>

namespace gatehouse::http {
namespace {

std::optional<std::string> decode(std::string_view text) {
    auto decoded = percent_decode(text, Plus::is_space);
    if (decoded && (decoded->find('\0') != decoded->npos || !is_utf8(*decoded))) decoded.reset();
    return decoded;
}

std::optional<Field> decode_pair(std::string_view pair) {
    auto name = decode(take_until(pair, '='));
    auto value = decode(pair);
    if (!name || name->empty() || !value) return std::nullopt;
    return Field{std::move(*name), std::move(*value)};
}

} // namespace

DecodedBody decode_form(std::string_view text) {
    if (text.size() > max_body_bytes) return BodyError::too_large;
    std::vector<Field> fields;
    while (!text.empty()) {
        const auto pair = take_until(text, '&');
        if (pair.empty()) continue;
        auto field = decode_pair(pair);
        if (!field) return BodyError::malformed;
        const auto same = [&](const Field& other) { return other.name == field->name; };
        if (std::any_of(fields.begin(), fields.end(), same)) return BodyError::duplicate_field;
        if (fields.size() == max_fields) return BodyError::too_many_fields;
        fields.push_back(std::move(*field));
    }
    return fields;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
    auto fields = decode_form(query);
    if (!fields) return std::nullopt;
    const auto found = std::find_if(fields->begin(), fields->end(), [&](const Field& f) { return f.name == name; });
    if (found == fields->end()) return std::nullopt;
    return std::move(found->value);
}

} // namespace gatehouse::http
