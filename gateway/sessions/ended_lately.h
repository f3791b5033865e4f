// SPDX-License-Identifier: Apache-2.0
// Sessions that are known to have ended within the last 10 s. A copy from before the end may still be on its way to
// Redis: if Redis loses the tombstone meanwhile, the session stays refused on this gateway. An end is for ever, so an
// entry counts however late this gateway hears of the end. Bounded; no lock, no I/O; loop thread only.
#pragma once

#include "gateway/sessions/cached_session.h"
#include "storage/boot_clock.h"

#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <deque>

namespace gatehouse {

class EndedLately {
  public:
    /// Longer than an answer of the database may take to be written to Redis, and longer than the feed takes to have
    /// the tombstone written again.
    static constexpr Seconds span{10};
    /// Beyond this number the oldest are forgotten, and only their tombstones protect them.
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
