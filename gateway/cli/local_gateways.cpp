// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/local_gateways.h"

#include "gateway/cli/command.h"
#include "gateway/cli/service_user.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <system_error>
#include <unistd.h>

namespace gatehouse::cli {
namespace {

std::string why(int error) {
    return std::generic_category().message(error);
}

struct Socket {
    int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    Socket() = default;
    ~Socket() { ::close(fd); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
};

/// The process that listens on this socket; nullopt: no process listens.
std::optional<pid_t> listener_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return std::nullopt;
    std::memcpy(address.sun_path, path.c_str(), path.size());
    const Socket socket;
    if (::connect(socket.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED) return std::nullopt;
        throw CommandError(EX_NOPERM, fmt::format("cannot reach the gateway at {} ({}): run this as root, or as the "
                                                  "gateway's user",
                                                  path, why(errno)));
    }
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket.fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
    return peer.pid;
}

bool is_gateway(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{}/comm", pid));
    std::string name;
    return std::getline(file, name) && name.starts_with("gatehouse");
}

/// Reloads through systemd, which knows the process behind its socket. The pattern matches the loaded units:
/// gatehouse.service and every gatehouse@.service.
void reload_by_systemd() {
    std::string words[] = {"systemctl", "reload", "gatehouse*.service"};
    char* const arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
    pid_t child = 0;
    if (const int error = ::posix_spawnp(&child, "systemctl", nullptr, nullptr, arguments, environ); error != 0)
        throw CommandError(EX_OSERR, fmt::format("cannot run systemctl ({}): reload the gateway by hand", why(error)));
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw CommandError(EX_OSERR, "`systemctl reload 'gatehouse*.service'` failed: `systemctl status gatehouse` "
                                     "tells why");
}

} // namespace

std::vector<std::string> reload_gateways(const std::vector<std::string>& sockets) {
    const AsRoot root; // systemctl
    std::vector<std::string> asked;
    bool by_systemd = false;
    for (const auto& path : sockets) {
        const auto pid = listener_of(path);
        if (!pid) continue;
        asked.push_back(path);
        if (!is_gateway(*pid)) {
            by_systemd = true;
        } else if (::kill(*pid, SIGHUP) != 0) {
            throw CommandError(EX_NOPERM, fmt::format("cannot tell the gateway at {} to reload ({}): run this as root, "
                                                      "or as the gateway's user",
                                                      path, why(errno)));
        }
    }
    if (by_systemd) reload_by_systemd();
    return asked;
}

} // namespace gatehouse::cli
