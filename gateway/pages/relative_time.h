// SPDX-License-Identifier: Apache-2.0
// Time spans in words. Pure; any thread.
#pragma once

#include "gateway/http/accept.h"
#include "storage/instant.h"

#include <string>

namespace gatehouse::pages {

/// "just now", "5 minutes ago", "3 hours ago", "2 days ago", rounded down. A `then` in the future is "just now",
/// because the clocks of several hosts differ.
[[nodiscard]] std::string time_ago(http::Language language, Instant then, Instant now);

/// "2026-03-09 07:05 UTC", for people, and "2026-03-09T07:05:00Z", for programs.
[[nodiscard]] std::string exact_time(Instant at);
[[nodiscard]] std::string iso_time(Instant at);

/// "Keep me signed in for 30 days", or hours, or minutes: the largest unit with at least two, rounded down.
[[nodiscard]] std::string keep_me_for(http::Language language, Seconds span);

/// "Try again in 40 seconds." or, from a minute on, "Try again in 3 minutes.", rounded up so that a retry never
/// comes too early.
[[nodiscard]] std::string try_again_in(http::Language language, Seconds wait);

/// "Too many attempts. Try again in 40 seconds."
[[nodiscard]] std::string throttled(http::Language language, Seconds retry_after);

} // namespace gatehouse::pages
