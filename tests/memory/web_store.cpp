// SPDX-License-Identifier: Apache-2.0
#include "tests/memory/web_store.h"

#include "storage/values.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse {

using boost::asio::awaitable;

awaitable<Result<void>> MemoryWebStore::arrive(Deadline deadline) {
    ++calls_;
    if (delay_ > Millis{0}) {
        const auto ready = deadline_in(delay_);
        boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, std::min(ready, deadline));
        co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (ready > deadline) co_return make_error_code(StoreError::timed_out);
    }
    if (failure_) co_return make_error_code(*failure_);
    co_return Result<void>{};
}

const Preferences* MemoryWebStore::of_session(const std::string& id) const {
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? nullptr : &found->second.preferences;
}

awaitable<Result<std::optional<Preferences>>> MemoryWebStore::find(std::string user_id, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const auto found = people_.find(user_id);
    if (found == people_.end()) co_return std::nullopt;
    co_return found->second;
}

awaitable<Result<Preferences>> MemoryWebStore::save(WebSession session, PreferencesChange change, Instant,
                                                    Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    if (!is_uuid(session.user_id)) co_return make_error_code(StoreError::refused);
    if (change.free && change.free->size() > max_stored_preferences) co_return make_error_code(StoreError::refused);
    auto& preferences = people_[session.user_id];
    if (change.theme) preferences.theme = *change.theme;
    if (change.language) preferences.language = *change.language;
    if (change.free) preferences.free = *change.free;
    sessions_.try_emplace(session.id, Row{session, {}});
    for (auto& [id, row] : sessions_) {
        if (row.session.user_id == session.user_id) row.preferences = preferences;
    }
    co_return preferences;
}

awaitable<Result<std::optional<Preferences>>> MemoryWebStore::begin(WebSession session, Instant, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const auto found = people_.find(session.user_id);
    if (found == people_.end()) co_return std::nullopt;
    sessions_.try_emplace(session.id, Row{session, found->second});
    co_return found->second;
}

awaitable<Result<void>> MemoryWebStore::forget(std::string user_id, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    people_.erase(user_id);
    std::erase_if(sessions_, [&](const auto& row) { return row.second.session.user_id == user_id; });
    co_return Result<void>{};
}

awaitable<Result<std::size_t>> MemoryWebStore::purge(Instant before, std::size_t limit, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::size_t purged = 0;
    for (auto at = sessions_.begin(); at != sessions_.end() && purged < limit;) {
        const bool old = at->second.session.expires_at < before;
        at = old ? sessions_.erase(at) : std::next(at);
        purged += old ? 1 : 0;
    }
    co_return purged;
}

awaitable<Result<void>> MemoryWebStore::ping(Deadline deadline) {
    return arrive(deadline);
}

} // namespace gatehouse
