// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/lifetime.h"

#include <algorithm>

namespace gatehouse {

Seconds idle_time(const ContextConfig& context, bool remember) noexcept {
    return remember ? std::max(context.idle, context.idle_remembered) : context.idle;
}

Life judge(const Lifespan& life, const ContextConfig& context, Instant now, Millis grace) noexcept {
    // The absolute limit also follows the configuration: a shorter limit ends sessions that began before.
    const auto ends = std::min(life.expires_at, life.created_at + Millis{context.absolute});
    if (now >= ends) return Life::ended;
    if (now >= life.last_activity + Millis{idle_time(context, life.remember)} + grace) return Life::idle_too_long;
    return Life::live;
}

Seconds time_left(const Lifespan& life, const ContextConfig& context, Instant now) noexcept {
    const auto ends = std::min({life.expires_at, life.created_at + Millis{context.absolute},
                                life.last_activity + Millis{idle_time(context, life.remember)}});
    return std::max(Seconds{0}, std::chrono::ceil<Seconds>(ends - now));
}

Seconds copy_lifetime(const Lifespan& life, const ContextConfig& context, Instant now) noexcept {
    return std::min(time_left(life, context, now), context.idle);
}

Seconds touch_every(const ContextConfig& context, Seconds touch_interval) noexcept {
    return std::max(Seconds{1}, std::min(touch_interval, context.idle / 20));
}

} // namespace gatehouse
