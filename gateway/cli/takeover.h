// SPDX-License-Identifier: Apache-2.0
// The commands for taking over from the older system, in the group `migrate`. Main thread.
#pragma once

#include "gateway/cli/command.h"

namespace gatehouse::cli {

/// Throws CommandError(64) for a name that is no strategy.
[[nodiscard]] Strategy strategy_of(const std::string& name);
/// The configuration with longer timeouts. Throws CommandError(78) if the configuration has no older system.
[[nodiscard]] ConfigPtr load_older_config(const Invocation& invocation);

} // namespace gatehouse::cli
