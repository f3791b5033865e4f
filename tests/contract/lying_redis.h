// SPDX-License-Identifier: Apache-2.0
// A server that greets like Redis and then says whatever a test wants. It lives on the loop of the link it lies to.
#pragma once

#include "servers.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::testing {

class LyingRedis {
  public:
    using Command = std::vector<std::string>;
    /// What it answers, in the pieces in which it is sent.
    using Script = std::function<std::vector<std::string>(const Command&)>;

    LyingRedis(boost::asio::io_context& io, Script script);

    [[nodiscard]] std::string url() const;
    [[nodiscard]] std::size_t accepted() const noexcept { return accepted_; }
    /// How many reads brought commands after the greeting.
    [[nodiscard]] std::size_t reads() const noexcept { return reads_; }
    /// Sent to whoever is connected now, though nobody asked.
    void blurt(std::string_view text);
    /// Hangs up on whoever connects, before it says a word.
    void hang_up_on_all() { hangs_up_ = true; }

  private:
    using Socket = boost::asio::local::stream_protocol::socket;

    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> serve(std::shared_ptr<Socket> socket);
    std::vector<std::string> answer(const Command& command);

    TemporaryDirectory directory_;
    Script script_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
    std::vector<std::shared_ptr<Socket>> peers_;
    std::size_t accepted_ = 0;
    std::size_t reads_ = 0;
    bool hangs_up_ = false;
};

} // namespace gatehouse::testing
