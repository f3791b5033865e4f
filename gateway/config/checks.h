// SPDX-License-Identifier: Apache-2.0
// Rules for single values of the configuration and of the command line. Pure.
#pragma once

#include "gateway/config/value.h"

namespace gatehouse::config {

[[nodiscard]] bool is_context_name(std::string_view name); ///< ^[a-z][a-z0-9-]{0,31}$

[[nodiscard]] Problem check_cookie_name(std::string_view name);
[[nodiscard]] Problem check_prefix(std::string_view prefix);    ///< of URLs: /auth
[[nodiscard]] Problem check_target(std::string_view target);    ///< a path on the same site
[[nodiscard]] Problem check_requirement(std::string_view word); ///< verified, role:NAME, permission:NAME
[[nodiscard]] Problem check_absolute_path(std::string_view path);
[[nodiscard]] Problem check_socket_path(std::string_view path); ///< also short enough for the kernel
[[nodiscard]] Problem check_group(std::string_view name);
[[nodiscard]] Problem check_context_name(std::string_view name);
[[nodiscard]] Problem check_role(std::string_view name);

} // namespace gatehouse::config
