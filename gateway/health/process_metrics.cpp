// SPDX-License-Identifier: Apache-2.0
#include "gateway/health/process_metrics.h"

#include "gateway/log/log.h"

namespace gatehouse {

std::vector<Readiness::Number> process_metrics(const fastcgi::Listener& listener, const SessionService& sessions,
                                               const Takeover* takeover) {
    std::vector<Readiness::Number> all;
    const auto grows = [&all](std::string_view name, std::uint64_t value, std::string_view help) {
        all.push_back({name, static_cast<std::int64_t>(value), true, help});
    };
    const auto varies = [&all](std::string_view name, std::uint64_t value, std::string_view help) {
        all.push_back({name, static_cast<std::int64_t>(value), false, help});
    };
    const auto& wire = listener.stats();
    grows("connections_accepted", wire.accepted, "Connections of nginx.");
    grows("requests", wire.requests, "Requests of nginx.");
    grows("malformed_requests", wire.malformed, "Requests that were no FastCGI.");
    grows("timed_out_connections", wire.timed_out, "Connections on which a request did not arrive as a whole in time.");
    grows("log_lines_dropped", log::dropped(), "Lines that could not be written fast enough.");
    const auto& near = sessions.near_cache();
    varies("memory_is_fresh", sessions.memory_is_fresh() ? 1 : 0, "Whether what is remembered may answer checks.");
    varies("sessions_in_memory", near.size(), "Sessions that are remembered.");
    varies("bytes_in_memory", near.bytes(), "What they take.");
    grows("answered_from_memory", near.stats().hits, "Look-ups that asked no store.");
    const auto feed = sessions.feed();
    grows("feed_looks", feed.looks, "Times that SQL was asked what has changed.");
    grows("feed_failures", feed.failures, "Times that it could not say.");
    grows("feed_put_off", feed.refused, "Times that it was not asked, because our own queue was full.");
    grows("feed_gaps", feed.gaps, "Times that so much had changed that everything remembered was dropped.");
    if (takeover == nullptr) return all;
    const auto& old = takeover->stats();
    grows("legacy_questions", old.questions, "Old tokens that the older system was asked about.");
    grows("legacy_unanswered", old.unanswered, "Times that it could not say.");
    grows("legacy_not_told", takeover->not_told(), "Logins, ends and passwords that it could not be told of.");
    grows("sessions_taken_over", old.taken_over, "Sessions of the older system that became ours on their first use.");
    return all;
}

} // namespace gatehouse
