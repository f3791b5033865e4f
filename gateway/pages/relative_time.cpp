// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/relative_time.h"

#include "gateway/pages/messages.h"

#include <algorithm>
#include <fmt/chrono.h>

namespace gatehouse::pages {

namespace chr = std::chrono;

std::string time_ago(http::Language language, Instant then, Instant now) {
    const auto span = now - then;
    if (span < chr::minutes{1}) return std::string(text(language, "just_now"));
    if (span < chr::hours{1}) return text_with(language, "minutes_ago", chr::floor<chr::minutes>(span).count());
    if (span < chr::days{1}) return text_with(language, "hours_ago", chr::floor<chr::hours>(span).count());
    return text_with(language, "days_ago", chr::floor<chr::days>(span).count());
}

std::string exact_time(Instant at) {
    return fmt::format("{:%F %H:%M} UTC", fmt::gmtime(chr::system_clock::to_time_t(at)));
}

std::string iso_time(Instant at) {
    return fmt::format("{:%FT%H:%M:%SZ}", fmt::gmtime(chr::system_clock::to_time_t(at)));
}

std::string keep_me_for(http::Language language, Seconds span) {
    if (span >= chr::days{2}) return text_with(language, "remember_days", chr::floor<chr::days>(span).count());
    if (span >= chr::hours{2}) return text_with(language, "remember_hours", chr::floor<chr::hours>(span).count());
    return text_with(language, "remember_minutes", std::max<std::int64_t>(1, chr::floor<chr::minutes>(span).count()));
}

std::string try_again_in(http::Language language, Seconds wait) {
    wait = std::max(wait, Seconds{1});
    if (wait < chr::minutes{1}) return text_with(language, "retry_seconds", wait.count());
    return text_with(language, "retry_minutes", chr::ceil<chr::minutes>(wait).count());
}

std::string throttled(http::Language language, Seconds retry_after) {
    return std::string(text(language, "throttled")).append(" ").append(try_again_in(language, retry_after));
}

} // namespace gatehouse::pages
