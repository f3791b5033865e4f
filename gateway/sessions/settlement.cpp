// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/settlement.h"

#include "gateway/log/log.h"
#include "gateway/sessions/journal.h"
#include "storage/worker_pool.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse {
namespace {

constexpr Millis retry_interval{100};
constexpr Millis between_looks{2000}; ///< at what other nodes may have left in Redis
constexpr Millis sql_patience{1000};
constexpr Millis disk_patience{1000};
constexpr std::size_t batch = 100;
/// If Redis cannot be asked for the notes, their writers still have their journals: so long they get to settle them
/// after SQL has come back.
constexpr Millis others_settle{2000};

} // namespace

struct Settlement::State {
    State(boost::asio::any_io_executor executor, SessionStore& s, TakeoverStore* t, SessionCache* c, std::string path,
          Millis deadline)
        : store(s),
          takeover(t),
          cache(c),
          command_deadline(deadline),
          journal(std::make_shared<Journal>(std::move(path))),
          timer(executor) {}

    SessionStore& store;
    TakeoverStore* const takeover;
    SessionCache* const cache;
    const Millis command_deadline;
    const std::shared_ptr<Journal> journal; ///< the disk's thread may hold it longer than we do
    WorkerPool disk{{.name = "journal"}};
    boost::asio::steady_timer timer;
    bool certain = true;
    bool settling = false;
    bool journal_may_have_some = true;
    bool starting = true;       ///< whatever was away then was not away from us
    std::uint64_t failures = 0; ///< of SQL
    bool stopping = false;
};

namespace {

void complain(const std::string& path, boost::system::error_code error) {
    log::error("journal", {{"path", std::string_view(path)},
                           {"message", std::string_view(error.message())},
                           {"hint", "nobody can sign out while the database is away; see state_directory"}});
}

} // namespace

Settlement::Settlement(boost::asio::any_io_executor executor, SessionStore& store, TakeoverStore* takeover,
                       SessionCache* cache, std::string journal, Millis command_deadline)
    : state_(
          std::make_shared<State>(std::move(executor), store, takeover, cache, std::move(journal), command_deadline)) {}

Settlement::~Settlement() {
    state_->stopping = true;
    state_->timer.cancel();
}

void Settlement::start() {
    if (state_->cache == nullptr) return;
    sql_was_away();
    boost::asio::co_spawn(state_->timer.get_executor(), watch(state_), boost::asio::detached);
}

void Settlement::sql_was_away() {
    if (state_->cache == nullptr) return;
    ++state_->failures;
    state_->certain = false;
    if (std::exchange(state_->settling, true)) return;
    boost::asio::co_spawn(state_->timer.get_executor(), settle(state_), boost::asio::detached);
}

boost::asio::awaitable<bool> Settlement::settled_by(Deadline deadline) {
    const auto state = state_;
    boost::asio::steady_timer patience(state->timer.get_executor());
    while (!state->certain && !state->stopping && std::chrono::steady_clock::now() < deadline) {
        patience.expires_at(std::min(deadline, deadline_in(Millis{10})));
        co_await patience.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    co_return state->certain;
}

boost::asio::awaitable<bool> Settlement::end_without_sql(PendingEnd end, Deadline deadline) {
    const auto state = state_;
    if (state->cache == nullptr) co_return false;
    const auto noted = co_await state->cache->end_before_sql(end, wall_now(), deadline_in(state->command_deadline));
    if (!noted) co_return false;
    state->journal_may_have_some = true;
    const auto append = [journal = state->journal, end]() { return journal->append(end); };
    const auto kept = co_await state->disk.run(append, deadline);
    sql_was_away();
    if (!kept) complain(state->journal->path(), kept.error());
    co_return kept.has_value();
}

/// Somebody else may have left notes, and be unable to settle them.
boost::asio::awaitable<void> Settlement::watch(std::shared_ptr<State> state) {
    while (!state->stopping) {
        state->timer.expires_after(between_looks);
        co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (!state->stopping && !state->settling) co_await settle_cache(state);
    }
}

boost::asio::awaitable<void> Settlement::settle(std::shared_ptr<State> state) {
    boost::asio::steady_timer pause(state->timer.get_executor());
    std::optional<Deadline> sql_back;
    for (;;) {
        const auto failures = state->failures;
        const auto there = co_await state->store.ping(deadline_in(sql_patience));
        if (state->stopping) co_return;
        if (!there)
            sql_back.reset();
        else if (!sql_back)
            sql_back = std::chrono::steady_clock::now();
        if (there && co_await settle_journal(state)) {
            const bool noted = co_await settle_cache(state);
            const bool waited = state->starting || std::chrono::steady_clock::now() - *sql_back >= others_settle;
            // A failure meanwhile: the same again.
            if ((noted || waited) && failures == state->failures) break;
            if (failures != state->failures) continue;
        }
        if (state->stopping) co_return;
        pause.expires_after(retry_interval);
        co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (state->stopping) co_return;
    }
    state->starting = false;
    state->settling = false;
    state->certain = true;
}

boost::asio::awaitable<bool> Settlement::settle_journal(std::shared_ptr<State> state) {
    while (state->journal_may_have_some) {
        const auto read = [journal = state->journal]() { return journal->read(); };
        auto contents = co_await state->disk.run(read, deadline_in(disk_patience));
        if (state->stopping) co_return false;
        if (!contents) {
            if (contents.error() == StoreError::timed_out) co_return false;
            // What cannot be read was not written either.
            complain(state->journal->path(), contents.error());
            state->journal_may_have_some = false;
            break;
        }
        const auto bytes = contents->bytes;
        state->journal_may_have_some = false;
        if (bytes == 0) break;
        const auto count = contents->ends.size();
        state->journal_may_have_some = true;
        if (!co_await tell_sql(state, std::move(contents->ends))) co_return false;
        const auto clear = [journal = state->journal, bytes]() { return journal->clear(bytes); };
        if (!co_await state->disk.run(clear, deadline_in(disk_patience))) co_return false;
        log::info("ends_settled", {{"from", "journal"}, {"count", static_cast<std::int64_t>(count)}});
    }
    co_return true;
}

boost::asio::awaitable<bool> Settlement::settle_cache(std::shared_ptr<State> state) {
    for (;;) {
        auto ends = co_await state->cache->pending_ends(batch, deadline_in(state->command_deadline));
        if (!ends || state->stopping) co_return false;
        if (ends->empty()) co_return true;
        std::vector<SessionKey> keys;
        for (const auto& end : *ends)
            keys.push_back(end.session.key);
        const auto count = keys.size();
        if (!co_await tell_sql(state, *std::move(ends))) co_return false;
        if (!co_await state->cache->settled(std::move(keys), deadline_in(state->command_deadline))) co_return false;
        log::info("ends_settled", {{"from", "redis"}, {"count", static_cast<std::int64_t>(count)}});
    }
}

boost::asio::awaitable<bool> Settlement::tell_sql(std::shared_ptr<State> state, std::vector<PendingEnd> ends) {
    for (const auto& end : ends) {
        const auto told = co_await state->store.revoke(end.session.key, end.ended_at, deadline_in(sql_patience));
        if (!told || state->stopping) co_return false;
        if (told->has_value() || state->takeover == nullptr) continue;
        // No session of ours: a token of the older system.
        const auto recorded = co_await state->takeover->end_old(end.session, end.ended_at, deadline_in(sql_patience));
        if (!recorded || state->stopping) co_return false;
    }
    co_return true;
}

} // namespace gatehouse
