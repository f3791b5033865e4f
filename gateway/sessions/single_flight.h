// SPDX-License-Identifier: Apache-2.0
// Lets many requests share one query, without ever giving a request an answer that was asked before the request came: a
// flight that has left cannot be boarded, the next one leaves when it has landed. So at most one query per key is under
// way, and a revocation that was acknowledged before a request is always seen by it. Loop thread only.
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
        auto seat = std::make_shared<Seat>(executor, deadline);
        auto& line = lines_[key];
        line.waiting.push_back(seat);
        line.query = std::move(query);
        if (!line.flying) depart(executor, key);
        if (!seat->outcome) co_await seat->landed.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (!seat->outcome)
            co_return Result<Value>(boost::system::in_place_error, make_error_code(StoreError::timed_out));
        co_return std::move(*seat->outcome);
    }

    [[nodiscard]] std::size_t keys_under_way() const noexcept { return lines_.size(); }

  private:
    /// One request that waits. Its timer is cancelled when the answer is there.
    struct Seat {
        Seat(boost::asio::any_io_executor executor, Deadline deadline) : landed(std::move(executor), deadline) {}
        boost::asio::steady_timer landed;
        std::optional<Result<Value>> outcome;
    };

    struct Line {
        std::vector<std::shared_ptr<Seat>> waiting; ///< for the next departure
        Query query;                                ///< what the next departure asks
        bool flying = false;
    };

    void depart(boost::asio::any_io_executor executor, const std::string& key) {
        lines_[key].flying = true;
        boost::asio::co_spawn(executor, fly(key), boost::asio::detached);
    }

    /// A query that throws must not leave its passengers, and all who come after them, on the ground.
    static boost::asio::awaitable<Result<Value>> answer_of(const Query& query) {
        try {
            co_return co_await query();
        } catch (const std::exception&) {
            co_return Result<Value>(boost::system::in_place_error, make_error_code(StoreError::unavailable));
        }
    }

    boost::asio::awaitable<void> fly(std::string key) {
        while (!lines_[key].waiting.empty()) {
            auto passengers = std::exchange(lines_[key].waiting, {});
            const Query query = lines_[key].query;
            const Result<Value> outcome = co_await answer_of(query);
            for (auto& seat : passengers) {
                seat->outcome = outcome;
                seat->landed.cancel();
            }
        }
        lines_.erase(key);
    }

    std::unordered_map<std::string, Line> lines_;
};

} // namespace gatehouse
