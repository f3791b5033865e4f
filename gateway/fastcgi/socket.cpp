// SPDX-License-Identifier: Apache-2.0
#include "gateway/fastcgi/socket.h"

#include <systemd/sd-daemon.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <grp.h>
#include <stdexcept>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace gatehouse::fastcgi {

namespace {

/// A descriptor that is closed at the end of its scope.
class Descriptor {
  public:
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

  private:
    int fd_;
};

[[noreturn]] void fail(const std::string& what, const std::string& path) {
    throw std::runtime_error(what + " " + path + ": " + std::generic_category().message(errno));
}

void need(int result, const char* what, const std::string& path) {
    if (result < 0) fail(what, path);
}

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) {
        throw std::runtime_error("the socket path '" + path + "' is empty or longer than " +
                                 std::to_string(sizeof address.sun_path - 1) + " bytes: set another path");
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

int unix_socket() {
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) fail("cannot make", "a unix socket");
    return fd;
}

int call_with(int (*function)(int, const sockaddr*, socklen_t), int fd, const sockaddr_un& address) {
    return function(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

/// Throws unless the path is free or holds a socket without a listener.
void refuse_if_used(const std::string& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) < 0) {
        if (errno == ENOENT) return;
        fail("cannot look at", path);
    }
    if (!S_ISSOCK(found.st_mode)) {
        throw std::runtime_error(path + " is there and is not a socket: remove it, or set another path");
    }
    const Descriptor probe(unix_socket());
    const bool refused = call_with(&::connect, probe.get(), address_of(path)) < 0;
    if (refused && (errno == ECONNREFUSED || errno == ENOENT)) return;
    throw std::runtime_error("socket " + path + " is in use by another process: stop it, or set another path");
}

gid_t group_id(const std::string& name) {
    if (name.empty()) return static_cast<gid_t>(-1);
    const group* found = ::getgrnam(name.c_str());
    if (found == nullptr) {
        throw std::runtime_error("the socket's group '" + name + "' does not exist: create it, or set another one");
    }
    return found->gr_gid;
}

/// The socket that systemd has passed, or -1. Removes systemd's variables, so that children get nothing.
int from_systemd() {
    const int count = ::sd_listen_fds(1);
    if (count == 0) return -1;
    if (count != 1) {
        throw std::runtime_error("systemd must hand over one socket, not " + std::to_string(count) +
                                 ": see ListenStream= in the socket unit");
    }
    if (::sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, nullptr, 0) <= 0) {
        throw std::runtime_error("systemd has handed over something that is not a listening unix stream socket: "
                                 "see ListenStream= in the socket unit");
    }
    return SD_LISTEN_FDS_START;
}

} // namespace

std::string passed_socket() {
    if (::sd_listen_fds(0) <= 0) return {};
    sockaddr_un address{};
    socklen_t size = sizeof address;
    if (::getsockname(SD_LISTEN_FDS_START, reinterpret_cast<sockaddr*>(&address), &size) < 0) return {};
    const auto head = offsetof(sockaddr_un, sun_path);
    if (address.sun_family != AF_UNIX || size <= head) return {};
    return {address.sun_path, ::strnlen(address.sun_path, size - head)};
}

ListeningSocket::ListeningSocket(const ListenerOptions& options) : fd_(from_systemd()) {
    if (fd_ < 0) make(options);
}

ListeningSocket::~ListeningSocket() {
    remove();
    if (fd_ >= 0) ::close(fd_);
}

// The socket gets its path only when it listens and has its group and mode: it is made under another name and renamed.
// The lock on the directory prevents two processes that start together from both finding a stale socket.
void ListeningSocket::make(const ListenerOptions& options) {
    const sockaddr_un wanted = address_of(options.path);
    const auto directory = std::filesystem::path(options.path).parent_path();
    const std::string folder = directory.empty() ? "." : directory.string();
    const Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    need(lock.get(), "cannot open the socket's directory", folder);
    need(::flock(lock.get(), LOCK_EX), "cannot lock the socket's directory", folder);
    refuse_if_used(wanted.sun_path);

    const gid_t group = group_id(options.group);
    const std::string making = options.path + ".new";
    Descriptor made(unix_socket());
    ::unlink(making.c_str()); // left by a process that was killed in the middle; the lock makes this safe
    need(call_with(&::bind, made.get(), address_of(making)), "cannot make the socket", making);
    struct stat now {};
    if (::lchown(making.c_str(), static_cast<uid_t>(-1), group) < 0 || ::chmod(making.c_str(), options.mode) < 0 ||
        ::listen(made.get(), SOMAXCONN) < 0 || ::stat(making.c_str(), &now) < 0 ||
        ::rename(making.c_str(), options.path.c_str()) < 0) {
        const int error = errno;
        ::unlink(making.c_str());
        errno = error;
        fail("cannot set up the socket", options.path);
    }
    path_ = options.path;
    device_ = now.st_dev;
    inode_ = now.st_ino;
    ours_ = true;
    fd_ = made.release();
}

int ListeningSocket::release() noexcept {
    return std::exchange(fd_, -1);
}

void ListeningSocket::remove() noexcept {
    struct stat found {};
    if (!ours_ || path_.empty()) return;
    if (::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_) {
        ::unlink(path_.c_str());
    }
    path_.clear();
}

} // namespace gatehouse::fastcgi
