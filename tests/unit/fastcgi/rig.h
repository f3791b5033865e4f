// SPDX-License-Identifier: Apache-2.0
// A listener on a socket in a directory of its own, and peers that talk to it. Everything runs on the test's thread:
// the loop turns only in Rig::until(), so a test sees every state between two turns and needs neither threads nor
// sleeps.
#pragma once

#include "gateway/fastcgi/listener.h"
#include "tests/unit/fastcgi/wire.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <linux/sockios.h>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace gatehouse::fastcgi {

/// A directory under the system's temporary one, removed at the end.
class TempDirectory {
  public:
    TempDirectory() {
        std::string name = (std::filesystem::temp_directory_path() / "fastcgi-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
        path_ = name;
    }
    ~TempDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempDirectory(const TempDirectory&) = delete;
    TempDirectory& operator=(const TempDirectory&) = delete;
    [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

/// A client's end of a connection. Non-blocking.
class Peer {
  public:
    explicit Peer(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
            const int error = errno;
            close();
            throw std::system_error(error, std::generic_category(), "connect");
        }
    }
    ~Peer() { close(); }
    Peer(Peer&& other) noexcept : fd_(std::exchange(other.fd_, -1)), received_(std::move(other.received_)) {}
    Peer& operator=(Peer&&) = delete;

    /// False if the other side does not take it.
    bool send(std::string_view bytes) const {
        return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
    }
    void half_close() const { ::shutdown(fd_, SHUT_WR); }
    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    /// Everything sent has been read by the other side.
    [[nodiscard]] bool taken() const {
        int unread = 1;
        return ::ioctl(fd_, SIOCOUTQ, &unread) == 0 && unread == 0;
    }
    /// The other side has closed. Takes what there is to read first.
    [[nodiscard]] bool closed() {
        char chunk[4096];
        for (;;) {
            const ssize_t got = ::recv(fd_, chunk, sizeof chunk, 0);
            if (got > 0)
                received_.append(chunk, static_cast<std::size_t>(got));
            else
                return got == 0 || errno == ECONNRESET;
        }
    }
    [[nodiscard]] const std::string& received() {
        static_cast<void>(closed());
        return received_;
    }
    /// Takes the next complete reply out of what has been received.
    [[nodiscard]] std::optional<wire::Reply> reply(std::uint16_t id = 1) {
        auto found = wire::reply_in(received(), id);
        if (!found.ended) return std::nullopt;
        received_.erase(0, found.bytes);
        return found;
    }

  private:
    int fd_;
    std::string received_;
};

/// What the handler saw of a request, copied.
struct Seen {
    std::vector<wire::Pair> params;
    std::string body;
};

class Rig {
  public:
    using Answer = std::function<boost::asio::awaitable<http::Response>(Rig&, const http::Request&)>;

    /// 200, the body comes back; what was asked is noted in `seen`.
    static boost::asio::awaitable<http::Response> echo(Rig& rig, const http::Request& request) {
        Seen seen;
        for (const auto& [name, value] : request.params())
            seen.params.emplace_back(name, value);
        seen.body = request.body();
        rig.seen.push_back(std::move(seen));
        http::Response response(200);
        response.body("text/plain", std::string(request.body()));
        co_return response;
    }
    /// 204, but not before let_go().
    static boost::asio::awaitable<http::Response> slowly(Rig& rig, const http::Request&) {
        ++rig.waiting;
        boost::system::error_code cancelled;
        co_await rig.gate_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
        --rig.waiting;
        co_return http::Response(204);
    }

    explicit Rig(ListenerOptions options = {}, Answer answer = echo) {
        options.path = path();
        listener_.emplace(
            loop_.get_executor(), options,
            [this, answer = std::move(answer)](const http::Request& request) { return answer(*this, request); });
        listener_->start();
    }
    Rig(const Rig&) = delete;
    Rig& operator=(const Rig&) = delete;

    [[nodiscard]] std::string path() const { return directory_.file("gate.sock"); }
    [[nodiscard]] boost::asio::io_context& loop() { return loop_; }
    [[nodiscard]] Listener& listener() { return *listener_; }
    void end_listener() { listener_.reset(); }
    [[nodiscard]] Peer peer() const { return Peer(path()); }
    void let_go() { gate_.cancel(); }

    /// Turns the loop until the condition holds. False if it does not within ten seconds.
    template <class Condition> bool until(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) return false;
            loop_.restart();
            loop_.run_one_for(std::chrono::milliseconds(2));
        }
        return true;
    }
    /// The next reply to this peer; none if the connection ends instead.
    std::optional<wire::Reply> reply(Peer& peer, std::uint16_t id = 1) {
        std::optional<wire::Reply> found;
        until([&] {
            const bool closed = peer.closed();
            found = peer.reply(id);
            return found.has_value() || closed;
        });
        return found;
    }
    bool closes(Peer& peer) {
        return until([&] { return peer.closed(); });
    }
    /// Starts a drain; the result is there once it has ended.
    std::shared_ptr<std::optional<std::size_t>> drain(Millis grace) {
        auto result = std::make_shared<std::optional<std::size_t>>();
        boost::asio::co_spawn(loop_, listener_->drain(grace),
                              [result](const std::exception_ptr& e, std::size_t cut_off) {
                                  if (!e) *result = cut_off;
                              });
        return result;
    }

    std::vector<Seen> seen; ///< by echo()
    int waiting = 0;        ///< in slowly()

  private:
    TempDirectory directory_;
    boost::asio::io_context loop_{1};
    boost::asio::steady_timer gate_{loop_, Deadline::max()};
    std::optional<Listener> listener_;
};

} // namespace gatehouse::fastcgi
