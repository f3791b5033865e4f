// SPDX-License-Identifier: Apache-2.0
// application/json bodies, strictly: one flat object of strings, booleans and nulls; one field of it may be an object
// of whatever is JSON. Pure; loop thread.
#pragma once

#include "gateway/http/decoded_body.h"

#include <string_view>

namespace gatehouse::http {

/// A boolean becomes "true" or "false", a null is left out as if it had not been sent. Refused: anything but one
/// object, objects and arrays within it, numbers, the same name twice (also escaped differently), an empty name, NUL
/// (\u0000), invalid UTF-8, lone surrogates, comments, trailing commas, a BOM, anything behind the object, too many
/// fields or bytes.
/// The field `object`, if one is named, is a whole object in itself, with arrays, numbers and up to max_object_depth
/// levels; it becomes its text, written anew without blanks. Names twice, NUL and numbers out of range are refused in
/// there, too.
[[nodiscard]] DecodedBody decode_json(std::string_view text, std::string_view object = {});

inline constexpr std::size_t max_object_depth = 8; ///< of the object itself: 1

} // namespace gatehouse::http
