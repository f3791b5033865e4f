// SPDX-License-Identifier: Apache-2.0
// Takeover: what has become, in the older system, of a session that both systems know.
#include "gateway/log/log.h"
#include "gateway/sessions/service.h"
#include "gateway/takeover/catch_up.h"
#include "gateway/takeover/takeover.h"

#include <algorithm>

namespace gatehouse {
namespace {

/// Use in Gatehouse counts as use in the older system only after a twentieth of the session's lifetime there: not at
/// every request.
constexpr int share_of_its_time = 20;

/// Gatehouse knows the answer without the older system, so nobody waits longer for it. An end that the older
/// system reports later still counts.
constexpr Millis longest_wait{400};

Deadline sql_deadline(const SettingsPtr& settings) {
    return deadline_in(settings->config->database_timeout);
}

} // namespace

/// nullopt: the older system does not answer.
boost::asio::awaitable<std::optional<LegacyAnswer>> Takeover::ask_there(SettingsPtr settings, SessionKey token,
                                                                        std::string raw, Instant now) {
    const auto deadline = deadline_in(settings->config->legacy.timeout);
    auto answer = co_await legacy_.find(raw, token.context, now, deadline);
    ++stats_.questions;
    if (!answer) {
        ++stats_.unanswered;
        co_return std::nullopt;
    }
    if (answer->kind == LegacyAnswer::Kind::live)
        co_await use_there(settings, std::move(token), std::move(raw), *answer->session, now);
    co_return *std::move(answer);
}

boost::asio::awaitable<Knows> Takeover::ask_legacy(const OldVisit& visit, const SessionKey& key, Knows ours,
                                                   std::optional<LegacySession>& found) {
    auto answer = co_await ask_there(visit.settings, key, visit.token, visit.now);
    if (!answer) co_return Knows::unknown;
    found = std::move(answer->session);
    if (const auto meaning = meaning_of(*answer, ours)) co_return *meaning;
    const auto names = co_await store_.older_names(key, sql_deadline(visit.settings));
    if (!names) co_return Knows::unknown;
    const auto name = std::ranges::find(*names, key.id, &OlderName::id);
    if (name == names->end()) co_return Knows::absent;
    co_return co_await look_for_missing(legacy_, *name, visit.now, visit.settings->config->legacy.timeout);
}

/// Extends the session in the older system. The older application extends a session at each use, but does not see its
/// use in Gatehouse.
boost::asio::awaitable<void> Takeover::use_there(SettingsPtr settings, SessionKey token, std::string raw,
                                                 const LegacySession& found, Instant now) {
    const auto& config = *settings->config;
    const Millis lifetime{config.legacy.lifetime};
    if (!writes_legacy(config.strategy) || found.place == LegacyPlace::users) co_return;
    const auto used = found.expires_at ? *found.expires_at - lifetime : found.last_activity.value_or(now);
    if (now - used < lifetime / share_of_its_time) co_return;
    const auto until = now + lifetime;
    const auto extended = co_await legacy_.extend(raw, now, until, deadline_in(config.legacy.timeout));
    if (!extended) co_return; // the next use tries again
    const auto lives_until = found.expires_at ? std::optional(until) : std::nullopt;
    (void)co_await store_.note_alive(std::move(token), settings->seal.seal(raw), lives_until, sql_deadline(settings));
}

boost::asio::awaitable<Lookup> Takeover::follow(SettingsPtr settings, std::string context, Lookup ours, Instant now) {
    const auto& config = *settings->config;
    if (ours.verdict != Verdict::valid || ours.source == "near" || !concerns(config, context, now) ||
        !reads_legacy(config.strategy)) {
        co_return ours;
    }
    const SessionKey session{std::move(context), to_stored_id(ours.who.id)};
    const auto deadline = deadline_in(std::min(longest_wait, config.database_timeout + config.legacy.timeout));
    const std::string name = session.context + ":" + session.id;
    const auto look = [this, settings, session, now] { return ended_there(settings, session, now); };
    const auto ended = co_await looks_.ask(name, look, deadline);
    if (!ended || !*ended) co_return ours; // an older system that cannot be asked ends nothing
    co_return refused(Reason::revoked, "legacy");
}

/// Whether the session was ended in the older system. If so, ends it in Gatehouse.
boost::asio::awaitable<Result<bool>> Takeover::ended_there(SettingsPtr settings, SessionKey session, Instant now) {
    const auto names = co_await store_.older_names(session, sql_deadline(settings));
    if (!names) co_return Result<bool>(boost::system::in_place_error, names.error());
    for (const auto& name : *names) {
        const auto raw = settings->seal.open(name.sealed, name.id);
        if (!raw || name.ended) continue;
        SessionKey token{session.context, name.id};
        const auto answer = co_await ask_there(settings, std::move(token), *raw, now);
        if (!answer) continue;
        auto knows = meaning_of(*answer, Knows::live);
        if (!knows) knows = co_await look_for_missing(legacy_, name, now, settings->config->legacy.timeout);
        if (knows != Knows::ended && knows != Knows::gone) continue;
        co_await end_here(*raw, session.context, now);
        co_return Result<bool>(boost::system::in_place_value, true);
    }
    co_return Result<bool>(boost::system::in_place_value, false);
}

boost::asio::awaitable<void> Takeover::end_here(std::string token, std::string context, Instant now) {
    const auto ended = co_await sessions_.end_name(std::move(token), context, now);
    log::info("ended_over_there", {{"outcome", name_of(ended)}, {"context", std::string_view(context)}});
}

} // namespace gatehouse
