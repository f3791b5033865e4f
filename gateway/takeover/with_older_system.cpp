// SPDX-License-Identifier: Apache-2.0
#include "gateway/takeover/with_older_system.h"

#include "gateway/accounts/origin.h"
#include "gateway/accounts/password_hasher.h"
#include "gateway/http/client_address.h"
#include "gateway/log/log.h"
#include "gateway/sessions/service.h"
#include "gateway/takeover/strategy.h"
#include "gateway/takeover/takeover.h"

#include <algorithm>

namespace gatehouse {
namespace {

using boost::asio::awaitable;

OldVisit older_visit(const Visit& visit) {
    return {visit.settings,
            std::string(visit.older_token),
            visit.context.name,
            make_origin(visit.address, visit.user_agent),
            http::throttle_key(visit.address),
            visit.now};
}

/// The end in both systems: the worse outcome of the two, except that `absent` in one does not count.
EndOutcome both(EndOutcome one, EndOutcome other) {
    if (one == EndOutcome::absent) return other;
    if (other == EndOutcome::absent) return one;
    return std::max(one, other); // the enumerators are in order from good to bad
}

/// The outcome of an end that is recorded in Gatehouse.
EndOutcome told(EndOutcome outcome, bool there) {
    return there ? outcome : both(outcome, EndOutcome::unconfirmed);
}

} // namespace

WithOlderSystem::WithOlderSystem(SessionService& sessions, Takeover& takeover, PasswordHasher& hasher,
                                 SettingsPtr settings)
    : sessions_(sessions), takeover_(takeover), hasher_(hasher), settings_(std::move(settings)) {
    limit_memory(*settings_->config);
}

void WithOlderSystem::use(SettingsPtr settings) {
    sessions_.use(settings);
    // Under the new strategy unknown tokens may be known, and remembered sessions may have ended in the older system.
    if (settings->config->strategy != settings_->config->strategy) sessions_.forget_everything();
    settings_ = std::move(settings);
    limit_memory(*settings_->config);
}

/// Where sessions may end in the older system, the near cache answers for at most look_again without a question.
void WithOlderSystem::limit_memory(const Config& config) {
    for (const auto& context : config.contexts) {
        const bool followed = config.legacy.covers(context.name) && reads_legacy(config.strategy);
        sessions_.limit_memory(context.name, followed ? std::optional<Millis>(look_again) : std::nullopt);
    }
}

std::string_view WithOlderSystem::older_cookie(const Config& config, std::string_view context,
                                               Instant now) const noexcept {
    return takeover_.concerns(config, context, now) ? std::string_view(config.legacy.cookie) : std::string_view{};
}

bool WithOlderSystem::own_tokens_count(const Config& config, std::string_view context) const noexcept {
    return takeover_.reads_ours(config, context);
}

/// A good token of Gatehouse decides alone, unless the older system leads, because the visitor may have logged out
/// there.
Identities::Recalled WithOlderSystem::recall(const Visit& visit) {
    const auto& config = *visit.settings->config;
    auto ours = sessions_.recall(visit);
    if (!takeover_.concerns(config, visit.context.name, visit.now)) return ours;
    const bool live = ours.found && ours.found->verdict == Verdict::valid;
    ours.final = live && !legacy_leads(config.strategy);
    return ours;
}

awaitable<Lookup> WithOlderSystem::by_own_token(const Visit& visit, const Recalled& recalled) {
    if (recalled.found) co_return *recalled.found;
    co_return co_await sessions_.look_up(visit, recalled);
}

awaitable<Lookup> WithOlderSystem::look_up(const Visit& visit, const Recalled& recalled) {
    const auto& config = *visit.settings->config;
    const bool leads = legacy_leads(config.strategy);
    const bool has_older = !visit.older_token.empty();
    auto found = refused(Reason::no_token);
    if (takeover_.reads_ours(config, visit.context.name)) found = co_await by_own_token(visit, recalled);
    // Where the older system leads and the visitor has its cookie, the older token is looked up below.
    if (!has_older || !leads)
        found = co_await takeover_.follow(visit.settings, visit.context.name, std::move(found), visit.now);
    if (!has_older || found.verdict == Verdict::unknown) co_return found;
    if (found.verdict == Verdict::invalid) co_return co_await takeover_.check(older_visit(visit));
    if (leads) co_return co_await unless_ended_there(visit, std::move(found));
    co_return found;
}

/// The older system leads, so it is asked although the token of Gatehouse is good.
awaitable<Lookup> WithOlderSystem::unless_ended_there(const Visit& visit, Lookup ours) {
    const auto theirs = co_await takeover_.check(older_visit(visit));
    if (theirs.verdict != Verdict::invalid || theirs.reason != Reason::revoked) co_return ours;
    const auto again = sessions_.recall(visit);
    co_return co_await by_own_token(visit,
                                    again); // the older token may have been an alias of this session, or of another one
}

awaitable<Result<Identities::Candidate>> WithOlderSystem::find_account(const Visit& visit, std::string identifier) {
    return takeover_.find_account(visit.settings, std::move(identifier), visit.context.name, visit.now);
}

awaitable<Result<std::optional<Account>>> WithOlderSystem::bring_in(const Visit& visit, Candidate candidate) {
    return takeover_.bring_in(visit.settings, std::move(candidate), visit.now);
}

awaitable<void> WithOlderSystem::ask_the_rest(const Visit& visit, Candidate candidate) {
    return takeover_.ask_the_rest(visit.settings, std::move(candidate), visit.context.name, visit.now);
}

awaitable<Result<std::optional<LoggedIn>>> WithOlderSystem::begin(NewLogin login, Instant now) {
    auto settings = login.settings;
    return takeover_.begin(std::move(settings), std::move(login), now);
}

awaitable<EndOutcome> WithOlderSystem::end(const Visit& visit) {
    auto older = older_visit(visit);
    return end_both(visit.settings, std::string(visit.token), std::move(older));
}

awaitable<EndOutcome> WithOlderSystem::end_both(SettingsPtr settings, std::string token, OldVisit older) {
    auto outcome = EndOutcome::absent;
    if (!token.empty()) outcome = co_await end_own(std::move(settings), std::move(token), older.context);
    if (older.token.empty()) co_return outcome;
    co_return both(outcome, co_await takeover_.end(std::move(older)));
}

/// Ends the session in the older system too, where it may have an older token that this browser does not have.
awaitable<EndOutcome> WithOlderSystem::end_own(SettingsPtr settings, std::string token, std::string context) {
    auto once = [this, settings = std::move(settings), token, context] {
        return end_own_once(settings, token, context);
    };
    return sessions_.end_together(std::move(token), std::move(context), std::move(once));
}

awaitable<Result<EndOutcome>> WithOlderSystem::end_own_once(SettingsPtr settings, std::string token,
                                                            std::string context) {
    const auto outcome = co_await sessions_.end(token, context, wall_now());
    if (outcome != EndOutcome::done || !takeover_.concerns(*settings->config, context, wall_now())) co_return outcome;
    SessionKey key{std::move(context), stored_id(token)};
    co_return told(outcome, co_await takeover_.tell_ended(std::move(settings), std::move(key), wall_now()));
}

awaitable<EndOutcome> WithOlderSystem::end_by_handle(const Visit& visit, std::string user_id, std::string handle) {
    std::optional<SessionKey> key;
    const auto outcome = co_await sessions_.end_by_handle(std::move(user_id), handle, wall_now(), &key);
    if (!key) co_return outcome;
    co_return told(outcome, co_await takeover_.tell_ended(visit.settings, *std::move(key), wall_now()));
}

awaitable<EndedOthers> WithOlderSystem::end_others(const Visit& visit, std::string user_id, SessionKey keep) {
    auto older = older_visit(visit);
    auto ended = co_await sessions_.end_others(user_id, keep, wall_now());
    if (ended.outcome == EndOutcome::failed) co_return ended;
    const bool there = co_await takeover_.tell_others_ended(std::move(keep), std::move(user_id), std::move(older));
    ended.outcome = told(ended.outcome, there);
    co_return ended;
}

awaitable<Result<PasswordChange>> WithOlderSystem::change_password(const Visit& visit, NewPassword fresh,
                                                                   Deadline deadline) {
    const auto settings = visit.settings;
    auto older = older_visit(visit);
    older.token.clear(); // not kept: this session ends, too
    const std::string user_id = fresh.user_id;
    Secret plain{fresh.plain.view()};
    auto change = co_await sessions_.change_password(visit, std::move(fresh), deadline);
    if (!change || !change->changed) co_return change;
    const bool known = co_await tell_password(settings, user_id, std::move(plain));
    const bool ended = co_await takeover_.tell_others_ended(std::nullopt, user_id, std::move(older));
    change->ended = told(change->ended, known && ended);
    co_return change;
}

/// Tells the older system the password in a form that it knows. False: the former password still works there.
awaitable<bool> WithOlderSystem::tell_password(SettingsPtr settings, std::string user_id, Secret plain) {
    if (!takeover_.writes_passwords(*settings->config)) co_return true;
    const auto hash = co_await hasher_.hash_for_legacy(std::move(plain));
    bool known = false;
    if (hash) known = co_await takeover_.tell_password(std::move(settings), std::move(user_id), *hash);
    if (!known) log::warning("password_not_told", {{"hint", "in the older system the old password still works"}});
    co_return known;
}

/// While the older system leads, what it says of an account is written here.
bool WithOlderSystem::owns_accounts(const Config& config, std::string_view context, Instant now) const noexcept {
    return !takeover_.concerns(config, context, now) || !legacy_leads(config.strategy);
}

awaitable<bool> WithOlderSystem::end_elsewhere(const Visit& visit, std::string user_id, SessionKey own) {
    if (!takeover_.informs(*visit.settings->config)) co_return true;
    Visit others = visit;
    others.older_token = {}; // not kept there: its session ends below
    const auto ended = co_await end_others(others, std::move(user_id), own);
    if (ended.outcome != EndOutcome::done) co_return false;
    co_return co_await takeover_.tell_ended(visit.settings, std::move(own), wall_now());
}

awaitable<bool> WithOlderSystem::user_changed(std::string user_id, std::int64_t generation,
                                              std::vector<EndedSession> ended) {
    return sessions_.user_changed(std::move(user_id), generation, std::move(ended));
}

awaitable<Result<std::vector<ListedSession>>> WithOlderSystem::list(std::string user_id, Instant now) {
    return sessions_.list(std::move(user_id), now);
}

awaitable<Result<bool>> WithOlderSystem::name_device(std::string user_id, std::string handle, std::string name) {
    return sessions_.name_device(std::move(user_id), std::move(handle), std::move(name));
}

} // namespace gatehouse
