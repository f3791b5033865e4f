// SPDX-License-Identifier: Apache-2.0
// Whether every other gateway has heard of an end that the database does not know. Such an end is announced in Redis
// (SessionCache::end_before_sql). A gateway that hears the announcement on its invalidation link writes the end to its
// journal, and then acknowledges it in Redis. A gateway that has not acknowledged an end counts as one that has not
// heard of it: it may be cut off from Redis and go on with what the database says. The other gateways are known from
// the latest answered look at the feed, and from their own reports in Redis. Loop thread only.
#pragma once

#include "storage/session_cache.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse {

class Acknowledgements {
  public:
    /// `cache` may be null: then nothing is reported, and nobody is waited for. `node`: the name of this gateway.
    Acknowledgements(boost::asio::any_io_executor executor, SessionCache* cache, std::string node,
                     Millis command_deadline);
    ~Acknowledgements();
    Acknowledgements(const Acknowledgements&) = delete;
    Acknowledgements& operator=(const Acknowledgements&) = delete;

    /// Reports now and then that this gateway is alive.
    void start();
    /// Reports that this gateway stops: nobody waits for it any more.
    boost::asio::awaitable<void> stop(Deadline deadline);

    /// An end waits at most this long for the other gateways.
    static constexpr Millis patience{1000};

    /// The gateways that read the feed, by the latest look at the feed.
    void met(std::vector<std::string> nodes);
    /// The invalidation link hears announcements from now on.
    void armed();

    /// Every announcement up to this number is in the journal of this gateway.
    boost::asio::awaitable<void> acknowledge(std::int64_t number);
    /// Waits until all other gateways have acknowledged the number. False: at least one has not, or the feed has not
    /// told yet which gateways there are.
    boost::asio::awaitable<bool> by_all(std::int64_t number, Deadline deadline);

  private:
    struct State;
    static boost::asio::awaitable<void> run(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> report(std::shared_ptr<State> state, std::int64_t heard, Deadline deadline);

    std::shared_ptr<State> state_;
};

} // namespace gatehouse
