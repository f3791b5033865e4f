// SPDX-License-Identifier: Apache-2.0
// Accepts FastCGI connections and runs one coroutine per connection. Loop thread only.
#pragma once

#include "gateway/http/message.h"
#include "storage/instant.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace gatehouse::fastcgi {

/// Answers one request. Must not throw for anything that a peer can cause; if it throws all the same, the answer is
/// 500.
using Handler = std::function<boost::asio::awaitable<http::Response>(const http::Request&)>;

struct ListenerOptions {
    std::string path;                          ///< unix socket to make; unused if systemd passes one
    std::string group;                         ///< group that may connect; empty: the process's own
    unsigned mode = 0660;                      ///< of the socket file
    std::size_t max_connections = 1024;        ///< beyond it the longest idle connection is closed, or else the new one
    std::size_t max_request_bytes = 64 * 1024; ///< BEGIN to the end of STDIN
    std::size_t max_params = 512;
    Millis read_deadline{5000};   ///< from the first byte of a request to its last
    Millis write_deadline{5000};  ///< for the whole response
    Millis idle_deadline{75'000}; ///< a kept connection without a request
};

struct ListenerStats {
    std::uint64_t accepted = 0;  ///< connections
    std::uint64_t requests = 0;  ///< complete ones
    std::uint64_t malformed = 0; ///< connections closed because of what they sent
    std::uint64_t timed_out = 0; ///< connections closed because they did not send or read in time
};

/// The path of the socket that systemd passes to this process; empty: systemd passes none.
[[nodiscard]] std::string passed_socket();

class Listener {
  public:
    /// Takes the socket that systemd passed (LISTEN_FDS), else makes one at options.path. Refuses a path on which
    /// another process listens; replaces a stale one. Throws std::runtime_error with a message that says what to do.
    Listener(boost::asio::any_io_executor executor, ListenerOptions options, Handler handler);
    ~Listener();
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    /// Starts accepting.
    void start();

    /// Stops accepting, closes idle connections and lets requests under way finish. Completes when none is left or
    /// after `grace`, whichever comes first. Returns the number of requests that were cut off.
    boost::asio::awaitable<std::size_t> drain(Millis grace);

    [[nodiscard]] const ListenerStats& stats() const noexcept;
    [[nodiscard]] std::size_t requests_under_way() const noexcept;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace gatehouse::fastcgi
