// SPDX-License-Identifier: Apache-2.0
// Reads a new password from the person at the terminal, or from a pipe. Never from the arguments, which everybody on
// the machine can see. Main thread; blocks.
#pragma once

#include "gateway/accounts/secret.h"

namespace gatehouse::cli {

/// From the terminal, the password is asked for twice, without echo. From stdin, everything up to the end is read,
/// without the last newline. Throws CommandError (64 without a terminal, 65 if the two differ or the password is empty,
/// 130 after Ctrl-C).
[[nodiscard]] Secret read_new_password(bool from_stdin);

} // namespace gatehouse::cli
