// SPDX-License-Identifier: Apache-2.0
// The gateways on this host, as far as their sockets show them. Main thread.
#pragma once

#include <string>
#include <vector>

namespace gatehouse::cli {

/// Asks the gateways behind these sockets to reload the configuration: by SIGHUP, or by `systemctl reload` where
/// systemd holds the socket. Returns the sockets with a listener. Throws CommandError(77) if this user may not signal a
/// gateway, (71) if systemctl fails.
std::vector<std::string> reload_gateways(const std::vector<std::string>& sockets);

} // namespace gatehouse::cli
