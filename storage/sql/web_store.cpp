// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/web_store.h"

#include "storage/sql/runner.h"
#include "storage/sql/web_queries.h"
#include "storage/values.h"

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using sql::Connection;
using sql::WebQueries;

/// Preferences that are no JSON object are read as empty.
Preferences to_preferences(const WebQueries::PreferencesRow& row) {
    auto [theme, language, free] = row;
    if (!free.starts_with('{')) free = "{}";
    return {std::move(theme), std::move(language), std::move(free)};
}

void enter(Connection& c, const WebQueries& q, const WebSession& s, const Preferences& p, Instant now) {
    c.change(q.enter, s.id, s.user_id, p.theme, p.language, p.free, s.expires_at, now);
}

/// Locks the user's row first: changes of one user come one after the other, and new sessions between the changes.
Preferences save_preferences(Connection& c, const WebQueries& q, const WebSession& session,
                             const PreferencesChange& change, Instant now) {
    return c.transaction([&] {
        auto preferences = to_preferences(c.row(q.make, session.user_id, now).value());
        if (change.theme) preferences.theme = *change.theme;
        if (change.language) preferences.language = *change.language;
        if (change.free) preferences.free = *change.free;
        const auto kept = c.value(q.keep, session.user_id, preferences.theme, preferences.language, preferences.free);
        if (static_cast<std::size_t>(kept.value()) > max_stored_preferences)
            throw sql::Refusal(StoreError::refused, "the preferences are too large as the database writes them");
        enter(c, q, session, preferences, now);
        c.change(q.keep_all, session.user_id, preferences.theme, preferences.language, preferences.free);
        return preferences;
    });
}

std::optional<Preferences> begin_session(Connection& c, const WebQueries& q, const WebSession& session, Instant now) {
    if (!c.row(q.find, session.user_id)) return std::nullopt; // most users: nothing is written, nobody waits
    return c.transaction([&]() -> std::optional<Preferences> {
        const auto row = c.row(q.hold, session.user_id);
        if (!row) return std::nullopt;
        auto preferences = to_preferences(*row);
        enter(c, q, session, preferences, now);
        return preferences;
    });
}

} // namespace

struct SqlWebStore::Impl : sql::Runner<WebQueries> {
    using Runner::Runner;
};

SqlWebStore::SqlWebStore(const SqlOptions& options)
    : impl_(std::make_unique<Impl>(sql::make_target(options), sql::threads_for(options, "web"))) {}
SqlWebStore::~SqlWebStore() = default;

bool SqlWebStore::stop(Millis grace) {
    return impl_->workers.stop(grace);
}

std::string SqlWebStore::last_failure() const {
    return impl_->state->pool.last_failure();
}

awaitable<Result<std::optional<Preferences>>> SqlWebStore::find(std::string user_id, Deadline deadline) {
    return impl_->serve(
        [user_id = std::move(user_id)](Connection& c, const WebQueries& q) -> std::optional<Preferences> {
            if (!is_uuid(user_id)) return std::nullopt;
            const auto row = c.row(q.find, user_id);
            if (!row) return std::nullopt;
            return to_preferences(*row);
        },
        deadline);
}

awaitable<Result<Preferences>> SqlWebStore::save(WebSession session, PreferencesChange change, Instant now,
                                                 Deadline deadline) {
    return impl_->serve(
        [session = std::move(session), change = std::move(change), now](Connection& c, const WebQueries& q) {
            if (!is_uuid(session.user_id)) throw sql::Refusal(StoreError::refused, "the user's id is no UUID");
            return save_preferences(c, q, session, change, now);
        },
        deadline);
}

awaitable<Result<std::optional<Preferences>>> SqlWebStore::begin(WebSession session, Instant now, Deadline deadline) {
    return impl_->serve(
        [session = std::move(session), now](Connection& c, const WebQueries& q) -> std::optional<Preferences> {
            if (!is_uuid(session.user_id)) return std::nullopt;
            return begin_session(c, q, session, now);
        },
        deadline);
}

awaitable<Result<void>> SqlWebStore::forget(std::string user_id, Deadline deadline) {
    return impl_->serve(
        [user_id = std::move(user_id)](Connection& c, const WebQueries& q) {
            if (!is_uuid(user_id)) return;
            c.transaction([&] {
                c.change(q.forget, user_id); // first, because every writer locks this row first
                c.change(q.forget_cache, user_id);
                return c.change(q.forget_sessions, user_id);
            });
        },
        deadline);
}

awaitable<Result<std::size_t>> SqlWebStore::purge(Instant before, std::size_t limit, Deadline deadline) {
    const auto most = sql::at_most(limit);
    return impl_->serve(
        [before, most](Connection& c, const WebQueries& q) {
            return c.write([&] { return c.change(q.purge, before, most); });
        },
        deadline);
}

awaitable<Result<void>> SqlWebStore::ping(Deadline deadline) {
    return impl_->serve([](Connection& c, const WebQueries& q) { c.rows(q.ping); }, deadline);
}

} // namespace gatehouse
