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

namespace {

bool dropped = false; // root runs the command, which works as the service

bool become(uid_t user, gid_t group) {
    // Only root may change the group: before it ceases to be root, or after it has become root.
    if (user == 0) return ::setresuid(0, 0, 0) == 0 && ::setresgid(group, group, 0) == 0;
    return ::setresgid(group, group, 0) == 0 && ::setresuid(user, user, 0) == 0;
}

} // namespace

void work_as_service(const Config& config) {
    struct stat directory {};
    if (dropped || ::getuid() != 0 || ::geteuid() != 0) return;
    if (::stat(config.state_directory.c_str(), &directory) != 0 || directory.st_uid == 0) return;
    const passwd* const owner = ::getpwuid(directory.st_uid);
    const gid_t group = owner != nullptr ? owner->pw_gid : directory.st_gid;
    const int groups = owner != nullptr ? ::initgroups(owner->pw_name, group) : ::setgroups(0, nullptr);
    // Root stays the saved user, for AsRoot; a program that is started, such as pg_dump, has no trace of it.
    if (groups != 0 || !become(directory.st_uid, group))
        throw CommandError(EX_OSERR, fmt::format("cannot work as the owner of {}: {}", config.state_directory,
                                                 std::generic_category().message(errno)));
    dropped = true;
}

AsRoot::AsRoot() noexcept : user_(::geteuid()), group_(::getegid()) {
    if (dropped && user_ != 0 && !become(0, 0)) std::abort();
}

AsRoot::~AsRoot() {
    if (dropped && user_ != 0 && !become(user_, group_)) std::abort();
}

} // namespace gatehouse::cli
