// SPDX-License-Identifier: Apache-2.0
// Whether what this process remembers may be believed right now: only while it would have heard of every change. There
// are two proofs. The invalidation link tells at once, and proves itself by its heartbeat; the feed tells what happened
// up to its last look, and is proof for a moment after that. A link that was rebuilt counts only after a look that was
// sent since: what happened while there was none is in the feed. Pure; loop thread only.
#pragma once

#include "storage/boot_clock.h"
#include "storage/instant.h"

#include <optional>

namespace gatehouse {

class Freshness {
  public:
    /// After its last look has been sent, the feed is proof for so long.
    static constexpr Millis feed_proof{900};

    /// A look at the feed that was sent then has been answered, and all of it has been acted upon.
    void looked(Moment sent) noexcept {
        last_look_ = sent;
        if (armed_ && sent >= *armed_) caught_up_ = true;
    }
    void link_armed(Moment now) noexcept {
        armed_ = now;
        caught_up_ = false;
    }
    void link_lost() noexcept {
        armed_.reset();
        caught_up_ = false;
    }

    [[nodiscard]] bool by_feed(Moment now) const noexcept { return last_look_ && now - *last_look_ <= feed_proof; }
    /// The link misses nothing if it is proven alive as well.
    [[nodiscard]] bool link_has_caught_up() const noexcept { return caught_up_; }
    [[nodiscard]] std::optional<Moment> last_look() const noexcept { return last_look_; }

  private:
    std::optional<Moment> last_look_;
    std::optional<Moment> armed_;
    bool caught_up_ = false;
};

} // namespace gatehouse
