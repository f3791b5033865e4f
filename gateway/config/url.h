// SPDX-License-Identifier: Apache-2.0
// The addresses of the stores: whether they can be right, and how they are shown to people. Pure. No message here ever
// repeats an address, because it may hold a password.
#pragma once

#include "gateway/config/value.h"

namespace gatehouse::config {

/// postgresql://… (postgres:// too) or sqlite:PATH (file:PATH too).
[[nodiscard]] Problem check_database_url(std::string_view url);
/// redis://[[user]:password@]host[:port][/number] or unix:PATH[?db=number].
[[nodiscard]] Problem check_redis_url(std::string_view url);
/// http(s)://host[:port] and nothing behind it, in lower case, as browsers send it in Origin.
[[nodiscard]] Problem check_origin(std::string_view origin);

[[nodiscard]] bool is_sqlite(std::string_view url);

/// The address with *** for what may be a password; rather too much is hidden than too little.
[[nodiscard]] std::string masked_url(std::string_view url);
[[nodiscard]] bool has_password(std::string_view url);

} // namespace gatehouse::config
