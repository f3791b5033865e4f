// SPDX-License-Identifier: Apache-2.0
// What this node knows to have ended, for as long as a copy of before may still be on its way to Redis: should Redis
// lose the tombstone meanwhile, the session does not come back here. An end is for ever, so it counts however old the
// news are. Bounded; no lock, no I/O; loop thread only.
#pragma once

#include "gateway/sessions/known.h"
#include "storage/boot_clock.h"

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <deque>

namespace gatehouse {

class EndedLately {
  public:
    /// Longer than an answer of SQL may be put into Redis, and than the feed takes to have the tombstone written again.
    static constexpr Seconds span{10};
    /// Beyond, the oldest are forgotten: the tombstones alone have to do.
    static constexpr std::size_t most = 1 << 16;

    void note(const SessionDigest& id, Moment now);
    [[nodiscard]] bool contains(const SessionDigest& id, Moment now);
    [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }

  private:
    struct End {
        Moment at;
        SessionDigest id;
    };
    void forget(Moment now);
    void forget_oldest();

    std::deque<End> order_; ///< the oldest comes first
    boost::unordered_flat_set<SessionDigest, DigestHash> ids_;
};

} // namespace gatehouse
