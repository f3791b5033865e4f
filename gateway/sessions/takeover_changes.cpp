// SPDX-License-Identifier: Apache-2.0
// Takeover: people who log in and out, and what the older system is told of it.
#include "gateway/log/log.h"
#include "gateway/sessions/takeover.h"

#include <algorithm>

namespace gatehouse {
namespace {

/// 32 random bytes and more, in characters that every cookie can have. As long as neither a token nor a stored id of
/// ours is.
std::string new_old_token(const Settings& settings, const std::string& context) {
    return settings.tokens.mint(context).substr(0, 48);
}

} // namespace

boost::asio::awaitable<Result<std::optional<Account>>>
Takeover::find_account(SettingsPtr settings, std::string identifier, std::string context, Instant now) {
    const auto& config = *settings->config;
    const auto patience = config.database_timeout;
    const bool old = concerns(config, context, now) && reads_legacy(config.strategy);
    if (old && legacy_leads(config.strategy)) {
        auto theirs = co_await import_account(settings, identifier, now);
        if (!theirs || theirs->has_value() || !writes_ours(config.strategy)) co_return theirs;
    }
    const bool phone = identifier.starts_with('+');
    auto ours = phone ? users_.find_by_phone(identifier, deadline_in(patience))
                      : users_.find_by_email(identifier, deadline_in(patience));
    auto account = co_await std::move(ours);
    if (!account || account->has_value() || !old || legacy_leads(config.strategy)) co_return account;
    co_return co_await import_account(settings, std::move(identifier), now);
}

boost::asio::awaitable<Result<std::optional<Account>>> Takeover::import_account(SettingsPtr settings,
                                                                                std::string identifier, Instant now) {
    const auto& config = *settings->config;
    auto theirs = co_await legacy_->find_user(std::move(identifier), deadline_in(config.legacy.timeout));
    if (!theirs) co_return theirs.error();
    if (!theirs->has_value()) co_return std::optional<Account>{};
    const auto deadline = deadline_in(config.database_timeout);
    auto user = co_await importer_.introduce(settings->config, **theirs, {}, std::nullopt, now, deadline);
    if (!user && user.error() == StoreError::conflict) co_return std::optional<Account>{};
    if (!user) co_return user.error();
    co_return co_await users_.find(user->user.id, deadline);
}

boost::asio::awaitable<Result<std::optional<Takeover::Begun>>> Takeover::begin(SettingsPtr settings, NewLogin login,
                                                                               Instant now) {
    const auto& config = *settings->config;
    const bool old = concerns(config, login.context, now) && writes_legacy(config.strategy);
    Begun begun;
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
        if (!*ours) co_return std::optional<Begun>{};
        begun.login = std::move(**ours);
        session_id = begun.login.session.key.id;
    }
    if (legacy_id.empty()) {
        // Somebody who was never there has no session there.
        if (!session_id) co_return std::optional<Begun>{};
        co_return std::optional<Begun>{std::move(begun)};
    }
    auto told = co_await tell_begun(settings, login, std::move(legacy_id), session_id, now);
    if (!told && !session_id) co_return told.error();
    if (!told) informer_.warn_not_told("login", told.error());
    if (told) begun.old_token = std::move(*told);
    if (!session_id) {
        begun.login.session.created_at = begun.login.session.last_activity = now;
        begun.login.session.expires_at = now + Millis{config.legacy.lifetime};
        begun.login.session.remember = login.remember;
    }
    co_return std::optional<Begun>{std::move(begun)};
}

/// It counts although everything of before this moment has ended.
Vouched Takeover::vouched(const Config& config, SessionKey token, Instant now) {
    Vouched one;
    one.expires_at = now + Millis{config.context(token.context)->absolute};
    one.since = now + Millis{1};
    one.place = config.legacy.layout.sessions_table.empty() ? LegacyPlace::users : LegacyPlace::sessions;
    one.token = std::move(token);
    return one;
}

