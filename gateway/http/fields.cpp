// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/fields.h"

#include "gateway/http/content_type.h"
#include "gateway/http/form.h"
#include "gateway/http/json_body.h"

#include <algorithm>
#include <charconv>

namespace gatehouse::http {
namespace {

/// std::from_chars accepts no sign for an unsigned number, no blanks and no prefix. This function refuses any
/// characters after the digits.
std::optional<std::size_t> parse_length(std::string_view text) {
    std::size_t length = 0;
    const char* const end = text.data() + text.size();
    const auto [read, error] = std::from_chars(text.data(), end, length);
    if (error != std::errc{} || read != end) return std::nullopt;
    return length;
}

} // namespace

std::optional<std::string_view> Fields::find(std::string_view name) const noexcept {
    const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const Field& f) { return f.name == name; });
    if (found == fields_.end()) return std::nullopt;
    return found->value;
}

bool Fields::flag(std::string_view name) const noexcept {
    const auto value = text(name);
    return value == "on" || value == "true" || value == "1";
}

boost::system::result<Fields, BodyError> read_fields(const Request& request, std::string_view object) {
    const auto type = media_type(request.content_type());
    if (type == MediaType::other) return BodyError::unsupported_type;
    const auto length = parse_length(request.param("CONTENT_LENGTH"));
    if (!length) return BodyError::bad_length;
    if (std::max(*length, request.body().size()) > max_body_bytes) return BodyError::too_large;
    if (*length != request.body().size()) return BodyError::bad_length;

    auto decoded = type == MediaType::json ? decode_json(request.body(), object) : decode_form(request.body());
    if (!decoded) return decoded.error();
    return Fields(type == MediaType::json ? Fields::Source::json : Fields::Source::form, std::move(*decoded));
}

} // namespace gatehouse::http
