// SPDX-License-Identifier: Apache-2.0
// The process: one object owns everything, in construction order, and one loop thread runs it.
#pragma once

#include <string>

namespace gatehouse {

struct ServeArguments {
    std::string config_path; ///< empty: the default one, which may be absent
};

/// Serves until SIGTERM or SIGINT. Returns the exit code: 0, 78 (configuration, key ring or schema), 71 (the socket).
int serve(const ServeArguments& arguments);

} // namespace gatehouse
