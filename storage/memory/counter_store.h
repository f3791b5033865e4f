// SPDX-License-Identifier: Apache-2.0
// Counters of this process alone: what a throttle falls back on without Redis, and what tests use. Loop thread.
// Memory is bounded: when all places are taken, the counter whose window began first makes room.
#pragma once

#include "storage/counter_store.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gatehouse {

struct MemoryCounterOptions {
    std::size_t max_counters = 100'000;
    std::function<std::chrono::steady_clock::time_point()> clock = std::chrono::steady_clock::now;
};

class MemoryCounterStore final : public CounterStore {
  public:
    explicit MemoryCounterStore(MemoryCounterOptions options = {});

    boost::asio::awaitable<Result<Count>> increment(std::string name, Seconds window, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> reset(std::string name, Deadline deadline) override;

    [[nodiscard]] std::size_t size() const noexcept { return counters_.size(); }

  private:
    struct Counter {
        std::string name;
        std::int64_t value = 0;
        std::chrono::steady_clock::time_point ends;
    };

    Counter& begin_window(std::string name, std::chrono::steady_clock::time_point ends);

    MemoryCounterOptions options_;
    std::list<Counter> counters_; ///< in the order in which the windows began
    std::unordered_map<std::string_view, std::list<Counter>::iterator> index_; ///< by Counter::name
};

} // namespace gatehouse
