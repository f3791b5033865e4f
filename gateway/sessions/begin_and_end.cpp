// SPDX-License-Identifier: Apache-2.0
// SessionService: beginning and ending sessions. The order is always the same: the database commits, Redis gets the
// tombstone, this gateway forgets the session, and only then the caller is told.
#include "gateway/sessions/lifetime.h"
#include "gateway/sessions/service.h"
#include "storage/planted.h"

namespace gatehouse {

std::string_view name_of(EndOutcome outcome) noexcept {
    switch (outcome) {
    case EndOutcome::done: return "ok";
    case EndOutcome::absent: return "no_session";
    case EndOutcome::unconfirmed: return "not_confirmed";
    case EndOutcome::failed: break;
    }
    return "not_recorded";
}

boost::asio::awaitable<Result<std::optional<Account>>> SessionService::account_of(std::string identifier,
                                                                                  Deadline deadline) {
    if (identifier.starts_with('+')) return stores_.users.find_by_phone(std::move(identifier), deadline);
    return stores_.users.find_by_email(std::move(identifier), deadline);
}

boost::asio::awaitable<Result<Identities::Candidate>> SessionService::find_account(const Visit& visit,
                                                                                   std::string identifier) {
    auto account = co_await account_of(identifier, deadline_in(visit.settings->config->database_timeout));
    if (!account) co_return account.error();
    co_return Candidate{std::move(identifier), *std::move(account)};
}

/// Without an older system, every account is in the database already.
boost::asio::awaitable<Result<std::optional<Account>>> SessionService::bring_in(const Visit&, Candidate candidate) {
    co_return std::move(candidate.account);
}

boost::asio::awaitable<void> SessionService::ask_the_rest(const Visit&, Candidate) {
    co_return;
}

boost::asio::awaitable<Result<std::optional<LoggedIn>>> SessionService::begin(NewLogin login, Instant now) {
    const auto settings = settings_;
    const auto* rules = settings->config->context(login.context);
    if (rules == nullptr) co_return make_error_code(StoreError::refused);
    LoggedIn fresh;
    fresh.token = login.once.empty() ? settings->tokens.mint(login.context)
                                     : settings->tokens.mint_once(login.context, login.once);
    fresh.session.key = {login.context, stored_id(fresh.token)};
    fresh.session.handle = random_uuid();
    fresh.session.user_id = login.user.id;
    fresh.session.created_at = fresh.session.last_activity = now;
    fresh.session.expires_at = now + Millis{rules->absolute};
    fresh.session.remember = login.remember;
    const NewSession row{fresh.session, login.origin, login.user.generation, settings->config->max_sessions_per_user};
    auto inserted = co_await stores_.store.insert(row, deadline_in(settings->config->database_timeout));
    if (!login.once.empty() && inserted.has_error() && inserted.error() == StoreError::conflict) {
        co_return co_await begin_again(std::move(fresh), std::move(login), now);
    }
    // If the database has committed all the same, the feed tells which sessions ended.
    if (!inserted) co_return inserted.error();
    if (!inserted->accepted) co_return std::optional<LoggedIn>{};
    // The user did not ask to end these sessions, so the login does not wait until every gateway has heard of it.
    co_await forget_here(std::move(inserted->evicted));
    remember(fresh.session, login.user, *rules, now);
    co_return std::optional<LoggedIn>{std::move(fresh)};
}

/// A session of this token exists already. If that session has ended, this is a new login.
boost::asio::awaitable<Result<std::optional<LoggedIn>>> SessionService::begin_again(LoggedIn fresh, NewLogin login,
                                                                                    Instant now) {
    const auto settings = settings_;
    auto found = co_await stores_.store.find(fresh.session.key, deadline_in(settings->config->database_timeout));
    if (!found) co_return found.error();
    const auto* rules = settings->config->context(login.context);
    const auto& twin = *found;
    const bool lives = twin && rules != nullptr && !twin->revoked && !has_ended(fresh.session.key.id) &&
                       twin->user.id == login.user.id && judge(twin->session, *rules, now, Millis{0}) == Life::live;
    if (lives) {
        fresh.session = twin->session;
        co_return std::optional<LoggedIn>{std::move(fresh)};
    }
    login.once.clear();
    co_return co_await begin(std::move(login), now);
}

boost::asio::awaitable<EndOutcome> SessionService::end(const Visit& visit) {
    std::string token(visit.token), context(visit.context.name);
    auto once = [this, token, context] { return end_once(token, context); };
    return end_together(std::move(token), std::move(context), std::move(once));
}

boost::asio::awaitable<Result<EndOutcome>> SessionService::end_once(std::string token, std::string context) {
    co_return co_await end(std::move(token), std::move(context), wall_now());
}

boost::asio::awaitable<EndOutcome> SessionService::end(std::string token, std::string context, Instant now) {
    const auto settings = settings_;
    if (!settings->tokens.minted_here(token, context)) co_return EndOutcome::absent;
    const SessionKey key{context, stored_id(token)};
    const auto patience = deadline_in(settings->config->database_timeout); // for the database, which may be asked twice
    const auto deadline = patience + PendingRevocations::time_to_note;
    if (const auto over = co_await ended_already(key, now)) co_return *over;
    auto revoked = co_await stores_.store.revoke(key, now, patience);
    if (!revoked) {
        // Our own queue is full: the database is not away, so the end is not noted without it.
        if (revoked.error() == StoreError::overloaded) co_return EndOutcome::failed;
        // Only the database knows when the session would have expired; this is the latest possible moment.
        const Millis longest{settings->config->context(context)->absolute};
        const PendingEnd end{{key, now + longest}, now};
        co_return co_await end_without_sql(end, deadline);
    }
    if (!*revoked) co_return EndOutcome::absent;
    std::vector<EndedSession> ended{**revoked};
    const bool everywhere = co_await forget_everywhere(std::move(ended));
    co_return everywhere ? EndOutcome::done : EndOutcome::unconfirmed;
}

boost::asio::awaitable<EndOutcome> SessionService::end_without_sql(PendingEnd end, Deadline deadline) {
    const auto noted = co_await pending_revocations_.end_without_sql(end, deadline);
    if (noted == PendingRevocations::Noted::nowhere) co_return EndOutcome::failed;
    forget(end.session.key);
    co_return noted == PendingRevocations::Noted::everywhere ? EndOutcome::done : EndOutcome::unconfirmed;
}

boost::asio::awaitable<EndOutcome> SessionService::end_by_handle(const Visit&, std::string user_id,
                                                                 std::string handle) {
    return end_by_handle(std::move(user_id), std::move(handle), wall_now());
}

boost::asio::awaitable<EndOutcome> SessionService::end_by_handle(std::string user_id, std::string handle, Instant now,
                                                                 std::optional<SessionKey>* which) {
    auto revoked = co_await stores_.store.revoke_by_handle(std::move(user_id), std::move(handle), now,
                                                           deadline_in(settings_->config->database_timeout));
    if (!revoked) co_return EndOutcome::failed;
    if (!*revoked) co_return EndOutcome::absent;
    if (which != nullptr) *which = (**revoked).key;
    std::vector<EndedSession> ended{**revoked};
    const bool everywhere = co_await forget_everywhere(std::move(ended));
    co_return everywhere ? EndOutcome::done : EndOutcome::unconfirmed;
}

boost::asio::awaitable<EndedOthers> SessionService::end_others(const Visit&, std::string user_id, SessionKey keep) {
    return end_others(std::move(user_id), std::optional{std::move(keep)}, wall_now());
}

boost::asio::awaitable<EndedOthers> SessionService::end_others(std::string user_id, std::optional<SessionKey> keep,
                                                               Instant now) {
    EndedOthers result;
    auto ended = co_await stores_.store.revoke_all(std::move(user_id), std::move(keep), now,
                                                   deadline_in(settings_->config->database_timeout));
    if (!ended) co_return result;
    result.count = ended->size();
    const bool everywhere = co_await forget_everywhere(std::move(*ended));
    result.outcome = everywhere ? EndOutcome::done : EndOutcome::unconfirmed;
    co_return result;
}

boost::asio::awaitable<Result<PasswordChange>> SessionService::change_password(const Visit&, NewPassword fresh,
                                                                               Deadline deadline) {
    auto outcome = co_await stores_.users.set_password(fresh.user_id, std::move(fresh.hash), std::move(fresh.proof),
                                                       std::nullopt, wall_now(), deadline);
    if (!outcome) co_return outcome.error();
    if (!outcome->found) co_return PasswordChange{};
    const bool everywhere =
        co_await user_changed(std::move(fresh.user_id), outcome->generation, std::move(outcome->ended));
    co_return PasswordChange{true, outcome->generation, everywhere ? EndOutcome::done : EndOutcome::unconfirmed};
}

boost::asio::awaitable<bool> SessionService::user_changed(std::string user_id, std::int64_t generation,
                                                          std::vector<EndedSession> ended) {
    std::vector<ChangedUser> users{{user_id, generation}};
    const bool told = co_await revoker_.outdate(std::move(users));
    near_.drop_user(user_id);
    bool everywhere = co_await forget_everywhere(std::move(ended));
    if (everywhere && !told) everywhere = co_await everyone_has_seen();
    co_return everywhere;
}

boost::asio::awaitable<bool> SessionService::end_elsewhere(const Visit&, std::string, SessionKey) {
    co_return true;
}

/// From now on, an answer that was requested before this call is not stored in the near cache.
void SessionService::forget(const SessionKey& key) {
    const auto id = to_digest(key.id);
    if (!id) return;
    ended_.note(*id, BootClock::now());
    near_.drop(*id);
}

bool SessionService::has_ended(const std::string& stored_id) {
    if (ended_.size() == 0) return false;
    const auto id = to_digest(stored_id);
    return id && ended_.contains(*id, BootClock::now());
}

/// False: Redis could not be told.
boost::asio::awaitable<bool> SessionService::forget_here(std::vector<EndedSession> ended) {
    ended = co_await with_names(std::move(ended));
    for (const auto& session : ended)
        forget(session.key);
    auto buried = ended;
    if (planted(Bug::no_tombstone)) buried.clear();
    const bool told = co_await revoker_.bury(std::move(buried));
    for (const auto& session : ended) // Redis may have returned the session as live meanwhile
        forget(session.key);
    co_return told;
}

/// False: the end is recorded, but a gateway may not have heard of it yet.
boost::asio::awaitable<bool> SessionService::forget_everywhere(std::vector<EndedSession> ended) {
    const bool told = co_await forget_here(std::move(ended));
    if (told) co_return true;
    co_return co_await everyone_has_seen();
}

/// Redis cannot tell the other gateways: wait until each has read the end in the feed.
boost::asio::awaitable<bool> SessionService::everyone_has_seen() {
    return all_have_read(stores_.feed, reader_.node(), deadline_in(Acknowledgements::patience));
}

boost::asio::awaitable<Result<std::vector<ListedSession>>> SessionService::list(std::string user_id, Instant now) {
    return stores_.store.list(std::move(user_id), now, deadline_in(settings_->config->database_timeout));
}

boost::asio::awaitable<Result<bool>> SessionService::name_device(std::string user_id, std::string handle,
                                                                 std::string name) {
    return stores_.store.name_device(std::move(user_id), std::move(handle), std::move(name),
                                     deadline_in(settings_->config->database_timeout));
}

} // namespace gatehouse
