// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/activity.h"

#include "gateway/log/log.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse {
namespace {

constexpr std::size_t batch_size = 500;
constexpr Millis batch_deadline{2000}; ///< no request waits for a batch
constexpr Seconds others_catch_up{60};

std::string joined(const SessionKey& key) {
    return key.context + ":" + key.id;
}

} // namespace

/// Shared with the coroutine, which may outlive the writer by one turn of the loop.
struct ActivityWriter::State {
    State(boost::asio::any_io_executor executor, SessionStore& s, Millis i)
        : store(s), interval(i), timer(std::move(executor)) {}

    SessionStore& store;
    const Millis interval;
    boost::asio::steady_timer timer;
    std::unordered_map<std::string, Activity> notes;
    bool stopping = false;
    std::optional<Deadline> outage_began;
    std::optional<Deadline> outage_ended; ///< of the latest outage
    Millis outage_length{0};
};

ActivityWriter::ActivityWriter(boost::asio::any_io_executor executor, SessionStore& store, Millis interval)
    : state_(std::make_shared<State>(std::move(executor), store, interval)) {}

void ActivityWriter::note(const SessionKey& key, Instant at) {
    auto& notes = state_->notes;
    const auto found = notes.find(joined(key));
    if (found != notes.end()) {
        found->second.at = std::max(found->second.at, at);
    } else if (notes.size() < most_notes) {
        notes.emplace(joined(key), Activity{key, at});
    }
}

std::optional<Instant> ActivityWriter::pending(const SessionKey& key) const {
    const auto found = state_->notes.find(joined(key));
    if (found == state_->notes.end()) return std::nullopt;
    return found->second.at;
}

Millis ActivityWriter::outage_grace(Deadline now) const noexcept {
    if (state_->outage_began) return std::chrono::ceil<Millis>(now - *state_->outage_began);
    if (state_->outage_ended && now - *state_->outage_ended < others_catch_up) return state_->outage_length;
    return Millis{0};
}

void ActivityWriter::start() {
    boost::asio::co_spawn(state_->timer.get_executor(), run(state_), boost::asio::detached);
}

boost::asio::awaitable<void> ActivityWriter::stop(Deadline deadline) {
    state_->stopping = true;
    state_->timer.cancel();
    co_await flush(state_, deadline);
}

boost::asio::awaitable<void> ActivityWriter::run(std::shared_ptr<State> state) {
    while (!state->stopping) {
        state->timer.expires_after(state->interval);
        co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (!state->stopping) co_await flush(state, deadline_in(batch_deadline));
    }
}

boost::asio::awaitable<bool> ActivityWriter::flush(std::shared_ptr<State> state, Deadline deadline) {
    const auto began = std::chrono::steady_clock::now();
    while (!state->notes.empty()) {
        std::vector<Activity> batch;
        for (auto it = state->notes.begin(); it != state->notes.end() && batch.size() < batch_size; ++it) {
            batch.push_back(it->second);
        }
        const auto written = co_await state->store.touch(batch, deadline);
        if (!written) {
            if (!state->outage_began) {
                state->outage_began = began;
                log::warning("activity_not_written", {{"reason", std::string_view(written.error().message())},
                                                      {"sessions", static_cast<std::int64_t>(state->notes.size())}});
            }
            co_return false;
        }
        for (const auto& activity : batch) {
            // A later note that came meanwhile stays.
            const auto found = state->notes.find(joined(activity.key));
            if (found != state->notes.end() && found->second.at == activity.at) state->notes.erase(found);
        }
        if (state->outage_began) {
            state->outage_length = std::chrono::ceil<Millis>(std::chrono::steady_clock::now() - *state->outage_began);
            state->outage_ended = std::chrono::steady_clock::now();
            state->outage_began.reset();
            log::info("activity_written_again", {{"outage_ms", state->outage_length.count()}});
        }
    }
    co_return true;
}

} // namespace gatehouse
