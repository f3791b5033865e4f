// SPDX-License-Identifier: Apache-2.0
// Lets many requests share one query. A request never gets the answer of a query that began before the request came: it
// waits until that query has ended, and shares the next one. So at most one query per key is under way, and a request
// always sees an end that was acknowledged before the request came. Loop thread only.
#pragma once

#include "storage/instant.h"
#include "storage/result.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gatehouse {

template <class Value> class SingleFlight {
  public:
    using Query = std::function<boost::asio::awaitable<Result<Value>>()>;

    /// The answer of a query for `key` that began after this call, or timed_out at the deadline.
    boost::asio::awaitable<Result<Value>> ask(std::string key, Query query, Deadline deadline) {
        const auto executor = co_await boost::asio::this_coro::executor;
        auto waiter = std::make_shared<Waiter>(executor, deadline);
        auto& queue = queues_[key];
        queue.waiting.push_back(waiter);
        queue.query = std::move(query);
        if (!std::exchange(queue.running, true))
            boost::asio::co_spawn(executor, run(std::move(key)), boost::asio::detached);
        if (!waiter->outcome) co_await waiter->answered.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (!waiter->outcome)
            co_return Result<Value>(boost::system::in_place_error, make_error_code(StoreError::timed_out));
        co_return std::move(*waiter->outcome);
    }

    [[nodiscard]] std::size_t keys_under_way() const noexcept { return queues_.size(); }

  private:
    /// One request that waits. Its timer is cancelled when the answer is there.
    struct Waiter {
        Waiter(boost::asio::any_io_executor executor, Deadline deadline) : answered(std::move(executor), deadline) {}
        boost::asio::steady_timer answered;
        std::optional<Result<Value>> outcome;
    };

    struct Queue {
        std::vector<std::shared_ptr<Waiter>> waiting; ///< for the next query
        Query query;                                  ///< the next one
        bool running = false;
    };

    /// A query that throws must not block the requests that wait for it and all later ones.
    static boost::asio::awaitable<Result<Value>> answer_of(const Query& query) {
        try {
            co_return co_await query();
        } catch (const std::exception&) {
            co_return Result<Value>(boost::system::in_place_error, make_error_code(StoreError::unavailable));
        }
    }

    boost::asio::awaitable<void> run(std::string key) {
        while (!queues_[key].waiting.empty()) {
            auto waiters = std::exchange(queues_[key].waiting, {});
            const Query query = queues_[key].query;
            const Result<Value> outcome = co_await answer_of(query);
            for (auto& waiter : waiters) {
                waiter->outcome = outcome;
                waiter->answered.cancel();
            }
        }
        queues_.erase(key);
    }

    std::unordered_map<std::string, Queue> queues_;
};

} // namespace gatehouse
