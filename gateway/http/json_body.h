// SPDX-License-Identifier: Apache-2.0
// application/json bodies, strictly: one flat object of strings, booleans and nulls. Pure; loop thread.
#pragma once

#include "gateway/http/decoded_body.h"

#include <string_view>

namespace gatehouse::http {

/// A boolean becomes "true" or "false", a null is left out as if it had not been sent. Refused: anything but one
/// object, objects and arrays within it, numbers, the same name twice (also escaped differently), an empty name, NUL
/// (\u0000), invalid UTF-8, lone surrogates, comments, trailing commas, a BOM, anything behind the object, too many
/// fields or bytes.
[[nodiscard]] DecodedBody decode_json(std::string_view text);

} // namespace gatehouse::http
