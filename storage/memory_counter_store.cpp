// SPDX-License-Identifier: Apache-2.0
#include "storage/memory_counter_store.h"

#include <algorithm>
#include <utility>

namespace gatehouse {
namespace {

/// At most so many ended windows are dropped with each call, so that the end of many windows at once does not hold up
/// the loop.
constexpr int most_dropped = 8;

} // namespace

MemoryCounterStore::MemoryCounterStore(MemoryCounterOptions options) : options_(std::move(options)) {}

boost::asio::awaitable<Result<Count>> MemoryCounterStore::increment(std::string name, Seconds window, Deadline) {
    const auto now = options_.clock();
    drop_ended(now);
    auto& counted = running(std::move(name), now, now + std::max(window, Seconds{1}));
    ++counted.value;
    co_return Count{counted.value, std::chrono::ceil<Seconds>(counted.ends - now)};
}

boost::asio::awaitable<Result<void>> MemoryCounterStore::take_back(std::string name, Deadline) {
    const auto found = index_.find(name);
    auto* const window = found != index_.end() ? &found->second->window : shared_by(name);
    if (window != nullptr && window->ends > options_.clock() && window->value > 0) --window->value;
    // A window that is back at zero gives its place back, so that a flood of attempts that are all taken back occupies
    // no places.
    if (found != index_.end() && window->value == 0) drop(found->second);
    co_return Result<void>();
}

boost::asio::awaitable<Result<void>> MemoryCounterStore::reset(std::string name, Deadline) {
    if (const auto found = index_.find(name); found != index_.end()) drop(found->second);
    co_return Result<void>();
}

/// The running window that counts this name; a new window ends at `ends`.
MemoryCounterStore::Window& MemoryCounterStore::running(std::string name, Moment now, Moment ends) {
    if (const auto found = index_.find(name); found != index_.end()) {
        const auto counter = found->second;
        if (counter->window.ends > now) return counter->window;
        counters_.splice(counters_.end(), counters_, counter);
        return counter->window = {0, ends};
    }
    const bool full = counters_.size() >= options_.max_counters;
    if (full && shared_.empty()) shared_.resize(std::max<std::size_t>(options_.shared_counters, 1));
    auto* const shared = shared_by(name);
    if (shared != nullptr && shared->ends <= now) *shared = {0, ends};
    if (full) return *shared;
    // The name keeps the count of its shared counter when it gets a place of its own.
    counters_.push_back({std::move(name), shared != nullptr ? *shared : Window{0, ends}});
    index_.emplace(counters_.back().name, std::prev(counters_.end()));
    return counters_.back().window;
}

MemoryCounterStore::Window* MemoryCounterStore::shared_by(std::string_view name) noexcept {
    return shared_.empty() ? nullptr : &shared_[std::hash<std::string_view>{}(name) % shared_.size()];
}

void MemoryCounterStore::drop(Place counter) {
    index_.erase(counter->name); // erase first, because the index refers to the counter's own name
    counters_.erase(counter);
}

void MemoryCounterStore::drop_ended(Moment now) {
    for (int i = 0; i < most_dropped && !counters_.empty() && counters_.front().window.ends <= now; ++i)
        drop(counters_.begin());
}

} // namespace gatehouse
