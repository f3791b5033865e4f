// SPDX-License-Identifier: Apache-2.0
// application/x-www-form-urlencoded, strictly: bodies of forms, and query strings. Pure; loop thread.
#pragma once

#include "gateway/http/decoded_body.h"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::http {

/// Decodes once; '+' is a space. Refuses: a bad percent sign, NUL or invalid UTF-8 (in names and values), a field
/// without a name, the same name twice, too many fields, too many bytes. Empty pieces (&&) are skipped.
[[nodiscard]] DecodedBody decode_form(std::string_view text);

/// One parameter of a query string; nullopt if the parameter is missing, or if the query is malformed or ambiguous.
[[nodiscard]] std::optional<std::string> query_value(std::string_view query, std::string_view name);

} // namespace gatehouse::http
