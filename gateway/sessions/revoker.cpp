// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/revoker.h"

#include "gateway/log/log.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse {
namespace {

constexpr Millis retry_interval{100};
/// A revocation with unknown outcome may still be committed for a while, until the statement times out. Its instant was
/// taken before it was sent, perhaps by the clock of another host.
constexpr Millis settle{2000};
constexpr Seconds overlap{60};
constexpr std::size_t batch = 200; ///< tombstones in one command, within one deadline
constexpr Millis sql_patience{2000};

} // namespace

struct Revoker::State {
    State(boost::asio::any_io_executor executor, SessionStore& s, ChangeFeed& f, SessionCache* c, Millis deadline,
          std::vector<std::string> names)
        : store(s),
          feed(f),
          cache(c),
          command_deadline(deadline),
          contexts(std::move(names)),
          timer(std::move(executor)) {}

    SessionStore& store;
    ChangeFeed& feed;
    SessionCache* const cache;
    const Millis command_deadline;
    std::vector<std::string> contexts;
    boost::asio::steady_timer timer;
    Seconds look_back{0};
    bool trusted = true;
    std::string run; ///< the run of the server that is trusted
    Instant since;   ///< while not trusted: the tombstones of sessions that ended from then on may be missing in Redis
    Deadline doubted_at{};     ///< the latest reason for doubt
    std::uint64_t reasons = 0; ///< so far: a reason that comes during a replay asks for another replay
    bool stopping = false;
};

Revoker::Revoker(boost::asio::any_io_executor executor, SessionStore& store, ChangeFeed& feed, SessionCache* cache,
                 Millis command_deadline, std::vector<std::string> contexts)
    : state_(std::make_shared<State>(std::move(executor), store, feed, cache, command_deadline, std::move(contexts))) {}

Revoker::~Revoker() {
    state_->stopping = true;
    state_->timer.cancel();
}

void Revoker::start(Seconds look_back) {
    state_->look_back = look_back;
    distrust(state_, wall_now() - look_back - overlap);
}

void Revoker::use(std::vector<std::string> contexts) {
    state_->contexts = std::move(contexts);
}

void Revoker::doubt() {
    state_->doubted_at = std::chrono::steady_clock::now();
    distrust(state_, wall_now() - overlap);
}

void Revoker::distrust(const std::shared_ptr<State>& state, Instant since) {
    if (state->cache == nullptr) return;
    ++state->reasons;
    state->since = state->trusted ? since : std::min(state->since, since);
    if (!state->trusted) return;
    state->trusted = false;
    boost::asio::co_spawn(state->timer.get_executor(), restore(state), boost::asio::detached);
}

boost::asio::awaitable<bool> Revoker::bury(std::vector<EndedSession> ended) {
    const auto state = state_;
    if (state->cache == nullptr || ended.empty()) co_return true;
    const auto written =
        co_await state->cache->tombstone(std::move(ended), wall_now(), deadline_in(state->command_deadline));
    co_return was_told(written.has_value());
}

boost::asio::awaitable<bool> Revoker::outdate(std::vector<ChangedUser> users) {
    const auto state = state_;
    if (state->cache == nullptr || users.empty()) co_return true;
    co_return was_told(co_await tell(state, std::move(users)));
}

/// If another run than the trusted one was told, the trusted one has missed the change, and may come back.
bool Revoker::was_told(bool told) {
    if (told)
        (void)cache_is_trustworthy();
    else
        doubt();
    return told;
}

boost::asio::awaitable<bool> Revoker::tell(std::shared_ptr<State> state, std::vector<ChangedUser> users) {
    for (const auto& user : users) {
        const auto told = co_await state->cache->outdate_user(user.id, user.generation, state->contexts, wall_now(),
                                                              deadline_in(state->command_deadline));
        if (!told) co_return false;
    }
    co_return true;
}

boost::asio::awaitable<void> Revoker::restore(std::shared_ptr<State> state) {
    log::warning("redis_in_doubt", {{"hint", "SQL is asked until the sessions that ended lately are covered again"}});
    while (!state->stopping) {
        const auto began = std::chrono::steady_clock::now();
        const auto reasons = state->reasons;
        const std::string run(state->cache->run_id());
        const bool replayed = co_await replay(state);
        const bool covered = replayed && !run.empty() && run == state->cache->run_id();
        if (covered) state->run = run;
        // A replay counts only if it began when everything in doubt had settled.
        if (covered && reasons == state->reasons && began - state->doubted_at >= settle) break;
        const auto again = std::chrono::steady_clock::now() + retry_interval;
        state->timer.expires_at(covered ? std::max(again, state->doubted_at + settle) : again);
        co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    if (state->stopping) co_return;
    state->trusted = true;
    log::info("redis_trusted");
}

boost::asio::awaitable<bool> Revoker::replay(std::shared_ptr<State> state) {
    // The cheap question first: the database lists nothing while Redis is away.
    if (const auto there = co_await state->cache->ping(deadline_in(state->command_deadline)); !there) co_return false;
    if (!co_await replay_sessions(state)) co_return false;
    co_return co_await replay_users(state);
}

boost::asio::awaitable<bool> Revoker::replay_sessions(std::shared_ptr<State> state) {
    std::string after;
    for (;;) {
        const auto ended = co_await state->store.ended_since(state->since, after, batch, deadline_in(sql_patience));
        if (!ended || state->stopping) co_return false;
        if (ended->empty()) co_return true;
        after = ended->back().key.id;
        const auto now = wall_now();
        const auto written = co_await state->cache->tombstone(*ended, now, deadline_in(state->command_deadline));
        if (!written) co_return false;
        if (ended->size() < batch) co_return true;
    }
}

/// A copy of a user that is older than the feed's memory is too old to be used anyway.
boost::asio::awaitable<bool> Revoker::replay_users(std::shared_ptr<State> state) {
    std::string after;
    for (;;) {
        const auto users = co_await state->feed.users_since(state->since, after, batch, deadline_in(sql_patience));
        if (!users || state->stopping) co_return false;
        if (users->empty()) co_return true;
        after = users->back().id;
        if (!co_await tell(state, *users)) co_return false;
        if (users->size() < batch) co_return true;
    }
}

bool Revoker::cache_is_trustworthy() const {
    if (!state_->trusted || state_->cache == nullptr) return state_->trusted;
    const auto run = state_->cache->run_id();
    if (run.empty()) return false;
    if (state_->run.empty()) state_->run = run;
    if (run == state_->run) return true;
    // Another server, or the same server with older data: it still has sessions that ended since it was told last.
    distrust(state_, wall_now() - state_->look_back - overlap);
    return false;
}

} // namespace gatehouse
