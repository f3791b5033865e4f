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

Backoff::Backoff(std::size_t quick, std::uint32_t seed) : quick_(std::min<std::size_t>(quick, 10)), random_(seed) {}

Millis Backoff::after(std::chrono::nanoseconds of_use) {
    failures_ = of_use >= Seconds{1} ? 0 : failures_ + 1;
    const double jitter = std::uniform_real_distribution<double>(0.0, 1.0)(random_);
    return pause_before_attempt(failures_, quick_, jitter);
}

} // namespace gatehouse
