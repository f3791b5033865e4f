// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/janitor.h"

#include "gateway/log/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse {
namespace {

constexpr std::chrono::hours keep_sessions{24}; ///< after the end: for people who look into the table
constexpr std::chrono::hours keep_changes{1};   ///< longer than a reader may be away
constexpr std::chrono::hours keep_nodes{24};    ///< without a sign of life
constexpr std::size_t batch = 1000;
constexpr Millis patience{2000};

} // namespace

struct Janitor::State {
    State(boost::asio::any_io_executor executor, SessionStore& s, ChangeFeed& f, Pace p)
        : sessions(s), feed(f), pace(p), timer(std::move(executor)) {}

    /// How many of each kind are gone; 0 if the store could not say.
    struct Deleted {
        std::size_t sessions = 0;
        std::size_t changes = 0; ///< and nodes
    };

    boost::asio::awaitable<Deleted> delete_some() const {
        const auto now = wall_now();
        const auto purged = co_await sessions.purge(now - keep_sessions, batch, deadline_in(patience));
        const auto forgotten = co_await feed.forget(now - keep_changes, now - keep_nodes, batch, deadline_in(patience));
        co_return Deleted{purged ? *purged : 0, forgotten ? *forgotten : 0};
    }

    static boost::asio::awaitable<void> run(std::shared_ptr<State> state) {
        while (!state->stopping) {
            const auto [sessions, changes] = co_await state->delete_some();
            if (sessions + changes > 0) {
                log::info("purged", {{"sessions", static_cast<std::int64_t>(sessions)},
                                     {"changes", static_cast<std::int64_t>(changes)}});
            }
            const bool more = sessions >= batch || changes >= batch;
            if (state->stopping) break;
            state->timer.expires_after(more ? state->pace.breath : state->pace.rest);
            co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
    }

    SessionStore& sessions;
    ChangeFeed& feed;
    const Pace pace;
    boost::asio::steady_timer timer;
    bool stopping = false;
};

Janitor::Janitor(boost::asio::any_io_executor executor, SessionStore& sessions, ChangeFeed& feed)
    : Janitor(std::move(executor), sessions, feed, Pace{}) {}

Janitor::Janitor(boost::asio::any_io_executor executor, SessionStore& sessions, ChangeFeed& feed, Pace pace)
    : state_(std::make_shared<State>(std::move(executor), sessions, feed, pace)) {}

Janitor::~Janitor() {
    state_->stopping = true;
    state_->timer.cancel();
}

void Janitor::start() {
    boost::asio::co_spawn(state_->timer.get_executor(), State::run(state_), boost::asio::detached);
}

} // namespace gatehouse
