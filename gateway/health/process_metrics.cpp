// SPDX-License-Identifier: Apache-2.0
#include "gateway/health/process_metrics.h"

#include "gateway/fastcgi/listener.h"
#include "gateway/log/log.h"
#include "gateway/mail/dispatcher.h"
#include "gateway/sessions/service.h"
#include "gateway/takeover/takeover.h"

namespace gatehouse {
namespace {

void grows(std::vector<Readiness::Number>& all, std::string_view name, std::uint64_t value, std::string_view help) {
    all.push_back({name, static_cast<std::int64_t>(value), true, help});
}

void varies(std::vector<Readiness::Number>& all, std::string_view name, std::uint64_t value, std::string_view help) {
    all.push_back({name, static_cast<std::int64_t>(value), false, help});
}

void add_mail(std::vector<Readiness::Number>& all, const mail::Dispatcher& dispatcher) {
    const auto& mail = dispatcher.stats();
    grows(all, "mails_sent", mail.sent, "Mails that a mail server has accepted.");
    grows(all, "mails_postponed", mail.postponed, "Tries to send a mail that failed and are repeated.");
    grows(all, "mails_dropped", mail.dropped, "Mails that were not wanted any more when their turn came.");
    grows(all, "mails_given_up", mail.given_up, "Mails that nobody tries to send any more.");
    varies(all, "mail_waiting", mail.in_store.waiting, "Mails that wait to be sent, of all gateways.");
    varies(all, "mail_lost", mail.in_store.given_up, "Mails of the last month that were given up, of all gateways.");
    varies(all, "mail_oldest_seconds", static_cast<std::uint64_t>(dispatcher.oldest(wall_now()).count()),
           "How long the oldest of those that wait has been waiting.");
}

} // namespace

std::vector<Readiness::Number> process_metrics(const fastcgi::Listener& listener, const SessionService& sessions,
                                               const Takeover* takeover, const mail::Dispatcher* mail) {
    std::vector<Readiness::Number> all;
    const auto& wire = listener.stats();
    grows(all, "connections_accepted", wire.accepted, "Connections of nginx.");
    grows(all, "requests", wire.requests, "Requests of nginx.");
    grows(all, "malformed_requests", wire.malformed, "Requests that were no FastCGI.");
    grows(all, "timed_out_connections", wire.timed_out,
          "Connections on which a request did not arrive as a whole in time.");
    grows(all, "log_lines_dropped", log::dropped(), "Lines that could not be written fast enough.");
    const auto& near = sessions.near_cache();
    varies(all, "memory_is_fresh", sessions.memory_is_fresh() ? 1 : 0, "Whether what is remembered may answer checks.");
    varies(all, "sessions_in_memory", near.size(), "Sessions that are remembered.");
    varies(all, "bytes_in_memory", near.bytes(), "What they take.");
    grows(all, "answered_from_memory", near.stats().hits, "Look-ups that asked no store.");
    const auto feed = sessions.feed();
    grows(all, "feed_looks", feed.looks, "Times that SQL was asked what has changed.");
    grows(all, "feed_failures", feed.failures, "Times that it could not say.");
    grows(all, "feed_put_off", feed.refused, "Times that it was not asked, because our own queue was full.");
    grows(all, "feed_gaps", feed.gaps, "Times that so much had changed that everything remembered was dropped.");
    if (mail != nullptr) add_mail(all, *mail);
    if (takeover == nullptr) return all;
    const auto& old = takeover->stats();
    grows(all, "legacy_questions", old.questions, "Old tokens that the older system was asked about.");
    grows(all, "legacy_unanswered", old.unanswered, "Times that it could not say.");
    grows(all, "legacy_not_told", takeover->not_told(), "Logins, ends and passwords that it could not be told of.");
    grows(all, "sessions_taken_over", old.taken_over,
          "Sessions of the older system that became ours on their first use.");
    return all;
}

} // namespace gatehouse
