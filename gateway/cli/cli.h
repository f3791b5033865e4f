// SPDX-License-Identifier: Apache-2.0
// The command line. This one function runs every command of `gatehouse`. Main thread.
#pragma once

namespace gatehouse::cli {

/// Returns the exit code as in sysexits.h: 0, 64 (usage), 65 (no such user, a password that is not accepted …), 69 (a
/// store does not answer), 73 (a file cannot be made), 77 (no permission), 78 (configuration or schema).
int run(int argc, char** argv);

} // namespace gatehouse::cli
