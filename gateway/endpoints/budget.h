// SPDX-License-Identifier: Apache-2.0
// How long one request may wait for stores in total: each call has a deadline of its own, but the sum must not become
// the visitor's wait. Loop thread.
#pragma once

#include "gateway/config/config.h"
#include "storage/instant.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace gatehouse {

/// 400 ms with the defaults: the database may use all of its time after Redis has used its time for two commands. This
/// leaves 100 ms of the half second in which every request is answered.
[[nodiscard]] inline Millis store_budget(const Config& config) {
    return config.database_timeout + 2 * config.redis_timeout;
}

/// The deadline of the next statement on the database.
[[nodiscard]] inline Deadline sql_deadline(const Config& config, Deadline until) {
    return std::min(until, deadline_in(config.database_timeout));
}

/// Excludes time without a question to a store (hashing a password) from the budget.
class Pause {
  public:
    explicit Pause(Deadline& until) : until_(until) {}
    ~Pause() { until_ += std::chrono::steady_clock::now() - began_; }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

  private:
    Deadline& until_;
    const Deadline began_ = std::chrono::steady_clock::now();
};

/// The result of `work`, or nothing if `work` takes longer. In that case `work` continues to its end without the
/// request, so that nothing stays half done (a session ended in the database, not yet in Redis). So `work` must not
/// refer to anything of the request.
template <class T> boost::asio::awaitable<std::optional<T>> within(Deadline until, boost::asio::awaitable<T> work) {
    struct Wait {
        Wait(boost::asio::any_io_executor executor, Deadline at) : timer(std::move(executor), at) {}
        boost::asio::steady_timer timer;
        std::optional<T> outcome;
        std::exception_ptr error;
    };
    const auto executor = co_await boost::asio::this_coro::executor;
    auto wait = std::make_shared<Wait>(executor, until);
    boost::asio::co_spawn(executor, std::move(work), [wait](std::exception_ptr error, T outcome) {
        wait->error = std::move(error);
        wait->outcome.emplace(std::move(outcome));
        wait->timer.cancel();
    });
    if (!wait->outcome) co_await wait->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (wait->error) std::rethrow_exception(wait->error);
    co_return std::move(wait->outcome);
}

} // namespace gatehouse
