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

constexpr Seconds rest{600};        ///< between rounds
constexpr Seconds breath{1};        ///< between batches of one round
constexpr Seconds keep_for{86'400}; ///< after the end: for people who look into the table
constexpr std::size_t batch = 1000;
constexpr Millis patience{2000};

} // namespace

struct Janitor::State {
    State(boost::asio::any_io_executor executor, SessionStore& s) : store(s), timer(std::move(executor)) {}

    static boost::asio::awaitable<void> run(std::shared_ptr<State> state) {
        while (!state->stopping) {
            const auto deleted = co_await state->store.purge(wall_now() - keep_for, batch, deadline_in(patience));
            if (deleted && *deleted > 0) log::info("purged", {{"sessions", static_cast<std::int64_t>(*deleted)}});
            const bool more = deleted && *deleted == batch;
            state->timer.expires_after(more ? breath : rest);
            co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
    }

    SessionStore& store;
    boost::asio::steady_timer timer;
    bool stopping = false;
};

Janitor::Janitor(boost::asio::any_io_executor executor, SessionStore& store)
    : state_(std::make_shared<State>(std::move(executor), store)) {}

Janitor::~Janitor() {
    state_->stopping = true;
    state_->timer.cancel();
}

void Janitor::start() {
    boost::asio::co_spawn(state_->timer.get_executor(), State::run(state_), boost::asio::detached);
}

} // namespace gatehouse
