// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/json.h"

#include "gateway/http/utf8.h"

#include <boost/json/serialize.hpp>
#include <boost/json/string_view.hpp>

namespace gatehouse::http {
namespace {

std::string quoted(std::string_view text) {
    if (!is_utf8(text)) return quoted(clean_text(text, text.size() * 3)); // a replacement has three bytes
    return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

} // namespace

JsonObject& JsonObject::add(std::string_view key, std::string_view value) {
    return add_raw(key, quoted(value));
}

JsonObject& JsonObject::add(std::string_view key, const JsonArray& value) {
    return add_raw(key, value.str());
}

JsonObject& JsonObject::add_raw(std::string_view key, std::string_view json) {
    if (text_.size() > 1) text_ += ',';
    text_.append(quoted(key)).append(":").append(json);
    return *this;
}

JsonArray& JsonArray::add(std::string_view value) {
    return add_raw(quoted(value));
}

JsonArray& JsonArray::add_raw(std::string_view json) {
    if (text_.size() > 1) text_ += ',';
    text_.append(json);
    return *this;
}

Response json_response(int status, const JsonObject& object) {
    Response response(status);
    response.body("application/json; charset=utf-8", object.str());
    return response;
}

Response json_error(int status, std::string_view code, std::string_view message) {
    return json_response(status, JsonObject().add("error", JsonObject().add("code", code).add("message", message)));
}

} // namespace gatehouse::http
