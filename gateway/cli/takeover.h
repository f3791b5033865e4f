// SPDX-License-Identifier: Apache-2.0
// The commands about the system that is being replaced, in the group `migrate`. Main thread.
#pragma once

#include "gateway/cli/command.h"

namespace gatehouse::cli {

void add_takeover(CLI::App& group, Invocation& invocation);
void add_forget(CLI::App& group, Invocation& invocation);

} // namespace gatehouse::cli
