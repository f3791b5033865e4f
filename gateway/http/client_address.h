// SPDX-License-Identifier: Apache-2.0
// The address of a client, as nginx reports it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::http {

/// Whether this is a textual IPv4 or IPv6 address, or "unix:" (nginx's word for a peer on a unix socket).
[[nodiscard]] bool is_client_address(std::string_view text) noexcept;

/// One spelling per address: IPv6 shortened and in lower case, IPv4-mapped IPv6 as IPv4. Empty for "unix:" and for a
/// text that is no address.
[[nodiscard]] std::string canonical_address(std::string_view text);

/// Whether no visitor from the internet can have this address: an address of a private network or of the machine
/// itself, or "unix:".
[[nodiscard]] bool is_private_address(std::string_view text) noexcept;

/// The name under which attempts from this address are counted: an IPv4 address, the /64 of an IPv6 address (one
/// subscriber has at least a /64), or "local" for everything else.
[[nodiscard]] std::string throttle_key(std::string_view text);

} // namespace gatehouse::http
