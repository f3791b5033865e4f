// SPDX-License-Identifier: Apache-2.0
// Keeps a connection of its own on which Redis announces changed keys. Loop thread only; nothing here blocks. A lost
// connection is restored automatically, with the same pauses as the link for the data. The server must allow AUTH,
// SELECT, INFO, ROLE, PING, CLIENT ID, CLIENT TRACKING, SUBSCRIBE, and the channel __redis__:invalidate (ACL:
// &__redis__:*). Changes in all databases of the server are announced, except SWAPDB, which Redis announces to nobody.
#pragma once

#include "storage/invalidation_link.h"
#include "storage/redis/invalidation_state.h"

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>
#include <string>

namespace gatehouse {

struct InvalidationOptions {
    std::string url;             ///< as in RedisOptions
    std::size_t max_retries = 3; ///< attempts in quick succession; then at most one in 100 ms on average
    InvalidationTiming timing{};
};

class RedisInvalidationLink final : public InvalidationLink {
  public:
    /// Throws std::invalid_argument if the URL cannot be understood.
    RedisInvalidationLink(boost::asio::any_io_executor executor, InvalidationOptions options);
    ~RedisInvalidationLink() override; ///< stop()
    RedisInvalidationLink(const RedisInvalidationLink&) = delete;
    RedisInvalidationLink& operator=(const RedisInvalidationLink&) = delete;

    /// Begins to connect, and reconnects whenever the connection is lost. The listener must live until stop(). The
    /// listener may stop or destroy the link inside a callback.
    void start(Listener& listener);
    /// Ends the connection. The listener is not called any more, not even with on_lost. Do not start the link again.
    void stop();

    /// Reads BootClock and ignores `now`.
    [[nodiscard]] bool proven(Deadline now) const noexcept override;
    /// The view is valid until control returns to the loop.
    [[nodiscard]] std::string_view run_id() const noexcept override;

    [[nodiscard]] bool armed() const noexcept;
    /// Why the link is not armed, as text for people; never holds the password. Empty while the link is armed.
    [[nodiscard]] const std::string& trouble() const noexcept;
    [[nodiscard]] const InvalidationStats& stats() const noexcept;

  private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace gatehouse
