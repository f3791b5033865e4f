// SPDX-License-Identifier: Apache-2.0
// The addresses of the stores: whether they are well-formed, and how they are shown to people. Pure. No message here
// repeats an address, because an address may hold a password.
#pragma once

#include "gateway/config/value.h"

namespace gatehouse::config {

/// postgresql://… (postgres:// too) or sqlite:PATH (file:PATH too).
[[nodiscard]] Problem check_database_url(std::string_view url);
/// redis://[[user]:password@]host[:port][/number] or unix:PATH[?db=number].
[[nodiscard]] Problem check_redis_url(std::string_view url);
/// http(s)://host[:port] and nothing after it, in lower case, as browsers send an Origin.
[[nodiscard]] Problem check_origin(std::string_view origin);

[[nodiscard]] bool is_sqlite(std::string_view url);

/// The address with *** for everything that may be a password; in doubt, more is hidden.
[[nodiscard]] std::string masked_url(std::string_view url);
[[nodiscard]] bool has_password(std::string_view url);

} // namespace gatehouse::config
