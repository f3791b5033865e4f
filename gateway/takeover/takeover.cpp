// SPDX-License-Identifier: Apache-2.0
// Takeover: the look-up of an older token, and how its session is taken over.
#include "gateway/takeover/takeover.h"

#include "gateway/log/log.h"
#include "gateway/sessions/service.h"

#include <algorithm>

namespace gatehouse {
namespace {

Lookup nobody_knows() {
    Lookup unknown;
    unknown.source = "legacy";
    return unknown;
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
    auto who = std::make_shared<CachedUser>();
    who->context = context;
    who->user = std::move(user);
    Lookup admitted;
    admitted.verdict = Verdict::valid;
    admitted.reason = Reason::live;
    admitted.source = "legacy";
    admitted.who = to_cached(session, std::move(who)).value();
    return admitted;
}

Deadline sql_deadline(const OldVisit& visit) {
    return deadline_in(visit.settings->config->database_timeout);
}

} // namespace

bool Takeover::concerns(const Config& config, std::string_view context, Instant now) const noexcept {
    // A reload may have removed the older system from the configuration.
    if (!config.legacy.covers(context)) return false;
    // As long as the older system leads, people have its cookies.
    if (legacy_leads(config.strategy)) return true;
    return !config.legacy.accepted_until || now < *config.legacy.accepted_until;
}

bool Takeover::reads_ours(const Config& config, std::string_view context) const noexcept {
    return !config.legacy.covers(context) || gatehouse::reads_ours(config.strategy);
}

/// What Gatehouse's own record says. A token without a record could be a guess: then a place is taken in `pass` for
/// asking further. If `pass` is empty afterwards, there were too many misses.
boost::asio::awaitable<Lookup> Takeover::ask_ours(const OldVisit& visit, MissLimit::Pass& pass) {
    const auto& config = *visit.settings->config;
    const auto& rules = *config.context(visit.context);
    auto recalled = sessions_.recall_name(visit.token, rules, visit.now);
    const auto unheard_of = [&] { return !recalled.found || to_knows(*recalled.found) == Knows::absent; };
    if (unheard_of() && reads_legacy(config.strategy)) {
        pass = co_await misses_.admit(visit.place, config.legacy.misses_per_address, visit.now);
        if (pass.is_first_refusal()) {
            log::warning("old_tokens_refused", {{"client", std::string_view(visit.place)},
                                                {"hint", "too many that nobody knows; legacy_misses_per_address"}});
        }
        if (!pass) co_return nobody_knows();
        recalled = sessions_.recall_name(visit.token, rules, visit.now); // another request may have asked meanwhile
    }
    if (recalled.found) co_return *std::move(recalled.found);
    co_return co_await sessions_.look_up(recalled.id, visit.context, visit.now, SessionService::NameKind::other_name);
}

boost::asio::awaitable<Lookup> Takeover::check(OldVisit visit) {
    const auto settings = visit.settings;
    const auto& config = *settings->config;
    MissLimit::Pass pass;
    auto found = co_await ask_ours(visit, pass);
    const Knows ours = to_knows(found);
    auto step = next_step(config.strategy, ours, std::nullopt);
    if (step == OldStep::admit_ours && reads_legacy(config.strategy) && found.source != "near")
        step = OldStep::ask_legacy; // our session counts; the question is whether the older system has ended it
    const SessionKey key{visit.context, stored_id(visit.token)};
    std::optional<LegacySession> theirs;
    if (step == OldStep::ask_legacy) {
        const auto said = co_await ask_legacy(visit, key, ours, theirs);
        step = next_step(config.strategy, ours, said);
        if (said == Knows::absent && step == OldStep::refuse) {
            pass.miss();
            sessions_.refuse_name(digest_of(visit.token), visit.now);
            co_return refused(Reason::nowhere, "legacy");
        }
    }
    switch (step) {
    case OldStep::admit_ours: co_return found;
    case OldStep::admit_theirs: co_return co_await admit_theirs(std::move(visit), key, *std::move(theirs));
    case OldStep::move: co_return co_await move(std::move(visit), key, *std::move(theirs));
    case OldStep::end: // the user logged out in the older system
        co_await end_here(std::move(visit.token), std::move(visit.context), visit.now);
        co_return refused(Reason::revoked, "legacy");
    case OldStep::refuse:
        if (found.verdict == Verdict::invalid) co_return found;
        co_return refused(Reason::ended, "legacy");
    case OldStep::ask_legacy:
    case OldStep::unknown: break;
    }
    co_return nobody_knows();
}

/// Whether a logout by this token could end anything. An invented token is neither recorded nor told to the older
/// system.
boost::asio::awaitable<Knows> Takeover::who_knows(const OldVisit& visit, std::string& legacy_user_id) {
    MissLimit::Pass pass;
    const auto found = co_await ask_ours(visit, pass);
    const Knows ours = found.reason == Reason::nowhere ? Knows::absent : to_knows(found);
    if (ours == Knows::live || ours == Knows::ended || found.reason == Reason::nowhere) co_return ours;
    if (!reads_legacy(visit.settings->config->strategy)) co_return ours;
    if (!pass) co_return Knows::unknown;
    std::optional<LegacySession> theirs;
    const SessionKey key{visit.context, stored_id(visit.token)};
    const auto said = co_await ask_legacy(visit, key, Knows::absent, theirs);
    if (theirs) legacy_user_id = theirs->user.id;
    if (said != Knows::absent) co_return said;
    pass.miss();
    if (ours == Knows::absent) sessions_.refuse_name(digest_of(visit.token), visit.now);
    co_return ours; // unknown stays unknown: a session that was taken over may be missing in the older system
}

boost::asio::awaitable<Lookup> Takeover::move(OldVisit visit, SessionKey key, LegacySession found) {
    const auto& config = *visit.settings->config;
    if (found.origin.user_agent.empty()) found.origin = visit.origin;
    found.last_activity = visit.now;
    const auto place = found.place;
    const std::string owner = found.user.id;
    std::string token = visit.settings->tokens.mint(visit.context);
    Importer::OldToken old{key.id, visit.settings->seal.seal(visit.token)};
    auto taken = co_await importer_.take_over(visit.settings->config, stored_id(token), std::move(old),
                                              std::move(found), visit.now, sql_deadline(visit));
    if (!taken && taken.error() == StoreError::conflict) co_return refused(Reason::disabled, "legacy");
    if (!taken) co_return nobody_knows();
    const auto id = digest_of(visit.token);
    sessions_.forget_name(id);
    if (taken->outcome == Adopted::refused && taken->why != Reason::live) {
        co_return refused(taken->why, "sql");
    }
    // Another request was quicker, or the user has just changed: look the token up again.
    if (taken->outcome != Adopted::moved)
        co_return co_await sessions_.look_up(id, visit.context, visit.now, SessionService::NameKind::other_name);
    ++stats_.taken_over;
    if (place == LegacyPlace::users) (void)co_await store_.note_cleared(owner, false, sql_deadline(visit));
    const Session& session = taken->session;
    log::info("session_taken_over", {{"session", std::string_view(session.handle)},
                                     {"user", std::string_view(session.user_id)},
                                     {"place", name_of(place)},
                                     {"strategy", name_of(config.strategy)}});
    auto admitted = admit(session, std::move(taken->user), visit.context);
    admitted.fresh_token = std::move(token);
    co_return admitted;
}

/// Takes user and session from the older system each time; nothing is remembered in Gatehouse.
boost::asio::awaitable<Lookup> Takeover::admit_theirs(OldVisit visit, SessionKey key, LegacySession found) {
    const auto& rules = *visit.settings->config->context(visit.context);
    auto user = co_await importer_.introduce(visit.settings->config, found.user, key.id, found.created_at, visit.now,
                                             sql_deadline(visit));
    if (!user && user.error() == StoreError::conflict) co_return refused(Reason::disabled, "legacy");
    if (!user) co_return nobody_knows();
    if (user->user.disabled) co_return refused(Reason::disabled, "sql");
    if (!user->token_counts) co_return refused(Reason::displaced, "sql");
    Session session = taken_over(found, rules, visit.now);
    session.key = key;
    session.handle = uuid_of_legacy("handle of " + key.id);
    session.user_id = user->user.id;
    co_return admit(session, std::move(user->user), visit.context);
}

} // namespace gatehouse
