// SPDX-License-Identifier: Apache-2.0
#include "storage/memory/counter_store.h"

#include <algorithm>
#include <utility>

namespace gatehouse {

MemoryCounterStore::MemoryCounterStore(MemoryCounterOptions options) : options_(std::move(options)) {}

boost::asio::awaitable<Result<Count>> MemoryCounterStore::increment(std::string name, Seconds window, Deadline) {
    const auto now = options_.clock();
    const auto found = index_.find(name);
    const bool running = found != index_.end() && found->second->ends > now;
    Counter& counter = running ? *found->second : begin_window(std::move(name), now + std::max(window, Seconds{1}));
    ++counter.value;
    co_return Count{counter.value, std::chrono::ceil<Seconds>(counter.ends - now)};
}

boost::asio::awaitable<Result<void>> MemoryCounterStore::reset(std::string name, Deadline) {
    if (const auto found = index_.find(name); found != index_.end()) {
        const auto counter = found->second;
        index_.erase(found); // first: its key is the counter's own name
        counters_.erase(counter);
    }
    co_return Result<void>();
}

MemoryCounterStore::Counter& MemoryCounterStore::begin_window(std::string name,
                                                              std::chrono::steady_clock::time_point ends) {
    if (const auto found = index_.find(name); found != index_.end()) {
        counters_.splice(counters_.end(), counters_, found->second);
        counters_.back().value = 0;
        counters_.back().ends = ends;
        return counters_.back();
    }
    if (!counters_.empty() && counters_.size() >= options_.max_counters) {
        index_.erase(counters_.front().name);
        counters_.pop_front();
    }
    counters_.push_back({std::move(name), 0, ends});
    index_.emplace(counters_.back().name, std::prev(counters_.end()));
    return counters_.back();
}

} // namespace gatehouse
