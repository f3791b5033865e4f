// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/revoker.h"

#include "gateway/log/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse {
namespace {

constexpr Millis retry_interval{100};

} // namespace

struct Revoker::State {
    State(boost::asio::any_io_executor executor, SessionCache* c, Millis deadline)
        : cache(c), command_deadline(deadline), timer(std::move(executor)) {}

    SessionCache* const cache;
    const Millis command_deadline;
    boost::asio::steady_timer timer;
    std::vector<EndedSession> unwritten;
    bool retrying = false;
    bool stopping = false;
};

Revoker::Revoker(boost::asio::any_io_executor executor, SessionCache* cache, Millis command_deadline)
    : state_(std::make_shared<State>(std::move(executor), cache, command_deadline)) {}

Revoker::~Revoker() {
    state_->stopping = true;
    state_->timer.cancel();
}

boost::asio::awaitable<bool> Revoker::bury(std::vector<EndedSession> ended) {
    const auto state = state_;
    if (state->cache == nullptr || ended.empty()) co_return true;
    const auto written = co_await state->cache->tombstone(ended, wall_now(), deadline_in(state->command_deadline));
    if (written) co_return true;
    state->unwritten.insert(state->unwritten.end(), ended.begin(), ended.end());
    if (!state->retrying) {
        state->retrying = true;
        log::warning("tombstones_wait", {{"reason", std::string_view(written.error().message())}});
        boost::asio::co_spawn(state->timer.get_executor(), retry(state), boost::asio::detached);
    }
    co_return false;
}

boost::asio::awaitable<void> Revoker::retry(std::shared_ptr<State> state) {
    while (!state->unwritten.empty()) {
        state->timer.expires_after(retry_interval);
        co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (state->stopping) co_return;
        std::erase_if(state->unwritten, [now = wall_now()](const EndedSession& e) { return e.expires_at <= now; });
        const auto batch = state->unwritten;
        if (batch.empty()) break;
        const auto written = co_await state->cache->tombstone(batch, wall_now(), deadline_in(state->command_deadline));
        if (!written) continue;
        // More may have come while we waited; they came behind these.
        state->unwritten.erase(state->unwritten.begin(),
                               state->unwritten.begin() + static_cast<std::ptrdiff_t>(batch.size()));
    }
    state->retrying = false;
    log::info("tombstones_written");
}

bool Revoker::cache_is_trustworthy() const noexcept {
    return state_->unwritten.empty();
}

std::size_t Revoker::waiting() const noexcept {
    return state_->unwritten.size();
}

} // namespace gatehouse
