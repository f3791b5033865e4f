// SPDX-License-Identifier: Apache-2.0
// Where accounts have logged in since this process began. Bounded: the place that was learned first makes room, and
// only a right password teaches one, so strangers cannot push anything out. Loop thread.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_set>
#include <utility>

namespace gatehouse {

class KnownPlaces {
  public:
    explicit KnownPlaces(std::size_t most) : most_(most) {}

    [[nodiscard]] bool contains(const std::string& place) const { return places_.contains(place); }

    void remember(std::string place) {
        if (!places_.insert(place).second) return;
        order_.push_back(std::move(place));
        if (order_.size() <= most_) return;
        places_.erase(order_.front());
        order_.pop_front();
    }

  private:
    std::size_t most_;
    std::unordered_set<std::string> places_;
    std::deque<std::string> order_; ///< as they were learned
};

} // namespace gatehouse
