// SPDX-License-Identifier: Apache-2.0
// Spans of time in words. Pure; any thread.
#pragma once

#include "gateway/http/accept.h"
#include "storage/instant.h"

#include <string>

namespace gatehouse::pages {

/// "just now", "5 minutes ago", "3 hours ago", "2 days ago", rounded down. A `then` that is still to come is just now:
/// clocks of several hosts differ.
[[nodiscard]] std::string time_ago(http::Language language, Instant then, Instant now);

/// "Try again in 40 seconds." or, from two minutes on, "Try again in 3 minutes.", rounded up: never too early.
[[nodiscard]] std::string try_again_in(http::Language language, Seconds wait);

} // namespace gatehouse::pages
