// SPDX-License-Identifier: Apache-2.0
// The look-up of an old token, and how it is taken over.
#include "gateway/sessions/takeover.h"

#include "gateway/accounts/identifier.h"
#include "gateway/log/log.h"
#include "gateway/sessions/lifetime.h"
#include "storage/legacy/words.h"
#include "storage/values.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

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

Deadline sql_deadline(const OldVisit& visit) {
    return deadline_in(visit.settings->config->database_timeout);
}

/// A UUID that is made of 16 bytes of a digest (version 8: of our own making).
std::string uuid_from(const SessionDigest& digest) {
    Uuid uuid;
    std::memcpy(uuid.data(), digest.data(), uuid.size());
    uuid[6] = static_cast<unsigned char>((uuid[6] & 0x0fU) | 0x80U);
    uuid[8] = static_cast<unsigned char>((uuid[8] & 0x3fU) | 0x80U);
    return uuid_text(uuid);
}

} // namespace

std::string uuid_of_legacy(std::string_view legacy_id) {
    if (is_uuid(std::string(legacy_id))) return std::string(legacy_id);
    return uuid_from(digest_of(fmt::format("gatehouse legacy user {}", legacy_id)));
}

Session taken_over(const LegacySession& found, const ContextConfig& rules, Instant now) {
    Session session;
    session.created_at = std::min(found.created_at.value_or(now), now);
    session.last_activity = now;
    const auto longest = now + Millis{rules.absolute};
    const auto there = std::min(found.expires_at.value_or(now + Millis{rules.idle}), longest);
    session.expires_at = std::max(session.created_at + Millis{rules.absolute}, there);
    // What is judged again from its beginning would be over at once: it begins late enough for its end.
    session.created_at = std::max(session.created_at, session.expires_at - Millis{rules.absolute});
    session.remember = true; // the older system's cookie outlives the browser
    return session;
}

bool Takeover::concerns(const Config& config, std::string_view context, Instant now) const noexcept {
    if (legacy_ == nullptr || config.legacy.context != context) return false;
    return !config.legacy.accepted_until || now < *config.legacy.accepted_until;
}

