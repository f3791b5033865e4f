// SPDX-License-Identifier: Apache-2.0
// Counters in Redis, shared by all gateways. Loop thread. storage/counter_store.h has the contract.
#pragma once

#include "storage/counter_store.h"
#include "storage/redis/link.h"

namespace gatehouse {

class RedisCounterStore final : public CounterStore {
  public:
    /// The link must outlive this object.
    explicit RedisCounterStore(RedisLink& link) : link_(link) {}

    boost::asio::awaitable<Result<Count>> increment(std::string name, Seconds window, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> take_back(std::string name, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> reset(std::string name, Deadline deadline) override;

  private:
    RedisLink& link_;
};

} // namespace gatehouse
