// SPDX-License-Identifier: Apache-2.0
// Whom a command of root works as. Main thread.
#pragma once

#include "gateway/config/config.h"

#include <sys/types.h>

namespace gatehouse::cli {

/// If root runs the command, the process works from now on as the owner of the state directory: the gateway's user. So
/// PostgreSQL lets the command in as it lets the gateway in (peer), and the files that the command makes belong to the
/// gateway. Throws CommandError.
void work_as_service(const Config& config);

/// While this lives the process works as root again, if root runs the command: the configuration and its secrets are
/// root's.
class AsRoot {
  public:
    AsRoot() noexcept;
    ~AsRoot();
    AsRoot(const AsRoot&) = delete;
    AsRoot& operator=(const AsRoot&) = delete;

  private:
    uid_t user_;
    gid_t group_;
};

} // namespace gatehouse::cli
