// SPDX-License-Identifier: Apache-2.0
// SessionService: tokens of an older system, which are names of sessions here, and their end.
#include "gateway/sessions/service.h"

namespace gatehouse {

void SessionService::refuse_old(const SessionDigest& id, Instant now) {
    near_.drop(id); // what is there says that we alone do not know it
    near_.refuse(near_.note(id), id, Reason::nowhere, now);
}

boost::asio::awaitable<EndOutcome> SessionService::end_old(std::string token, std::string context, Instant now) {
    const auto settings = settings_;
    const auto* rules = settings->config->context(context);
    if (rules == nullptr || stores_.takeover == nullptr) co_return EndOutcome::absent;
    const SessionKey key{context, stored_id(token)};
    const EndedSession end{key, now + Millis{rules->absolute}};
    const auto patience = settings->config->database_timeout;
    const auto deadline = deadline_in(patience + Settlement::time_to_note);
    auto ended = co_await stores_.takeover->end_old(end, now, deadline_in(patience));
    if (!ended) {
        const PendingEnd pending{end, now};
        if (!co_await settlement_.end_without_sql(pending, deadline)) co_return EndOutcome::failed;
        forget(key);
        co_return EndOutcome::unconfirmed; // what it stands for, only SQL knows: our own token is good until SQL is
                                           // back
    }
    const bool everywhere = co_await forget_everywhere(std::move(*ended));
    co_return everywhere ? EndOutcome::done : EndOutcome::unconfirmed;
}

/// And the names that these have in an older system. Without an answer, the feed tells them.
boost::asio::awaitable<std::vector<EndedSession>> SessionService::with_names(std::vector<EndedSession> ended) {
    if (stores_.takeover == nullptr || ended.empty()) co_return ended;
    std::vector<SessionKey> keys;
    for (const auto& one : ended)
        keys.push_back(one.key);
    auto names = co_await stores_.takeover->names_of(std::move(keys), deadline_in(settings_->config->database_timeout));
    if (names) ended.insert(ended.end(), names->begin(), names->end());
    co_return ended;
}

} // namespace gatehouse
