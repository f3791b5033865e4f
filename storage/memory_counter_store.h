// SPDX-License-Identifier: Apache-2.0
// Counters of this process alone: the throttle uses them while Redis is away, and so do tests. Loop thread.
//
// Memory is bounded, and no name can push another one out: a counter stays until its window ends. While all places are
// taken, further names share counters, chosen by a hash of the name: such a name may be counted too high, never too
// low. The shared counters take memory (with the default 4 MB) only once they are needed.
#pragma once

#include "storage/counter_store.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse {

struct MemoryCounterOptions {
    std::size_t max_counters = 100'000;
    std::size_t shared_counters = 262'144;
    std::function<std::chrono::steady_clock::time_point()> clock = std::chrono::steady_clock::now;
};

class MemoryCounterStore final : public CounterStore {
  public:
    explicit MemoryCounterStore(MemoryCounterOptions options = {});

    boost::asio::awaitable<Result<Count>> increment(std::string name, Seconds window, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> take_back(std::string name, Deadline deadline) override;
    /// A shared counter is unchanged.
    boost::asio::awaitable<Result<void>> reset(std::string name, Deadline deadline) override;

    /// Counters with a place of their own.
    [[nodiscard]] std::size_t size() const noexcept { return counters_.size(); }

  private:
    using Moment = std::chrono::steady_clock::time_point;
    struct Window {
        std::int64_t value = 0;
        Moment ends;
    };
    struct Counter {
        std::string name;
        Window window;
    };
    using Place = std::list<Counter>::iterator;

    Window& running(std::string name, Moment now, Moment ends);
    [[nodiscard]] Window* shared_by(std::string_view name) noexcept;
    void drop(Place counter);
    void drop_ended(Moment now);

    MemoryCounterOptions options_;
    std::list<Counter> counters_;                       ///< in the order in which the windows began
    std::unordered_map<std::string_view, Place> index_; ///< by Counter::name
    std::vector<Window> shared_;                        ///< empty until all places were taken for the first time
};

} // namespace gatehouse
