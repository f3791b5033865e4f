// SPDX-License-Identifier: Apache-2.0
// JSON answers: small objects and lists, written in the order of the calls, and the one form of an error. Pure; loop
// thread.
#pragma once

#include "gateway/http/message.h"

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse::http {

class JsonArray;

/// An object under construction. Invalid UTF-8 is replaced, never passed on.
class JsonObject {
  public:
    JsonObject& add(std::string_view key, std::string_view value);
    JsonObject& add(std::string_view key, const char* value) { return add(key, std::string_view(value)); }
    JsonObject& add(std::string_view key, std::integral auto value) {
        if constexpr (std::same_as<decltype(value), bool>)
            return add_raw(key, value ? "true" : "false");
        else
            return add_raw(key, std::to_string(value));
    }
    JsonObject& add(std::string_view key, std::nullptr_t) { return add_raw(key, "null"); }
    JsonObject& add(std::string_view key, const JsonObject& value) { return add_raw(key, value.str()); }
    JsonObject& add(std::string_view key, const JsonArray& value);
    /// `json` must be JSON already.
    JsonObject& add_json(std::string_view key, std::string_view json) { return add_raw(key, json); }

    [[nodiscard]] std::string str() const { return text_ + '}'; }

  private:
    JsonObject& add_raw(std::string_view key, std::string_view json);

    std::string text_ = "{";
};

/// A list under construction.
class JsonArray {
  public:
    JsonArray& add(std::string_view value);
    JsonArray& add(const JsonObject& value) { return add_raw(value.str()); }

    [[nodiscard]] std::string str() const { return text_ + ']'; }

  private:
    JsonArray& add_raw(std::string_view json);

    std::string text_ = "[";
};

[[nodiscard]] Response json_response(int status, const JsonObject& object);

/// {"error":{"code":"…","message":"…"}}
[[nodiscard]] Response json_error(int status, std::string_view code, std::string_view message);

} // namespace gatehouse::http
