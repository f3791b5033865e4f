// SPDX-License-Identifier: Apache-2.0
// Stops asking a store that does not answer. After a few failures in a row may_ask() says no at once, except to one
// caller at a time, who tries again now and then. The first success closes the breaker. Pure: time and chance are
// arguments; loop thread only.
#pragma once

#include "storage/instant.h"

#include <cstddef>

namespace gatehouse {

class Breaker {
  public:
    static constexpr std::size_t tolerated = 3; ///< failures in a row
    static constexpr Millis shortest{100};      ///< between tries; up to twice that by chance
    static constexpr Millis trial{1000};        ///< a try without a result after this long is lost

    /// Whether to ask now. A caller who is allowed to ask must report the result. `chance`: any number.
    [[nodiscard]] bool may_ask(Deadline now, std::size_t chance) noexcept {
        if (failures_ < tolerated) return true;
        if (now < next_) return false;
        next_ = now + trial + jitter(chance);
        return true;
    }
    void succeeded() noexcept { failures_ = 0; }
    void failed(Deadline now, std::size_t chance) noexcept {
        if (++failures_ < tolerated) return;
        next_ = now + shortest + jitter(chance);
    }
    /// The question was never sent, so nothing is known about the store: the next caller may try at once.
    void not_asked() noexcept { next_ = {}; }
    [[nodiscard]] bool open() const noexcept { return failures_ >= tolerated; }

  private:
    static Millis jitter(std::size_t chance) noexcept {
        return Millis{chance % static_cast<std::size_t>(shortest.count())};
    }

    std::size_t failures_ = 0;
    Deadline next_{};
};

} // namespace gatehouse
