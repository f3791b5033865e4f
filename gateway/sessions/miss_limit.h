// SPDX-License-Identifier: Apache-2.0
// How many old tokens that nobody knows a client address has presented within a minute: weak tokens of an older system
// are not to be guessed through us. Bounded; no I/O; loop thread only.
#pragma once

#include "storage/instant.h"

#include <cstddef>
#include <string>
#include <unordered_map>

namespace gatehouse {

class MissLimit {
  public:
    static constexpr Seconds window{60};
    /// Beyond, all counts are forgotten: whoever has that many addresses is not stopped by this.
    static constexpr std::size_t most = 1 << 15;

    [[nodiscard]] bool exceeded(const std::string& place, std::size_t limit, Instant now) {
        const auto found = counts_.find(place);
        return found != counts_.end() && now < found->second.until && found->second.misses >= limit;
    }
    void note(const std::string& place, Instant now) {
        if (counts_.size() >= most) counts_.clear();
        auto& count = counts_[place];
        if (now >= count.until) count = {now + window, 0};
        ++count.misses;
    }

  private:
    struct Count {
        Instant until;
        std::size_t misses = 0;
    };
    std::unordered_map<std::string, Count> counts_;
};

} // namespace gatehouse
