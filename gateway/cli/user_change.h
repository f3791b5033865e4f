// SPDX-License-Identifier: Apache-2.0
// The commands that change a user who is there: passwd, disable, enable, role, grant, revoke. Main thread.
#pragma once

#include "gateway/cli/command.h"

namespace gatehouse::cli {

/// `user` is the group that they belong to.
void add_user_changes(CLI::App& user, Invocation& invocation);

} // namespace gatehouse::cli
