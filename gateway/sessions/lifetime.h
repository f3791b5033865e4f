// SPDX-License-Identifier: Apache-2.0
// When a session ends. Pure: decided from stored instants alone, never from the fact that a store deleted something.
#pragma once

#include "gateway/config/config.h"
#include "gateway/sessions/cached_session.h"

namespace gatehouse {

enum class Life { live, idle_too_long, ended };

/// How long a session may go without a request.
[[nodiscard]] Seconds idle_time(const ContextConfig& context, bool remember) noexcept;

/// `grace`: how late activity may have reached the store that the session was read from.
[[nodiscard]] Life judge(const Lifespan& life, const ContextConfig& context, Instant now, Millis grace) noexcept;

/// The time until the session ends without another request; zero if it has ended.
[[nodiscard]] Seconds time_left(const Lifespan& life, const ContextConfig& context, Instant now) noexcept;

/// How long a copy of the session is kept: until the session ends, but at most `idle` without a request. Use renews a
/// copy. An unused copy must be gone before the end of its session is no longer replayed, even if the session itself
/// may be unused for weeks.
[[nodiscard]] Seconds copy_lifetime(const Lifespan& life, const ContextConfig& context, Instant now) noexcept;

/// The shortest time between two writes of a session's activity: touch_interval, but always a small part of the
/// context's idle time.
[[nodiscard]] Seconds touch_every(const ContextConfig& context, Seconds touch_interval) noexcept;

} // namespace gatehouse
