// SPDX-License-Identifier: Apache-2.0
// Where a request came from, cleaned for storing, showing and counting. The address is the one that nginx gave us.
// Pure; any thread.
#pragma once

#include "storage/records.h"

#include <string>
#include <string_view>

namespace gatehouse {

/// At most 512 bytes of valid UTF-8. Every control character, direction override and invalid byte is a '?'.
[[nodiscard]] std::string clean_user_agent(std::string_view text);

/// The address in its canonical text form, empty if it is none (a unix socket, say); an IPv4 address inside IPv6 is
/// shown as IPv4.
[[nodiscard]] Origin make_origin(std::string_view address, std::string_view user_agent);

} // namespace gatehouse