bool Takeover::reads_ours(const Config& config, std::string_view context) const noexcept {
    return legacy_ == nullptr || config.legacy.context != context || gatehouse::reads_ours(config.strategy);
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
    const SessionDigest id = digest_of(visit.token);
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
    case OldStep::end: co_return co_await end_here(std::move(visit), key);
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
    if (!answer) co_return Knows::unknown;
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

boost::asio::awaitable<Result<Introduced>> Takeover::introduce(SettingsPtr settings, LegacyUser user,
                                                               std::string token_id, std::optional<Instant> born,
                                                               Instant now, Deadline deadline) {
    const auto& config = *settings->config;
    const auto& roles = config.legacy.roles;
    Newcomer newcomer;
    newcomer.id = uuid_of_legacy(user.id);
    newcomer.email = canonical_email(user.email).value_or("");
    const auto digits = legacy::phone_digits(user.phone);
    if (!digits.empty()) newcomer.phone = "+" + digits;
    // What we do not know must not mean anything here.
    const bool known = std::ranges::find(roles, user.role) != roles.end();
    newcomer.role = user.role.empty() ? std::string("user") : known ? user.role : std::string("none");
    newcomer.user = std::move(user);
    newcomer.refresh = legacy_leads(config.strategy);
    newcomer.context = config.legacy.context;
    newcomer.token_id = std::move(token_id);
    newcomer.born = born;
    const std::string id = newcomer.user.id;
    auto introduced = co_await store_.introduce(std::move(newcomer), now, deadline);
    if (!introduced && introduced.error() == StoreError::conflict) {
        log::warning("legacy_user_conflict",
                     {{"legacy_user", std::string_view(id)},
                      {"hint", "another user has the address or the phone number, or it is not confirmed there"}});
    }
    co_return introduced;
}

boost::asio::awaitable<Result<Adopted>> Takeover::take_over(SettingsPtr settings, std::string token,
                                                            LegacySession found, Instant now, Deadline deadline) {
    const auto& config = *settings->config;
    const std::string context = config.legacy.context;
    const std::string token_id = stored_id(token);
    auto user = co_await introduce(settings, found.user, token_id, found.created_at, now, deadline);
    if (!user) co_return user.error();
    if (user->user.disabled || !user->token_counts) co_return Adopted::refused;
    Adoption adoption;
    Session& session = adoption.session.session;
    session = taken_over(found, *config.context(context), now);
    if (found.last_activity) session.last_activity = std::min(now, *found.last_activity);
    session.key = {context, stored_id(settings->tokens.mint(context))}; // the browser gets one when it comes
    session.handle = random_uuid();
    session.user_id = user->user.id;
    adoption.session.origin = found.origin;
    adoption.session.user_generation = user->user.generation;
    adoption.token_id = token_id;
    adoption.place = found.place;
    adoption.born = found.created_at;
    co_return co_await store_.adopt(std::move(adoption), deadline);
}

boost::asio::awaitable<Lookup> Takeover::move(OldVisit visit, SessionKey key, LegacySession found) {
    const auto& config = *visit.settings->config;
    const auto& rules = *config.context(visit.context);
    const auto deadline = sql_deadline(visit);
    auto user = co_await introduce(visit.settings, found.user, key.id, found.created_at, visit.now, deadline);
    if (!user && user.error() == StoreError::conflict) co_return outcome(Verdict::invalid, Reason::disabled, "legacy");
    if (!user) co_return nobody_knows();
    if (user->user.disabled) co_return outcome(Verdict::invalid, Reason::disabled, "sql");
    if (!user->token_counts) co_return outcome(Verdict::invalid, Reason::displaced, "sql");
    Adoption adoption;
    Session session = taken_over(found, rules, visit.now);
    std::string token = visit.settings->tokens.mint(visit.context);
    session.key = {visit.context, stored_id(token)};
    session.handle = random_uuid();
    session.user_id = user->user.id;
    adoption.session = {session, found.origin.user_agent.empty() ? visit.origin : found.origin, user->user.generation,
                        0};
    adoption.token_id = key.id;
    adoption.place = found.place;
    adoption.born = found.created_at;
    const auto adopted = co_await store_.adopt(std::move(adoption), deadline);
    if (!adopted) co_return nobody_knows();
    sessions_.forget_old(digest_of(visit.token));
    // Somebody was quicker, or the user has just changed: what is true now, the next question finds out.
    if (*adopted != Adopted::moved)
        co_return co_await sessions_.look_up(digest_of(visit.token), visit.context, visit.now);
    log::info("session_taken_over", {{"session", std::string_view(session.handle)},
                                     {"user", std::string_view(session.user_id)},
                                     {"place", name_of(found.place)},
                                     {"strategy", name_of(config.strategy)}});
    auto who = std::make_shared<KnownUser>();
    who->context = visit.context;
    who->user = std::move(user->user);
    auto known = to_known(session, std::move(who));
    auto admitted = outcome(Verdict::valid, Reason::live, "legacy");
    admitted.who = *std::move(known);
    admitted.fresh_token = std::move(token);
    co_return admitted;
}

/// As it stands over there, each time anew: nothing of it is remembered here.
boost::asio::awaitable<Lookup> Takeover::admit_theirs(OldVisit visit, SessionKey key, LegacySession found) {
    const auto& rules = *visit.settings->config->context(visit.context);
    auto user =
        co_await introduce(visit.settings, found.user, key.id, found.created_at, visit.now, sql_deadline(visit));
    if (!user && user.error() == StoreError::conflict) co_return outcome(Verdict::invalid, Reason::disabled, "legacy");
    if (!user) co_return nobody_knows();
    if (user->user.disabled) co_return outcome(Verdict::invalid, Reason::disabled, "sql");
    if (!user->token_counts) co_return outcome(Verdict::invalid, Reason::displaced, "sql");
    Session session = taken_over(found, rules, visit.now);
    session.key = key;
    session.handle = uuid_from(digest_of(fmt::format("gatehouse handle {}", key.id)));
    session.user_id = user->user.id;
    auto who = std::make_shared<KnownUser>();
    who->context = visit.context;
    who->user = std::move(user->user);
    auto known = to_known(session, std::move(who));
    auto admitted = outcome(Verdict::valid, Reason::live, "legacy");
    admitted.who = *std::move(known);
    co_return admitted;
}

/// It was logged out over there.
boost::asio::awaitable<Lookup> Takeover::end_here(OldVisit visit, SessionKey) {
    const auto ended = co_await sessions_.end_old(visit.token, visit.context, visit.now);
    log::info("ended_over_there", {{"outcome", name_of(ended)}, {"context", std::string_view(visit.context)}});
    co_return outcome(Verdict::invalid, Reason::revoked, "legacy");
}

} // namespace gatehouse
