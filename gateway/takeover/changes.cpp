// SPDX-License-Identifier: Apache-2.0
// Takeover: begins and ends sessions, changes passwords, and tells the older system about them.
#include "gateway/log/log.h"
#include "gateway/sessions/service.h"
#include "gateway/takeover/takeover.h"

#include <algorithm>

namespace gatehouse {
namespace {

/// The time of an end beside its questions to the stores: the line at the miss limit, the note without the database,
/// and the wait for the other gateways.
constexpr Millis longest_end = MissLimit::patience + PendingRevocations::time_to_note + Millis{1000};
/// The most ended tokens that are remembered. Beyond it, all are forgotten and the stores are asked again.
constexpr std::size_t most_over = 1 << 16;

/// An older token: 32 random bytes and more, in characters that every cookie can have. Its length differs from that of
/// a token and of a stored id of Gatehouse.
std::string new_old_token(const Settings& settings, const std::string& context) {
    return settings.tokens.mint(context).substr(0, 48);
}

} // namespace

boost::asio::awaitable<Result<std::optional<LoggedIn>>> Takeover::begin(SettingsPtr settings, NewLogin login,
                                                                        Instant now) {
    const auto& config = *settings->config;
    const bool old = concerns(config, login.context, now) && writes_legacy(config.strategy);
    LoggedIn begun;
    std::string legacy_id;
    if (old) {
        const auto id = co_await store_.legacy_id_of(login.user.id, deadline_in(config.database_timeout));
        if (!id) co_return id.error();
        legacy_id = *id;
    }
    std::optional<std::string> session_id;
    if (!old || writes_ours(config.strategy)) {
        auto ours = co_await sessions_.begin(login, now);
        if (!ours) co_return ours.error();
        if (!*ours) co_return std::optional<LoggedIn>{};
        begun = std::move(**ours);
        session_id = begun.session.key.id;
    }
    if (legacy_id.empty()) {
        // A user without an account in the older system has no session there.
        if (!session_id) co_return std::optional<LoggedIn>{};
        co_return std::optional<LoggedIn>{std::move(begun)};
    }
    auto told = co_await tell_begun(settings, login, std::move(legacy_id), session_id, now);
    if (!told && !session_id) co_return told.error();
    if (!told) notifier_.warn_not_told("login", told.error());
    if (told) begun.older_token = std::move(*told);
    if (!session_id) {
        begun.session.created_at = begun.session.last_activity = now;
        begun.session.expires_at = now + Millis{config.legacy.lifetime};
        begun.session.remember = login.remember;
    }
    co_return std::optional<LoggedIn>{std::move(begun)};
}

/// The record of a new older token. Dated 1 ms after now, so that the cut-off of earlier sessions does not apply to it.
AcceptedToken Takeover::accepted_token(const Config& config, SessionKey token, Instant now) {
    AcceptedToken one;
    one.expires_at = now + Millis{config.context(token.context)->absolute};
    one.since = now + Millis{1};
    const auto& layout = config.legacy.layout;
    one.place = !layout.sessions_table.empty() ? LegacyPlace::sessions
                : !layout.user_token.empty()   ? LegacyPlace::users
                                               : LegacyPlace::redis;
    one.token = std::move(token);
    return one;
}

/// Writes a new token to the older system. Gatehouse records the token first, so that no earlier end of the user's
/// sessions applies to it.
boost::asio::awaitable<Result<std::string>> Takeover::tell_begun(SettingsPtr settings, NewLogin login,
                                                                 std::string legacy_id,
                                                                 std::optional<std::string> session_id, Instant now) {
    const auto& config = *settings->config;
    const auto patience = config.legacy.timeout;
    std::string token = new_old_token(*settings, login.context);
    auto standing = co_await legacy_.standing(legacy_id, deadline_in(patience));
    if (!standing) co_return standing.error();
    // The older system's row has room for one session: take over the session in that row before overwriting it.
    if (session_id && !standing->empty()) co_await save_standing(settings, legacy_id, *standing, now);
    auto fresh = accepted_token(config, {login.context, stored_id(token)}, now);
    fresh.session_id = std::move(session_id);
    const bool stands = fresh.place == LegacyPlace::users;
    const bool ends = fresh.place == LegacyPlace::redis || !config.legacy.layout.session_expires.empty();
    if (!stands && ends) fresh.lives_until = now + Millis{config.legacy.lifetime};
    const auto known = co_await store_.accept_token(fresh, deadline_in(config.database_timeout));
    if (!known) co_return known.error();
    LegacyLogin there{token, legacy_id, login.context, now, now + Millis{config.legacy.lifetime}, login.origin};
    auto written = co_await legacy_.write(std::move(there), *standing, deadline_in(patience));
    if (!written) co_return written.error();
    // Sealed only after the older system has the token: until then the token would be missing there, and would be taken
    // for an ended one.
    fresh.sealed = settings->seal.seal(token);
    (void)co_await store_.accept_token(std::move(fresh), deadline_in(config.database_timeout));
    if (stands) (void)co_await store_.note_cleared(legacy_id, false, deadline_in(config.database_timeout));
    co_return token;
}

boost::asio::awaitable<void> Takeover::save_standing(SettingsPtr settings, std::string legacy_id, std::string standing,
                                                     Instant now) {
    const auto& config = *settings->config;
    auto found = co_await legacy_.find(standing, config.legacy.context, now, deadline_in(config.legacy.timeout));
    if (!found || found->kind != LegacyAnswer::Kind::live || found->session->user.id != legacy_id) co_return;
    const auto deadline = deadline_in(config.database_timeout);
    // The browser with the older token gets a token of Gatehouse at its next request.
    std::string id = stored_id(settings->tokens.mint(config.legacy.context));
    Importer::OldToken token{stored_id(standing), settings->seal.seal(standing)};
    const auto moved = co_await importer_.take_over(settings->config, std::move(id), std::move(token),
                                                    *std::move(found->session), now, deadline);
    if (moved && moved->outcome == Adopted::moved) sessions_.forget_name(digest_of(standing));
}

/// Requests with the same token at the same time share one end.
boost::asio::awaitable<EndOutcome> Takeover::end(OldVisit visit) {
    if (over_.contains(digest_of(visit.token))) co_return EndOutcome::absent;
    const auto& config = *visit.settings->config;
    const auto deadline = deadline_in(longest_end + 2 * config.database_timeout + 2 * config.legacy.timeout);
    const std::string token = visit.context + ":" + stored_id(visit.token);
    const auto query = [this, visit] { return end_once(visit); };
    const auto ended = co_await ends_.ask(token, query, deadline);
    co_return ended ? *ended : EndOutcome::failed;
}

boost::asio::awaitable<Result<EndOutcome>> Takeover::end_once(OldVisit visit) {
    const auto id = digest_of(visit.token);
    if (over_.contains(id)) co_return EndOutcome::absent;
    const auto& config = *visit.settings->config;
    std::string owner;
    const auto knows = co_await who_knows(visit, owner);
    if (knows == Knows::absent) co_return EndOutcome::absent;
    if (knows == Knows::unknown) co_return EndOutcome::failed;
    const auto ended = co_await sessions_.end_name(visit.token, visit.context, visit.now);
    if (ended == EndOutcome::failed) co_return ended;
    const bool told = !writes_legacy(config.strategy) || co_await clear_there(visit, std::move(owner));
    // The session has ended in Gatehouse, but the older application itself would still accept the token.
    if (!told) co_return EndOutcome::unconfirmed;
    if (ended == EndOutcome::done) {
        if (over_.size() >= most_over) over_.clear();
        over_.insert(id);
    }
    co_return ended;
}

boost::asio::awaitable<bool> Takeover::clear_there(const OldVisit& visit, std::string legacy_user_id) {
    const auto& config = *visit.settings->config;
    SessionKey session{visit.context, stored_id(visit.token)};
    if (legacy_user_id.empty() && LegacyNotifier::clears_row(config)) {
        const auto names = co_await store_.older_names(std::move(session), deadline_in(config.database_timeout));
        if (names && !names->empty()) legacy_user_id = names->front().legacy_user_id;
    }
    if (!co_await notifier_.about_to_clear(visit.settings->config, std::move(legacy_user_id))) co_return false;
    const auto cleared = co_await legacy_.clear(visit.token, visit.now, deadline_in(config.legacy.timeout));
    if (!cleared) notifier_.warn_not_told("logout", cleared.error());
    co_return cleared.has_value();
}

boost::asio::awaitable<bool> Takeover::tell_ended(SettingsPtr settings, SessionKey session, Instant now) {
    return notifier_.session_ended(settings->config, std::move(session), &settings->seal, now);
}

boost::asio::awaitable<bool> Takeover::tell_others_ended(std::optional<SessionKey> keep, std::string user_id,
                                                         OldVisit visit) {
    const auto settings = visit.settings;
    if (!notifier_.informs(*settings->config)) co_return true;
    std::vector<std::string> kept;
    if (keep) {
        std::vector<SessionKey> keys{*keep};
        const auto names = co_await sessions_.names_of(std::move(keys));
        kept.push_back(keep->id);
        for (const auto& name : names ? *names : std::vector<EndedSession>{})
            kept.push_back(name.key.id);
        if (!visit.token.empty()) {
            kept.push_back(stored_id(visit.token));
            co_await this->keep(visit);
        }
    }
    co_return co_await notifier_.all_ended(settings->config, std::move(user_id), std::move(kept), &settings->seal,
                                           visit.now);
}

boost::asio::awaitable<void> Takeover::keep(const OldVisit& visit) {
    const auto& config = *visit.settings->config;
    auto own = accepted_token(config, {visit.context, stored_id(visit.token)}, wall_now());
    const auto kept = co_await store_.accept_token(std::move(own), deadline_in(config.database_timeout));
    if (!kept) notifier_.warn_not_told("kept", kept.error());
}

bool Takeover::writes_passwords(const Config& config) const noexcept {
    return notifier_.informs_of_passwords(config);
}

boost::asio::awaitable<bool> Takeover::tell_password(SettingsPtr settings, std::string user_id, std::string hash) {
    return notifier_.password_changed(settings->config, std::move(user_id), std::move(hash));
}

} // namespace gatehouse
