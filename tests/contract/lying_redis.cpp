// SPDX-License-Identifier: Apache-2.0
#include "lying_redis.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <map>
#include <optional>

namespace gatehouse::testing {
namespace {

namespace asio = boost::asio;

constexpr auto settled = asio::as_tuple(asio::use_awaitable);

/// Takes one whole command from the front of what has been received.
std::optional<LyingRedis::Command> take_command(std::string& received) {
    std::size_t at = 0;
    const auto number = [&]() -> std::optional<std::size_t> {
        const auto end = received.find("\r\n", at);
        if (end == std::string::npos) return std::nullopt;
        const auto value = std::stoul(received.substr(at + 1, end - at - 1));
        at = end + 2;
        return value;
    };
    const auto count = number();
    if (!count) return std::nullopt;
    LyingRedis::Command command;
    while (command.size() < *count) {
        const auto size = number();
        if (!size || received.size() < at + *size + 2) return std::nullopt;
        command.push_back(received.substr(at, *size));
        at += *size + 2;
    }
    received.erase(0, at);
    return command;
}

} // namespace

LyingRedis::LyingRedis(asio::io_context& io, Script script)
    : script_(std::move(script)), acceptor_(io, (directory_.path() / "lies.sock").string()) {
    asio::co_spawn(io, accept(), asio::detached);
}

std::string LyingRedis::url() const {
    return "unix:" + (directory_.path() / "lies.sock").string();
}

void LyingRedis::blurt(std::string_view text) {
    for (const auto& peer : peers_) {
        boost::system::error_code gone;
        asio::write(*peer, asio::buffer(text), gone);
    }
}

asio::awaitable<void> LyingRedis::accept() {
    for (;;) {
        auto [error, socket] = co_await acceptor_.async_accept(settled);
        if (error) co_return;
        ++accepted_;
        if (hangs_up_) continue;
        auto peer = std::make_shared<Socket>(std::move(socket));
        peers_.push_back(peer);
        asio::co_spawn(acceptor_.get_executor(), serve(peer), asio::detached);
    }
}

asio::awaitable<void> LyingRedis::serve(std::shared_ptr<Socket> socket) {
    std::string received;
    std::string piece(64 * 1024, '\0');
    for (;;) {
        const auto [error, size] = co_await socket->async_read_some(asio::buffer(piece), settled);
        if (error) break;
        received.append(piece, 0, size);
        bool greeting = true;
        while (auto command = take_command(received)) {
            greeting =
                greeting && (command->front() == "INFO" || command->front() == "ROLE" || command->front() == "PING");
            const auto pieces = answer(*command);
            for (const auto& part : pieces) {
                co_await asio::async_write(*socket, asio::buffer(part), settled);
                if (pieces.size() > 1) co_await asio::post(asio::use_awaitable); // the other side reads in between
            }
        }
        if (!greeting) ++reads_;
    }
    std::erase(peers_, socket);
}

std::vector<std::string> LyingRedis::answer(const Command& command) {
    static const std::map<std::string, std::string, std::less<>> greeting = {
        {"INFO", "$59\r\n# Server\r\nrun_id:0123456789abcdef0123456789abcdef01234567\r\n\r\n"},
        {"ROLE", "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n"},
        {"PING", "+PONG\r\n"}};
    const auto known = greeting.find(command.front());
    return known == greeting.end() ? script_(command) : std::vector{known->second};
}

} // namespace gatehouse::testing
