// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/backoff.h"

#include <algorithm>

namespace gatehouse {

Millis pause_before_attempt(std::size_t failures, std::size_t quick, double jitter) noexcept {
    constexpr Millis quick_pause{20};
    constexpr Millis first_pause{100};
    constexpr Millis longest_pause{500};
    constexpr std::size_t doublings = 3;

    if (failures == 0) return Millis::zero();
    if (failures <= quick) return quick_pause;
    const auto pause = std::min(first_pause * (1 << std::min(failures - quick - 1, doublings)), longest_pause);
    const double share = 1.0 - std::clamp(jitter, 0.0, 1.0) / 2;
    return Millis{static_cast<Millis::rep>(static_cast<double>(pause.count()) * share)};
}

} // namespace gatehouse
