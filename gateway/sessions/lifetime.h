// SPDX-License-Identifier: Apache-2.0
// When a session ends. Pure: decided from stored instants alone, never from a store having deleted something.
#pragma once

#include "gateway/config/config.h"
#include "gateway/sessions/known.h"

namespace gatehouse {

enum class Life { live, idle_too_long, ended };

/// `grace`: how late activity may have reached the store that the session was read from.
[[nodiscard]] Life judge(const Lifespan& life, const ContextConfig& context, Instant now, Millis grace) noexcept;

/// Until the session ends if nothing more happens; zero if it has ended.
[[nodiscard]] Seconds time_left(const Lifespan& life, const ContextConfig& context, Instant now) noexcept;

/// Activity of a session of this context is written at most so often: touch_interval, but always a small part of the
/// idle time.
[[nodiscard]] Seconds touch_every(const ContextConfig& context, Seconds touch_interval) noexcept;

} // namespace gatehouse
