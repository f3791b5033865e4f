// SPDX-License-Identifier: Apache-2.0
// How long one request may wait for stores, all its calls together: each of them has a deadline of its own, and their
// sum must not become the visitor's wait. Loop thread.
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

/// With the defaults 400 ms: SQL may use all of its time after Redis has used what it has for two commands, and 100 ms
/// are left of the half second in which every request is answered.
[[nodiscard]] inline Millis store_budget(const Config& config) {
    return config.database_timeout + 2 * config.redis_timeout;
}

/// For the next call to SQL.
[[nodiscard]] inline Deadline sql_deadline(const Config& config, Deadline until) {
    return std::min(until, deadline_in(config.database_timeout));
}

/// Takes the time in which nothing was asked of a store (hashing a password) out of the account.
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

/// The outcome of `work`, or nothing if it takes longer. Then it goes on to its end without us, so that a half of
/// something (a session ended in SQL, not yet in Redis) is never left. It must not refer to anything of the request.
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
