// SPDX-License-Identifier: Apache-2.0
// application/json bodies, strictly: one flat object of strings, booleans and nulls; one of its fields may be an object
// with any JSON inside. Pure; loop thread.
#pragma once

#include "gateway/http/decoded_body.h"

#include <string_view>

namespace gatehouse::http {

/// A boolean becomes "true" or "false"; a null is left out as if the field had not been sent. Refuses: anything but one
/// object, objects and arrays inside it, numbers, the same name twice (also with different escapes), an empty name, NUL
/// (\u0000), invalid UTF-8, lone surrogates, comments, trailing commas, a BOM, anything after the object, too many
/// fields or bytes.
/// The field `object`, if named, is an object that may have arrays, numbers and up to max_object_depth levels. Its
/// value is its JSON text, written again without blanks. Doubled names, NUL and numbers out of range are refused inside
/// it as well.
[[nodiscard]] DecodedBody decode_json(std::string_view text, std::string_view object = {});

inline constexpr std::size_t max_object_depth = 8; ///< levels, the object itself included

} // namespace gatehouse::http
