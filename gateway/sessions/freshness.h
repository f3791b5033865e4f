// SPDX-License-Identifier: Apache-2.0
// Whether the near cache may be believed now: only while this gateway would have heard of every change. There are two
// proofs. The invalidation link tells a change at once, and its heartbeat proves that it works. The feed tells what
// changed up to its last look, and is proof for a moment after that look. A new link counts only after a look that was
// sent since it was made, because only the feed has what happened while there was no link. Pure; loop thread only.
#pragma once

#include "storage/boot_clock.h"
#include "storage/instant.h"

#include <optional>

namespace gatehouse {

class Freshness {
  public:
    /// The feed is proof for this long after its last look was sent.
    static constexpr Millis feed_proof{900};
    /// The next look at the feed is sent sooner than this, whether or not the last one was answered.
    static constexpr Millis next_try{1100};

    /// A look at the feed that was sent at `sent` has been answered, and all of its changes have been applied.
    void looked(Moment sent) noexcept {
        last_look_ = sent;
        if (armed_ && sent >= *armed_) caught_up_ = true;
    }
    /// A look that was sent at `sent` has ended, with whatever result.
    void tried(Moment sent) noexcept { last_try_ = sent; }
    void link_armed(Moment now) noexcept {
        armed_ = now;
        caught_up_ = false;
    }
    void link_lost() noexcept {
        armed_.reset();
        caught_up_ = false;
    }

    [[nodiscard]] bool by_feed(Moment now) const noexcept { return last_look_ && now - *last_look_ <= feed_proof; }
    /// Provided that the link is also proven alive, it misses no change.
    [[nodiscard]] bool link_has_caught_up() const noexcept { return caught_up_; }
    /// For longer than `span` this gateway has not learned what changed in the database. False before the first look:
    /// nothing is remembered yet.
    [[nodiscard]] bool sql_unseen_for(Millis span, Moment now) const noexcept {
        return last_look_ && now - *last_look_ > span;
    }

    /// This gateway has not tried to look for a while: the process was stopped, not the database. Meanwhile other
    /// gateways may have written changes to another Redis, or may have been stopped as well. So neither near cache nor
    /// Redis counts until a look has ended.
    [[nodiscard]] bool was_stopped(Moment now) const noexcept { return last_try_ && now - *last_try_ > next_try; }

  private:
    std::optional<Moment> last_look_;
    std::optional<Moment> last_try_;
    std::optional<Moment> armed_;
    bool caught_up_ = false;
};

} // namespace gatehouse
