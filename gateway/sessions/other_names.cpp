// SPDX-License-Identifier: Apache-2.0
// SessionService: the other names (aliases) of sessions that were taken over from an older system.
#include "gateway/sessions/service.h"

namespace gatehouse {

void SessionService::refuse_name(const SessionDigest& id, Instant now) {
    near_.drop(id); // an entry only says that Gatehouse alone does not know the name
    near_.refuse(near_.note(id), id, Reason::nowhere, now);
}

boost::asio::awaitable<EndOutcome> SessionService::end_name(std::string token, std::string context, Instant now) {
    const auto settings = settings_;
    const auto* rules = settings->config->context(context);
    if (rules == nullptr) co_return EndOutcome::absent;
    const SessionKey key{context, stored_id(token)};
    const EndedSession end{key, now + Millis{rules->absolute}};
    const auto patience = deadline_in(settings->config->database_timeout); // for the database, which may be asked twice
    const auto deadline = patience + PendingRevocations::time_to_note;
    if (const auto over = co_await name_ended_already(key, now)) co_return *over;
    auto ended = co_await stores_.store.end_name(end, now, patience);
    if (!ended) {
        if (ended.error() == StoreError::overloaded) co_return EndOutcome::failed;
        const PendingEnd pending{end, now};
        const auto outcome = co_await end_without_sql(pending, deadline);
        // Only the database knows which session the name stands for: that session's own token works until the database
        // is back.
        co_return outcome == EndOutcome::done ? EndOutcome::unconfirmed : outcome;
    }
    const bool everywhere = co_await forget_everywhere(std::move(*ended));
    co_return everywhere ? EndOutcome::done : EndOutcome::unconfirmed;
}

boost::asio::awaitable<Result<std::vector<EndedSession>>> SessionService::names_of(std::vector<SessionKey> sessions) {
    return stores_.store.names_of(std::move(sessions), deadline_in(settings_->config->database_timeout));
}

/// The sessions and their other names. If the database does not answer, the feed ends the other names later.
boost::asio::awaitable<std::vector<EndedSession>> SessionService::with_names(std::vector<EndedSession> ended) {
    std::vector<SessionKey> keys;
    for (const auto& one : ended)
        keys.push_back(one.key);
    auto names = co_await names_of(std::move(keys));
    if (names) ended.insert(ended.end(), names->begin(), names->end());
    co_return ended;
}

} // namespace gatehouse
