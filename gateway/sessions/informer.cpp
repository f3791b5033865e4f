// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/informer.h"

#include "gateway/log/log.h"
#include "gateway/sessions/pacing.h"
#include "gateway/sessions/strategy.h"
#include "storage/legacy/words.h"

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using ConfigPtr = std::shared_ptr<const Config>;

constexpr std::size_t part = 500; ///< keys in one look

} // namespace

void Informer::warn_not_told(std::string_view what, boost::system::error_code error) {
    ++not_told_;
    log::warning("legacy_not_told", {{"what", what}, {"message", std::string_view(error.message())}});
}

bool Informer::informs(const Config& config) const noexcept {
    return legacy_ != nullptr && config.legacy.configured() && writes_legacy(config.strategy);
}

bool Informer::informs_of_passwords(const Config& config) const noexcept {
    return informs(config) && !config.legacy.layout.user_password.empty();
}

awaitable<bool> Informer::session_ended(ConfigPtr config, SessionKey session, Instant now) {
    if (!informs(*config)) co_return true;
    const auto deadline = deadline_in(config->database_timeout);
    auto id = co_await store_.legacy_id_of_session(session, deadline);
    if (!id) co_return false;
    std::vector<SessionKey> keys{std::move(session)};
    const auto names = co_await store_.names_of(std::move(keys), deadline);
    if (!names) co_return false;
    if (id->empty() || names->empty()) co_return true; // it never was there
    LegacySelection which;
    for (const auto& name : *names)
        which.ids.push_back(name.key.id);
    co_return co_await clear(config, *std::move(id), std::move(which), now);
}

awaitable<bool> Informer::all_ended(ConfigPtr config, std::string user_id, std::vector<std::string> kept, Instant now) {
    if (!informs(*config)) co_return true;
    auto id = co_await store_.legacy_id_of(std::move(user_id), deadline_in(config->database_timeout));
    if (!id) co_return false;
    if (id->empty()) co_return true; // was never there
    LegacySelection which{std::move(kept), true};
    co_return co_await clear(config, *std::move(id), std::move(which), now);
}

/// Both are tried, whatever comes of the other.
awaitable<bool> Informer::clear(ConfigPtr config, std::string legacy_id, LegacySelection which, Instant now) {
    auto told = co_await legacy_->clear_of(legacy_id, which, now, deadline_in(config->legacy.timeout));
    if (reach_ == Reach::everything && !config->legacy.layout.redis_prefix.empty()) {
        const auto swept = co_await sweep(config, std::move(legacy_id), std::move(which), now);
        if (told) told = swept;
    }
    if (!told) warn_not_told("sessions ended", told.error());
    co_return told.has_value();
}

/// Reads every session that there is. Half of the older system's time is left to others.
awaitable<Result<void>> Informer::sweep(ConfigPtr config, std::string legacy_id, LegacySelection which, Instant now) {
    const auto patience = config->legacy.timeout;
    std::string after;
    for (;;) {
        const auto began = std::chrono::steady_clock::now();
        auto page = co_await legacy_->sessions(after, part, config->legacy.context, now, deadline_in(patience));
        if (!page) co_return page.error();
        for (const auto& item : page->items) {
            if (item.session.user.id != legacy_id || !legacy::is_chosen(which, item.token)) continue;
            const auto cleared = co_await legacy_->clear(item.token, now, deadline_in(patience));
            if (!cleared) co_return cleared.error();
        }
        after = std::move(page->next);
        if (after.empty()) co_return Result<void>{};
        co_await pause_as_long(std::chrono::steady_clock::now() - began);
    }
}

awaitable<bool> Informer::password_changed(ConfigPtr config, std::string user_id, std::string hash) {
    if (!informs_of_passwords(*config)) co_return true;
    const auto id = co_await store_.legacy_id_of(user_id, deadline_in(config->database_timeout));
    if (!id) co_return false;
    if (id->empty()) co_return true; // was never there
    const auto deadline = deadline_in(config->legacy.timeout);
    const auto theirs = co_await legacy_->user(*id, deadline);
    if (!theirs || !*theirs) co_return false;
    const auto changed = co_await legacy_->set_password(*id, (*theirs)->password_hash, hash, deadline);
    if (!changed) {
        warn_not_told("password", changed.error());
        co_return false;
    }
    // If this is lost, theirs is taken for a new password, and is the same one.
    co_await store_.note_hash(std::move(user_id), std::move(hash), deadline_in(config->database_timeout));
    co_return true;
}

} // namespace gatehouse
