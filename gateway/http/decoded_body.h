// SPDX-License-Identifier: Apache-2.0
// What the two body decoders give back: fields in the order they came, or why not. Pure values; loop thread.
#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::http {

inline constexpr std::size_t max_body_bytes = 16 * 1024;
inline constexpr std::size_t max_fields = 32;

/// Why a body is refused.
enum class BodyError {
    unsupported_type, ///< neither a form nor JSON, or not in UTF-8: 415
    too_large,        ///< more than max_body_bytes: 413
    bad_length,       ///< CONTENT_LENGTH is no number, or not the body's: 400
    malformed,        ///< syntax, bad encoding, NUL, nesting, a value of a type that we do not take: 400
    duplicate_field,  ///< 400
    too_many_fields,  ///< more than max_fields: 400
    object_expected   ///< a string, say, where an object belongs: 400
};

struct Field {
    std::string name;
    std::string value;
};

using DecodedBody = boost::system::result<std::vector<Field>, BodyError>;

/// The status of the answer, and the code and the message of the error shape.
[[nodiscard]] int status_of(BodyError error) noexcept;
[[nodiscard]] std::string_view code_of(BodyError error) noexcept;
[[nodiscard]] std::string_view message_of(BodyError error) noexcept;

} // namespace gatehouse::http
