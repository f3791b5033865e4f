// SPDX-License-Identifier: Apache-2.0
// The process: one object owns everything, in construction order; one loop thread runs it.
#pragma once

#include "gateway/config/config.h"

#include <string>

namespace gatehouse {

struct ServeArguments {
    std::string config_path; ///< empty: the default path, whose file may be absent
};

/// Serves until SIGTERM or SIGINT. Returns the exit code: 0, 78 (configuration, key ring or schema), 71 (the socket).
int serve(const ServeArguments& arguments);

/// The name by which the other gateways know the one with this configuration. It is the same after a restart, and
/// unique on a host, because no two processes listen on the same socket.
[[nodiscard]] std::string node_name(const Config& config);

} // namespace gatehouse
