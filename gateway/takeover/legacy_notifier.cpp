// SPDX-License-Identifier: Apache-2.0
#include "gateway/takeover/legacy_notifier.h"

#include "gateway/log/log.h"
#include "gateway/sessions/pacing.h"
#include "gateway/takeover/strategy.h"
#include "storage/legacy/legacy_values.h"

#include <algorithm>

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using ConfigPtr = std::shared_ptr<const Config>;

constexpr std::size_t part = 500; ///< keys in one query

} // namespace

void LegacyNotifier::warn_not_told(std::string_view what, boost::system::error_code error) {
    ++not_told_;
    log::warning("legacy_not_told", {{"what", what}, {"message", std::string_view(error.message())}});
}

bool LegacyNotifier::informs(const Config& config) const noexcept {
    return writes_legacy(config.strategy);
}

bool LegacyNotifier::informs_of_passwords(const Config& config) const noexcept {
    return informs(config) && !config.legacy.layout.user_password.empty();
}

awaitable<Result<bool>> LegacyNotifier::would_bring_back(ConfigPtr config, std::string user_id) {
    if (!config->legacy.configured() || !reads_legacy(config->strategy)) co_return false;
    const auto id = co_await store_.legacy_id_of(std::move(user_id), deadline_in(config->database_timeout));
    if (!id) co_return Result<bool>(boost::system::in_place_error, id.error());
    co_return !id->empty();
}

awaitable<bool> LegacyNotifier::session_ended(ConfigPtr config, SessionKey session, const TokenSeal* seal,
                                              Instant now) {
    if (!informs(*config)) co_return true;
    const auto deadline = deadline_in(config->database_timeout);
    const auto names = co_await store_.older_names(std::move(session), deadline);
    if (!names) co_return false;
    if (names->empty() || names->front().legacy_user_id.empty()) co_return true; // never a session of the older system
    LegacySelection which;
    for (const auto& name : *names)
        which.ids.push_back(name.id);
    const bool keys = co_await clear_keys(config, *names, seal, now);
    const bool rows = co_await clear(config, names->front().legacy_user_id, std::move(which), now);
    co_return keys&& rows;
}

awaitable<bool> LegacyNotifier::all_ended(ConfigPtr config, std::string user_id, std::vector<std::string> kept,
                                          const TokenSeal* seal, Instant now) {
    if (!informs(*config)) co_return true;
    const auto deadline = deadline_in(config->database_timeout);
    auto id = co_await store_.legacy_id_of(user_id, deadline);
    if (!id) co_return false;
    if (id->empty()) co_return true; // the user was never in the older system
    auto names = co_await store_.older_names_of(std::move(user_id), now, deadline);
    if (!names) co_return false;
    std::erase_if(*names,
                  [&](const OlderName& name) { return !name.ended || std::ranges::find(kept, name.id) != kept.end(); });
    const bool keys = co_await clear_keys(config, *std::move(names), seal, now);
    LegacySelection which{std::move(kept), true};
    const bool rows = co_await clear(config, *std::move(id), std::move(which), now);
    co_return keys&& rows;
}

bool LegacyNotifier::clears_row(const Config& config) noexcept {
    return !config.legacy.layout.user_token.empty() && !config.legacy.layout.user_token_stays;
}

awaitable<bool> LegacyNotifier::about_to_clear(ConfigPtr config, std::string legacy_id) {
    if (legacy_id.empty() || !clears_row(*config)) co_return true;
    const auto noted = co_await store_.note_cleared(std::move(legacy_id), true, deadline_in(config->database_timeout));
    if (!noted) warn_not_told("logout", noted.error());
    co_return noted.has_value();
}

/// Redis of the older system has no list of a user's sessions; clears those whose tokens Gatehouse knows.
awaitable<bool> LegacyNotifier::clear_keys(ConfigPtr config, std::vector<OlderName> names, const TokenSeal* seal,
                                           Instant now) {
    if (seal == nullptr || config->legacy.layout.redis_prefix.empty()) co_return true;
    bool told = true;
    for (const auto& name : names) {
        auto token = seal->open(name.sealed, name.id);
        if (!token) continue;
        const auto cleared = co_await legacy_.clear(*std::move(token), now, deadline_in(config->legacy.timeout));
        if (!cleared) warn_not_told("session ended", cleared.error());
        told = told && cleared;
    }
    co_return told;
}

/// Clears the rows and, with Reach::everything, the keys. Tries both, even if one fails.
awaitable<bool> LegacyNotifier::clear(ConfigPtr config, std::string legacy_id, LegacySelection which, Instant now) {
    if (!co_await about_to_clear(config, legacy_id)) co_return false;
    auto told = co_await legacy_.clear_of(legacy_id, which, now, deadline_in(config->legacy.timeout));
    if (reach_ == Reach::everything && !config->legacy.layout.redis_prefix.empty()) {
        const auto swept = co_await sweep(config, std::move(legacy_id), std::move(which), now);
        if (told) told = swept;
    }
    if (!told) warn_not_told("sessions ended", told.error());
    co_return told.has_value();
}

/// Reads every session of the older system. Half of its time is left to others.
awaitable<Result<void>> LegacyNotifier::sweep(ConfigPtr config, std::string legacy_id, LegacySelection which,
                                              Instant now) {
    const auto patience = config->legacy.timeout;
    std::string after;
    for (;;) {
        const auto began = std::chrono::steady_clock::now();
        auto page = co_await legacy_.sessions(after, part, config->legacy.context, now, deadline_in(patience));
        if (!page) co_return page.error();
        for (const auto& item : page->items) {
            if (item.session.user.id != legacy_id || !legacy::is_chosen(which, item.token)) continue;
            const auto cleared = co_await legacy_.clear(item.token, now, deadline_in(patience));
            if (!cleared) co_return cleared.error();
        }
        after = std::move(page->next);
        if (after.empty()) co_return Result<void>{};
        co_await pause_as_long(std::chrono::steady_clock::now() - began);
    }
}

awaitable<bool> LegacyNotifier::password_changed(ConfigPtr config, std::string user_id, std::string hash) {
    if (!informs_of_passwords(*config)) co_return true;
    const auto id = co_await store_.legacy_id_of(user_id, deadline_in(config->database_timeout));
    if (!id) co_return false;
    if (id->empty()) co_return true; // the user was never in the older system
    const auto deadline = deadline_in(config->legacy.timeout);
    const auto theirs = co_await legacy_.user(*id, deadline);
    if (!theirs || !*theirs) co_return false;
    const auto changed = co_await legacy_.set_password(*id, (*theirs)->password_hash, hash, deadline);
    if (!changed) {
        warn_not_told("password", changed.error());
        co_return false;
    }
    // If this note is lost, the older system's hash looks like a new password, which does no harm: it is the same
    // password.
    co_await store_.note_hash(std::move(user_id), std::move(hash), deadline_in(config->database_timeout));
    co_return true;
}

} // namespace gatehouse
