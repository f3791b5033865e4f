// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/unlocks.h"

#include "gateway/accounts/identifier.h"
#include "gateway/log/log.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <vector>

namespace gatehouse {
namespace {

constexpr Millis patience{400};

} // namespace

struct Unlocks::State {
    State(boost::asio::any_io_executor executor, UnlockStore& s, Throttle& t, Seconds w)
        : store(s), throttle(t), window(w), timer(std::move(executor)) {}

    UnlockStore& store;
    Throttle& throttle;
    const Seconds window;
    boost::asio::steady_timer timer;
    std::vector<Unlocked> known;
    bool stopping = false;
};

Unlocks::Unlocks(boost::asio::any_io_executor executor, UnlockStore& store, Throttle& throttle, Seconds window)
    : state_(std::make_shared<State>(std::move(executor), store, throttle, window)) {}

Unlocks::~Unlocks() {
    state_->stopping = true;
    state_->timer.cancel();
}

void Unlocks::start() {
    boost::asio::co_spawn(state_->timer.get_executor(), run(state_), boost::asio::detached);
}

boost::asio::awaitable<void> Unlocks::run(std::shared_ptr<State> state) {
    while (!state->stopping) {
        co_await look(state);
        if (state->stopping) break;
        state->timer.expires_after(interval);
        co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
}

boost::asio::awaitable<void> Unlocks::look(std::shared_ptr<State> state) {
    // A counter from before an unlocking has ended one window later. The second window is for clocks that differ.
    auto found = co_await state->store.unlocked_since(wall_now() - 2 * state->window, deadline_in(patience));
    if (state->stopping || !found || *found == state->known) co_return; // without an answer, the known unlockings stay
    Throttle::Unlockings unlockings;
    for (const auto& one : *found) {
        const auto mark = std::to_string(one.at.time_since_epoch().count());
        unlockings[one.user_id] = unlockings[canonical_email(one.email).value_or(one.user_id)] = mark;
        if (!one.phone.empty()) unlockings[one.phone] = mark;
        if (std::ranges::find(state->known, one) == state->known.end())
            log::info("user_unlocked", {{"user", std::string_view(one.user_id)}});
    }
    state->throttle.use(std::move(unlockings));
    state->known = std::move(*found);
}

} // namespace gatehouse
