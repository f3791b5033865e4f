// SPDX-License-Identifier: Apache-2.0
// The least that a FastCGI program can do, for comparison: it answers every request with one and the same 204, with the
// headers of a real one. One epoll loop, no library, connections kept if the peer wants that. It looks at record types
// and lengths only, never at a parameter.
//
//   constant SOCKET    prints "ready" when it listens; ends with SIGTERM
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

constexpr std::size_t header_bytes = 8;
constexpr unsigned char begin_request = 1, end_request = 3, stdin_record = 5, stdout_record = 6;

constexpr std::string_view answer = "Status: 204\r\n"
                                    "Cache-Control: no-store\r\n"
                                    "X-Auth-User-Id: 3f0c1d6e-8a52-4a9b-9d0c-0a4f5b1b7c11\r\n"
                                    "X-Auth-Email: bench@example.org\r\n"
                                    "X-Auth-Role: user\r\n"
                                    "X-Auth-Permissions: \r\n"
                                    "X-Auth-Context: web\r\n"
                                    "X-Auth-Session: 7d9f3c52-1f0e-4c7a-b0c1-92c6d3e8aa05\r\n"
                                    "X-Auth-Expires: 1900000000\r\n"
                                    "\r\n";

void append_record(std::string& out, unsigned char type, std::string_view content) {
    const auto length = static_cast<std::uint16_t>(content.size());
    out += {1, static_cast<char>(type), 0, 1, static_cast<char>(length >> 8), static_cast<char>(length & 0xff), 0, 0};
    out += content;
}

/// Both records of a whole answer. The request is number 1: nginx numbers no other.
std::string make_reply() {
    std::string out;
    append_record(out, stdout_record, answer);
    append_record(out, end_request, std::string_view("\0\0\0\0\0\0\0\0", 8));
    return out;
}

/// What one connection has sent and we have not looked at yet.
struct Connection {
    std::string input;
    bool keep = false;
};

/// Takes complete records off the input; how many requests ended in them.
int complete_requests(Connection& connection) {
    int complete = 0;
    std::size_t at = 0;
    const auto byte = [&](std::size_t offset) { return static_cast<unsigned char>(connection.input[at + offset]); };
    while (connection.input.size() - at >= header_bytes) {
        const std::size_t length = byte(4) * 256U + byte(5);
        const std::size_t whole = header_bytes + length + byte(6);
        if (connection.input.size() - at < whole) break;
        if (byte(1) == begin_request) connection.keep = (byte(header_bytes + 2) & 1) != 0;
        if (byte(1) == stdin_record && length == 0) ++complete;
        at += whole;
    }
    connection.input.erase(0, at);
    return complete;
}

/// Reads what is there and answers what is complete; false if the connection is over.
bool serve(int fd, Connection& connection, const std::string& reply) {
    std::array<char, 16384> block;
    const auto count = read(fd, block.data(), block.size());
    if (count <= 0) return count < 0 && (errno == EAGAIN || errno == EINTR);
    connection.input.append(block.data(), static_cast<std::size_t>(count));
    for (int left = complete_requests(connection); left > 0; --left) {
        // 400 bytes always fit an empty socket buffer, and nginx sends its next request only after the answer.
        if (write(fd, reply.data(), reply.size()) != static_cast<ssize_t>(reply.size())) return false;
        if (!connection.keep) return false;
    }
    return true;
}

int listen_at(const char* path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || chmod(path, 0666) != 0 ||
        listen(fd, 4096) != 0) {
        std::perror(path);
        return -1;
    }
    return fd;
}

void watch(int loop, int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
}

[[noreturn]] void run(int listener) {
    const std::string reply = make_reply();
    const int loop = epoll_create1(EPOLL_CLOEXEC);
    std::map<int, Connection> connections;
    watch(loop, listener);
    for (;;) {
        std::array<epoll_event, 64> events;
        const int count = epoll_wait(loop, events.data(), static_cast<int>(events.size()), -1);
        for (int i = 0; i < count; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            if (fd != listener) {
                if (serve(fd, connections[fd], reply)) continue;
                connections.erase(fd);
                close(fd);
            } else if (const int peer = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); peer >= 0) {
                watch(loop, peer);
            }
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("usage: constant SOCKET\n", stderr);
        return 64;
    }
    const int listener = listen_at(argv[1]);
    if (listener < 0) return 1;
    std::puts("ready");
    std::fflush(stdout);
    run(listener);
}
