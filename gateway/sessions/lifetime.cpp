// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/lifetime.h"

#include <algorithm>

namespace gatehouse {

Life judge(const Lifespan& life, const ContextConfig& context, Instant now, Millis grace) noexcept {
    // The absolute limit also follows the configuration: shortening it ends old sessions.
    const auto ends = std::min(life.expires_at, life.created_at + Millis{context.absolute});
    if (now >= ends) return Life::ended;
    if (now >= life.last_activity + Millis{context.idle} + grace) return Life::idle_too_long;
    return Life::live;
}

Seconds time_left(const Lifespan& life, const ContextConfig& context, Instant now) noexcept {
    const auto ends = std::min(
        {life.expires_at, life.created_at + Millis{context.absolute}, life.last_activity + Millis{context.idle}});
    return std::max(Seconds{0}, std::chrono::ceil<Seconds>(ends - now));
}

Seconds touch_every(const ContextConfig& context, Seconds touch_interval) noexcept {
    return std::max(Seconds{1}, std::min(touch_interval, context.idle / 20));
}

} // namespace gatehouse
