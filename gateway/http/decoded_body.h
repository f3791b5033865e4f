// SPDX-License-Identifier: Apache-2.0
// The result of the two body decoders: fields in their order, or an error. Pure values; loop thread.
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
    bad_length,       ///< CONTENT_LENGTH is no number, or differs from the body's length: 400
    malformed,        ///< syntax, bad encoding, NUL, nesting, a value of an unsupported type: 400
    duplicate_field,  ///< 400
    too_many_fields,  ///< more than max_fields: 400
    object_expected   ///< another value (a string, for example) where an object is required: 400
};

struct Field {
    std::string name;
    std::string value;
};

using DecodedBody = boost::system::result<std::vector<Field>, BodyError>;

/// The status of the answer, and the code and the message of the JSON error.
[[nodiscard]] int status_of(BodyError error) noexcept;
[[nodiscard]] std::string_view code_of(BodyError error) noexcept;
[[nodiscard]] std::string_view message_of(BodyError error) noexcept;

} // namespace gatehouse::http