/// The new token over there. It is known here first, so that no revocation of before can be held against it.
boost::asio::awaitable<Result<std::string>> Takeover::tell_begun(SettingsPtr settings, NewLogin login,
                                                                 std::string legacy_id,
                                                                 std::optional<std::string> session_id, Instant now) {
    const auto& config = *settings->config;
    const auto patience = config.legacy.timeout;
    std::string token = new_old_token(*settings, login.context);
    auto standing = co_await legacy_->standing(legacy_id, deadline_in(patience));
    if (!standing) co_return standing.error();
    // Where there is room for one session, the one that stands there goes on here.
    if (session_id && !standing->empty()) co_await save_standing(settings, legacy_id, *standing, now);
    auto fresh = vouched(config, {login.context, stored_id(token)}, now);
    fresh.session_id = std::move(session_id);
    const auto known = co_await store_.vouch(std::move(fresh), deadline_in(config.database_timeout));
    if (!known) co_return known.error();
    LegacyLogin there{token, legacy_id, login.context, now, now + Millis{config.legacy.lifetime}, login.origin};
    auto written = co_await legacy_->write(std::move(there), *standing, deadline_in(patience));
    if (!written) co_return written.error();
    co_return token;
}

boost::asio::awaitable<void> Takeover::save_standing(SettingsPtr settings, std::string legacy_id, std::string standing,
                                                     Instant now) {
    const auto& config = *settings->config;
    auto found = co_await legacy_->find(standing, config.legacy.context, now, deadline_in(config.legacy.timeout));
    if (!found || found->kind != LegacyAnswer::Kind::live || found->session->user.id != legacy_id) co_return;
    const auto deadline = deadline_in(config.database_timeout);
    // The browser that has it gets a token of ours when it comes.
    std::string id = stored_id(settings->tokens.mint(config.legacy.context));
    const auto moved = co_await importer_.take_over(settings->config, std::move(id), stored_id(standing),
                                                    *std::move(found->session), now, deadline);
    if (moved && moved->outcome == Adopted::moved) sessions_.forget_old(digest_of(standing));
}

boost::asio::awaitable<EndOutcome> Takeover::end(OldVisit visit) {
    const auto settings = visit.settings;
    const auto& config = *settings->config;
    const auto ended = co_await sessions_.end_old(visit.token, visit.context, visit.now);
    if (ended == EndOutcome::failed || !writes_legacy(config.strategy)) co_return ended;
    const auto cleared = co_await legacy_->clear(visit.token, visit.now, deadline_in(config.legacy.timeout));
    if (!cleared) informer_.warn_not_told("logout", cleared.error());
    // Here it is over in any case; the older application itself would still let it in.
    co_return cleared ? ended : EndOutcome::unconfirmed;
}

boost::asio::awaitable<bool> Takeover::tell_ended(SettingsPtr settings, SessionKey session, Instant now) {
    return informer_.session_ended(settings->config, std::move(session), now);
}

boost::asio::awaitable<void> Takeover::tell_others_ended(std::optional<SessionKey> keep, std::string user_id,
                                                         OldVisit visit) {
    const auto settings = visit.settings;
    if (!informer_.informs(*settings->config)) co_return;
    std::vector<std::string> kept;
    if (keep) {
        std::vector<SessionKey> keys{*keep};
        const auto names = co_await store_.names_of(std::move(keys), deadline_in(settings->config->database_timeout));
        kept.push_back(keep->id);
        for (const auto& name : names ? *names : std::vector<EndedSession>{})
            kept.push_back(name.key.id);
        if (!visit.token.empty()) {
            kept.push_back(stored_id(visit.token));
            co_await this->keep(visit);
        }
    }
    co_await informer_.all_ended(settings->config, std::move(user_id), std::move(kept), visit.now);
}

boost::asio::awaitable<void> Takeover::keep(const OldVisit& visit) {
    const auto& config = *visit.settings->config;
    auto own = vouched(config, {visit.context, stored_id(visit.token)}, wall_now());
    const auto kept = co_await store_.vouch(std::move(own), deadline_in(config.database_timeout));
    if (!kept) informer_.warn_not_told("kept", kept.error());
}

bool Takeover::writes_passwords(const Config& config) const noexcept {
    return informer_.informs_of_passwords(config);
}

boost::asio::awaitable<bool> Takeover::tell_password(SettingsPtr settings, std::string user_id, std::string hash) {
    return informer_.password_changed(settings->config, std::move(user_id), std::move(hash));
}

} // namespace gatehouse
