// SPDX-License-Identifier: Apache-2.0
// The look-up of an old token, and how it is taken over.
#include "gateway/sessions/takeover.h"

#include "gateway/log/log.h"

#include <algorithm>

namespace gatehouse {
namespace {

constexpr std::size_t shortest_token = 16; ///< what is shorter can be guessed, and is not one
constexpr std::size_t longest_token = 255; ///< of the older systems' columns

Lookup outcome(Verdict verdict, Reason reason, std::string_view source) {
    Lookup found;
    found.verdict = verdict;
    found.reason = reason;
    found.source = source;
    return found;
}

Lookup nobody_knows() {
    return outcome(Verdict::unknown, Reason::store, "legacy");
}

Knows to_knows(const Lookup& ours) {
    switch (ours.verdict) {
    case Verdict::valid: return Knows::live;
    case Verdict::unknown: return Knows::unknown;
    case Verdict::invalid: break;
    }
    return ours.reason == Reason::absent ? Knows::absent : Knows::ended;
}

Lookup admit(const Session& session, User user, const std::string& context) {
    auto who = std::make_shared<KnownUser>();
    who->context = context;
    who->user = std::move(user);
    auto admitted = outcome(Verdict::valid, Reason::live, "legacy");
    admitted.who = to_known(session, std::move(who)).value();
    return admitted;
}

Deadline sql_deadline(const OldVisit& visit) {
    return deadline_in(visit.settings->config->database_timeout);
}

} // namespace

/// A reload may have taken the older system out of the configuration; it goes with the next start.
bool Takeover::replaces(const Config& config, std::string_view context) const noexcept {
    return legacy_ != nullptr && config.legacy.configured() && config.legacy.context == context;
}

bool Takeover::concerns(const Config& config, std::string_view context, Instant now) const noexcept {
    if (!replaces(config, context)) return false;
    // As long as the older system leads, its cookies are what people have.
    if (legacy_leads(config.strategy)) return true;
    return !config.legacy.accepted_until || now < *config.legacy.accepted_until;
}

bool Takeover::reads_ours(const Config& config, std::string_view context) const noexcept {
    return !replaces(config, context) || gatehouse::reads_ours(config.strategy);
}

bool Takeover::is_old_token(std::string_view token) noexcept {
    return token.size() >= shortest_token && token.size() <= longest_token &&
           std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

boost::asio::awaitable<Lookup> Takeover::check(OldVisit visit) {
    const auto settings = visit.settings;
    const auto& config = *settings->config;
    const auto& rules = *config.context(visit.context);
    auto recalled = sessions_.recall_old(visit.token, rules, visit.now);
    const SessionDigest id = recalled.id;
    if (!recalled.found) recalled.found = co_await sessions_.look_up(id, visit.context, visit.now);
    const Knows ours = to_knows(*recalled.found);
    auto step = next_step(config.strategy, ours, std::nullopt);
    const SessionKey key{visit.context, to_stored_id(id)};
    std::optional<LegacySession> theirs;
    if (step == OldStep::ask_legacy) {
        if (misses_.exceeded(visit.place, config.legacy.misses_per_address, visit.now)) {
            log::warning("old_tokens_refused", {{"client", std::string_view(visit.place)},
                                                {"hint", "too many that nobody knows; legacy_misses_per_address"}});
            co_return nobody_knows();
        }
        const auto said = co_await ask_legacy(visit, key, ours, theirs);
        step = next_step(config.strategy, ours, said);
        if (said == Knows::absent && step == OldStep::refuse) {
            misses_.note(visit.place, visit.now);
            sessions_.refuse_old(id, visit.now);
            co_return outcome(Verdict::invalid, Reason::nowhere, "legacy");
        }
    }
    switch (step) {
    case OldStep::admit_ours: co_return *std::move(recalled.found);
    case OldStep::admit_theirs: co_return co_await admit_theirs(std::move(visit), key, *std::move(theirs));
    case OldStep::move: co_return co_await move(std::move(visit), key, *std::move(theirs));
    case OldStep::end: co_return co_await end_here(std::move(visit));
    case OldStep::refuse:
        if (recalled.found->verdict == Verdict::invalid) co_return *std::move(recalled.found);
        co_return outcome(Verdict::invalid, Reason::ended, "legacy");
    case OldStep::ask_legacy:
    case OldStep::unknown: break;
    }
    co_return nobody_knows();
}

boost::asio::awaitable<Knows> Takeover::ask_legacy(const OldVisit& visit, const SessionKey& key, Knows ours,
                                                   std::optional<LegacySession>& found) {
    const auto deadline = deadline_in(visit.settings->config->legacy.timeout);
    auto answer = co_await legacy_->find(visit.token, visit.context, visit.now, deadline);
    ++stats_.questions;
    if (!answer) {
        ++stats_.unanswered;
        co_return Knows::unknown;
    }
    if (answer->kind == LegacyAnswer::Kind::live) {
        found = std::move(answer->session);
        co_return Knows::live;
    }
    // Only a logout is an end for us: a session that is idle over there may be in use here.
    if (answer->kind == LegacyAnswer::Kind::ended && (answer->revoked || ours != Knows::live)) co_return Knows::ended;
    if (ours != Knows::live) co_return Knows::absent;
    if (answer->kind == LegacyAnswer::Kind::ended) co_return Knows::absent;
    // It was there once. In a row of its own: then somebody has deleted that. In a user's row: then it may have made
    // room for the next login.
    const auto place = co_await store_.place_of(key, sql_deadline(visit));
    if (!place) co_return Knows::unknown;
    co_return *place == LegacyPlace::sessions ? Knows::gone : Knows::absent;
}

boost::asio::awaitable<Lookup> Takeover::move(OldVisit visit, SessionKey key, LegacySession found) {
    const auto& config = *visit.settings->config;
    if (found.origin.user_agent.empty()) found.origin = visit.origin;
    found.last_activity = visit.now;
    const auto place = found.place;
    std::string token = visit.settings->tokens.mint(visit.context);
    auto taken = co_await importer_.take_over(visit.settings->config, stored_id(token), key.id, std::move(found),
                                              visit.now, sql_deadline(visit));
    if (!taken && taken.error() == StoreError::conflict)
        co_return outcome(Verdict::invalid, Reason::disabled, "legacy");
    if (!taken) co_return nobody_knows();
    const auto id = digest_of(visit.token);
    sessions_.forget_old(id);
    if (taken->outcome == Adopted::refused && taken->why != Reason::live) {
        co_return outcome(Verdict::invalid, taken->why, "sql");
    }
    // Somebody was quicker, or the user has just changed: what is true now, the next question finds out.
    if (taken->outcome != Adopted::moved) co_return co_await sessions_.look_up(id, visit.context, visit.now);
    ++stats_.taken_over;
    const Session& session = taken->session;
    log::info("session_taken_over", {{"session", std::string_view(session.handle)},
                                     {"user", std::string_view(session.user_id)},
                                     {"place", name_of(place)},
                                     {"strategy", name_of(config.strategy)}});
    auto admitted = admit(session, std::move(taken->user), visit.context);
    admitted.fresh_token = std::move(token);
    co_return admitted;
}

/// As it stands over there, each time anew: nothing of it is remembered here.
boost::asio::awaitable<Lookup> Takeover::admit_theirs(OldVisit visit, SessionKey key, LegacySession found) {
    const auto& rules = *visit.settings->config->context(visit.context);
    auto user = co_await importer_.introduce(visit.settings->config, found.user, key.id, found.created_at, visit.now,
                                             sql_deadline(visit));
    if (!user && user.error() == StoreError::conflict) co_return outcome(Verdict::invalid, Reason::disabled, "legacy");
    if (!user) co_return nobody_knows();
    if (user->user.disabled) co_return outcome(Verdict::invalid, Reason::disabled, "sql");
    if (!user->token_counts) co_return outcome(Verdict::invalid, Reason::displaced, "sql");
    Session session = taken_over(found, rules, visit.now);
    session.key = key;
    session.handle = uuid_of_legacy("handle of " + key.id);
    session.user_id = user->user.id;
    co_return admit(session, std::move(user->user), visit.context);
}

/// It was logged out over there.
boost::asio::awaitable<Lookup> Takeover::end_here(OldVisit visit) {
    const auto ended = co_await sessions_.end_old(visit.token, visit.context, visit.now);
    log::info("ended_over_there", {{"outcome", name_of(ended)}, {"context", std::string_view(visit.context)}});
    co_return outcome(Verdict::invalid, Reason::revoked, "legacy");
}

} // namespace gatehouse
