// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/pending_revocations.h"

#include "gateway/log/log.h"
#include "gateway/sessions/journal.h"
#include "storage/planted.h"
#include "storage/worker_pool.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

namespace gatehouse {
namespace {

constexpr Millis retry_interval{100};
constexpr Millis between_looks{2000}; ///< at notes that other gateways may have left in Redis
constexpr Millis sql_patience{1000};
constexpr Millis disk_patience{1000};
constexpr std::size_t batch = 100;
constexpr Seconds patience_with_sql{5}; ///< less than EndedLately::span
/// If Redis cannot be asked for its notes, the gateways that wrote them still have their journals. They get this long
/// to settle them after the database has come back.
constexpr Millis others_settle{2000};

} // namespace

struct PendingRevocations::State {
    State(boost::asio::any_io_executor executor, SessionStore& s, SessionCache* c, Options options)
        : store(s),
          cache(c),
          command_deadline(options.command_deadline),
          journal(std::make_shared<Journal>(std::move(options.journal))),
          acknowledgements(executor, c, std::move(options.node), options.command_deadline),
          timer(executor) {}

    SessionStore& store;
    SessionCache* const cache;
    const Millis command_deadline;
    const std::shared_ptr<Journal> journal; ///< the disk's thread may outlive this object
    WorkerPool disk{{.name = "journal"}};
    Acknowledgements acknowledgements;
    std::vector<keys::Announcement> heard; ///< announcements that wait for the disk
    std::set<std::string> announcing;      ///< keys of sessions whose end this gateway is announcing
    bool keeping = false;                  ///< keep_heard is running
    std::int64_t heard_up_to = 0;          ///< the highest number announced to this gateway
    boost::asio::steady_timer timer;
    bool certain = true;
    bool settling = false;
    bool journal_may_have_some = true;
    bool starting = true;      ///< at the start this gateway has seen no outage, so it does not wait others_settle
    std::uint64_t reasons = 0; ///< to settle, so far: a reason that comes during a round asks for another round
    bool stopping = false;
};

namespace {

void complain(const std::string& path, boost::system::error_code error) {
    log::error("journal", {{"path", std::string_view(path)},
                           {"message", std::string_view(error.message())},
                           {"hint", "nobody can sign out while the database is away; see state_directory"}});
}

} // namespace

PendingRevocations::PendingRevocations(boost::asio::any_io_executor executor, SessionStore& store, SessionCache* cache,
                                       Options options)
    : state_(std::make_shared<State>(std::move(executor), store, cache, std::move(options))) {}

PendingRevocations::~PendingRevocations() {
    state_->stopping = true;
    state_->timer.cancel();
}

void PendingRevocations::start() {
    if (state_->cache == nullptr) return;
    sql_was_away();
    state_->acknowledgements.start();
    boost::asio::co_spawn(state_->timer.get_executor(), watch(state_), boost::asio::detached);
}

boost::asio::awaitable<void> PendingRevocations::stop(Deadline deadline) {
    return state_->acknowledgements.stop(deadline);
}

void PendingRevocations::met(std::vector<std::string> nodes) {
    state_->acknowledgements.met(std::move(nodes));
}

void PendingRevocations::armed() {
    state_->acknowledgements.armed();
}

void PendingRevocations::sql_was_away() {
    if (state_->cache != nullptr) distrust_sql(state_);
}

void PendingRevocations::distrust_sql(const std::shared_ptr<State>& state) {
    state->certain = false;
    begin_to_settle(state);
}

void PendingRevocations::begin_to_settle(const std::shared_ptr<State>& state) {
    ++state->reasons;
    if (std::exchange(state->settling, true)) return;
    boost::asio::co_spawn(state->timer.get_executor(), settle(state), boost::asio::detached);
}

boost::asio::awaitable<bool> PendingRevocations::settled_by(Deadline deadline) {
    const auto state = state_;
    boost::asio::steady_timer patience(state->timer.get_executor());
    while (!state->certain && !state->stopping && std::chrono::steady_clock::now() < deadline) {
        patience.expires_at(std::min(deadline, deadline_in(Millis{10})));
        co_await patience.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    co_return state->certain;
}

boost::asio::awaitable<PendingRevocations::Noted> PendingRevocations::end_without_sql(PendingEnd end,
                                                                                      Deadline deadline) {
    const auto state = state_;
    if (state->cache == nullptr) co_return Noted::nowhere;
    const auto name = keys::session(end.session.key);
    const bool first = state->announcing.insert(name).second;
    const auto number = co_await state->cache->end_before_sql(end, wall_now(), deadline_in(state->command_deadline));
    if (!number) {
        if (first) state->announcing.erase(name);
        co_return Noted::nowhere;
    }
    std::vector<PendingEnd> ends{end};
    const bool kept = co_await keep(state, std::move(ends), deadline);
    distrust_sql(state);
    if (first) state->announcing.erase(name);
    if (!kept) co_return Noted::in_part;
    const bool heard = planted(Bug::end_without_acknowledgement) ||
                       co_await state->acknowledgements.by_all(*number, deadline_in(Acknowledgements::patience));
    co_return heard ? Noted::everywhere : Noted::in_part;
}

/// Writes the ends to the journal, from where the database is told later.
boost::asio::awaitable<bool> PendingRevocations::keep(std::shared_ptr<State> state, std::vector<PendingEnd> ends,
                                                      Deadline deadline) {
    const auto append = [journal = state->journal, ends = std::move(ends)]() { return journal->append(ends); };
    const auto kept = co_await state->disk.run(append, deadline);
    state->journal_may_have_some = true;
    begin_to_settle(state);
    if (!kept) complain(state->journal->path(), kept.error());
    co_return kept.has_value();
}

void PendingRevocations::heard(keys::Announcement announcement) {
    // Numbers come in order. When the key expires, Redis announces it once more.
    if (state_->cache == nullptr || announcement.number <= state_->heard_up_to) return;
    state_->heard_up_to = announcement.number;
    if (state_->announcing.contains(keys::session(announcement.end.session.key))) return;
    state_->heard.push_back(std::move(announcement));
    if (std::exchange(state_->keeping, true)) return;
    boost::asio::co_spawn(state_->timer.get_executor(), keep_heard(state_), boost::asio::detached);
}

/// Writes all announcements heard so far to the disk at once. What the disk does not take is not acknowledged.
boost::asio::awaitable<void> PendingRevocations::keep_heard(std::shared_ptr<State> state) {
    while (!state->heard.empty() && !state->stopping) {
        std::vector<PendingEnd> ends;
        std::int64_t number = 0;
        for (auto& announcement : std::exchange(state->heard, {})) {
            number = std::max(number, announcement.number);
            ends.push_back(std::move(announcement.end));
        }
        const bool kept =
            planted(Bug::hearer_without_journal) || co_await keep(state, std::move(ends), deadline_in(disk_patience));
        if (kept && !state->stopping) co_await state->acknowledgements.acknowledge(number);
    }
    state->keeping = false;
}

/// Another gateway may have left notes that it cannot settle itself.
boost::asio::awaitable<void> PendingRevocations::watch(std::shared_ptr<State> state) {
    while (!state->stopping) {
        state->timer.expires_after(between_looks);
        co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (!state->stopping && !state->settling) co_await settle_cache(state);
    }
}

boost::asio::awaitable<void> PendingRevocations::settle(std::shared_ptr<State> state) {
    boost::asio::steady_timer pause(state->timer.get_executor());
    std::optional<Deadline> sql_back;
    auto settled_at = std::chrono::steady_clock::now();
    for (;;) {
        // Ends heard from other gateways are refused by EndedLately for a while. If the database has taken them by
        // then, it never needs to be distrusted.
        if (std::chrono::steady_clock::now() - settled_at > patience_with_sql) state->certain = false;
        const auto reasons = state->reasons;
        const auto there = co_await state->store.ping(deadline_in(sql_patience));
        if (state->stopping) co_return;
        if (!there)
            sql_back.reset();
        else if (!sql_back)
            sql_back = std::chrono::steady_clock::now();
        if (there && co_await settle_journal(state)) {
            const bool noted = co_await settle_cache(state);
            const bool waited = state->starting || std::chrono::steady_clock::now() - *sql_back >= others_settle;
            if (noted) settled_at = std::chrono::steady_clock::now();
            if ((noted || waited) && reasons == state->reasons) break;
            if (reasons != state->reasons) continue;
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

boost::asio::awaitable<bool> PendingRevocations::settle_journal(std::shared_ptr<State> state) {
    while (state->journal_may_have_some) {
        const auto read = [journal = state->journal]() { return journal->read(); };
        auto contents = co_await state->disk.run(read, deadline_in(disk_patience));
        if (state->stopping) co_return false;
        if (!contents) {
            if (contents.error() == StoreError::timed_out) co_return false;
            // A journal that cannot be read could not be written either, so it holds no end.
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

boost::asio::awaitable<bool> PendingRevocations::settle_cache(std::shared_ptr<State> state) {
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

boost::asio::awaitable<bool> PendingRevocations::tell_sql(std::shared_ptr<State> state, std::vector<PendingEnd> ends) {
    for (const auto& end : ends) {
        const auto told = co_await state->store.revoke(end.session.key, end.ended_at, deadline_in(sql_patience));
        if (!told || state->stopping) co_return false;
        if (told->has_value()) continue;
        // No session has this id: it may be another name of a session, or become one.
        const auto recorded = co_await state->store.end_name(end.session, end.ended_at, deadline_in(sql_patience));
        if (!recorded || state->stopping) co_return false;
    }
    co_return true;
}

} // namespace gatehouse
