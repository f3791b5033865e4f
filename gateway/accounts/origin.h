// SPDX-License-Identifier: Apache-2.0
// The origin of a request, cleaned for storing, showing and counting. The address is the one that nginx gave. Pure; any
// thread.
#pragma once

#include "storage/records.h"

#include <string>
#include <string_view>

namespace gatehouse {

/// Returns at most 512 bytes of valid UTF-8. Every control character, direction override and invalid byte becomes '?'.
[[nodiscard]] std::string clean_user_agent(std::string_view text);

/// The address in its canonical text form; empty if it is not one (a unix socket, say). An IPv4 address inside IPv6 is
/// shown as IPv4.
[[nodiscard]] Origin make_origin(std::string_view address, std::string_view user_agent);

} // namespace gatehouse
