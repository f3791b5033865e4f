// SPDX-License-Identifier: Apache-2.0
// The coroutines that wait for replies of one connection, in the order of their commands. Loop thread only.
// A coroutine is resumed later, from the loop, together with all others that became ready by then.
#pragma once

#include "storage/instant.h"
#include "storage/redis/reply.h"
#include "storage/result.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

namespace gatehouse {

class PendingReplies {
  public:
    template <class T>
    using Handler = typename boost::asio::async_result<boost::asio::use_awaitable_t<>, void(Result<T>)>::handler_type;

    /// Waits for several replies and returns them together: all replies, or the first error.
    struct Batch {
        Handler<std::vector<RedisReply>> handler;
        std::size_t missing;
        std::vector<RedisReply> replies;
        std::optional<boost::system::error_code> error;
    };

    /// The receiver of one reply.
    using Waiter = std::variant<Handler<RedisReply>, std::shared_ptr<Batch>>;

    explicit PendingReplies(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    void add(Waiter waiter, Deadline deadline) { waiting_.push_back({std::move(waiter), deadline}); }

    /// Delivers the reply to the oldest command. At least one command must wait.
    void settle_oldest(Result<RedisReply> outcome);

    /// Ends all waiters: those past their deadline with timed_out, the others with unavailable.
    void fail_all(Deadline now);

    /// For a command that is not sent at all.
    void refuse(Waiter waiter, StoreError why) { ready(std::move(waiter), make_error_code(why)); }

    /// The earliest deadline of the waiters.
    [[nodiscard]] std::optional<Deadline> earliest_deadline() const;

  private:
    struct Entry {
        Waiter waiter;
        Deadline deadline;
    };
    using Outcome = std::pair<Waiter, Result<RedisReply>>;

    void ready(Waiter waiter, Result<RedisReply> outcome);

    boost::asio::any_io_executor executor_;
    std::deque<Entry> waiting_;
    /// Owned by the loop, which runs or destroys it: a loop that ends must not leave coroutines behind that own this
    /// object.
    std::weak_ptr<std::vector<Outcome>> ready_;
};

} // namespace gatehouse
