// SPDX-License-Identifier: Apache-2.0
// Reads from the database which accounts an operator has unlocked (`gatehouse user unlock`), and has the throttle count
// their tries anew. An operator cannot reset the counters themselves: they are in the memory of each gateway, and in
// Redis under names that are digests. The operator reaches the database, so every gateway looks there, once a second,
// with or without Redis. Loop thread.
#pragma once

#include "gateway/accounts/throttle.h"
#include "storage/unlock_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>

namespace gatehouse {

class Unlocks {
  public:
    static constexpr Millis interval{1000};

    /// `window`: the throttle's. Store and throttle outlive this object.
    Unlocks(boost::asio::any_io_executor executor, UnlockStore& store, Throttle& throttle, Seconds window);
    ~Unlocks();
    Unlocks(const Unlocks&) = delete;
    Unlocks& operator=(const Unlocks&) = delete;

    void start();

  private:
    struct State;
    static boost::asio::awaitable<void> run(std::shared_ptr<State> state);
    static boost::asio::awaitable<void> look(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;
};

} // namespace gatehouse
