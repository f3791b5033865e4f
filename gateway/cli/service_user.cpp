// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/service_user.h"

#include "gateway/cli/command.h"

#include <cerrno>
#include <cstdlib>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <system_error>
#include <unistd.h>

namespace gatehouse::cli {

void work_as_service(const Config& config) {
    struct stat directory {};
    if (::getuid() != 0 || ::geteuid() != 0) return;
    if (::stat(config.state_directory.c_str(), &directory) != 0 || directory.st_uid == 0) return;
    const passwd* const owner = ::getpwuid(directory.st_uid);
    const gid_t group = owner != nullptr ? owner->pw_gid : directory.st_gid;
    const int groups = owner != nullptr ? ::initgroups(owner->pw_name, group) : ::setgroups(0, nullptr);
    if (groups != 0 || ::setegid(group) != 0 || ::seteuid(directory.st_uid) != 0)
        throw CommandError(EX_OSERR, fmt::format("cannot work as the owner of {}: {}", config.state_directory,
                                                 std::generic_category().message(errno)));
}

AsRoot::AsRoot() noexcept : user_(::geteuid()), group_(::getegid()) {
    if (::getuid() != 0 || user_ == 0) return;
    if (::seteuid(0) != 0 || ::setegid(0) != 0) std::abort();
}

AsRoot::~AsRoot() {
    if (::getuid() != 0 || user_ == 0) return;
    if (::setegid(group_) != 0 || ::seteuid(user_) != 0) std::abort();
}

} // namespace gatehouse::cli
