// SPDX-License-Identifier: Apache-2.0
#include "gateway/health/durability.h"

#include "gateway/log/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

namespace gatehouse {
namespace {

constexpr Millis patience{500};

struct Warning {
    bool Durability::*well;
    std::string_view name;
    std::string_view hint;
    log::Level level;
};

/// Many installations run one server and no standby, and may be right to: that is worth a line in the log, but no
/// alarm.
constexpr Warning all_warnings[] = {
    {&Durability::flushes, "fsync_off", "a crash of the database's host loses logins and logouts", log::Level::warning},
    {&Durability::waits, "synchronous_commit_off",
     "a crash of the database loses what other programs changed; the gateway's own commits wait", log::Level::warning},
    {&Durability::synchronous_standby, "no_synchronous_standby",
     "a fail-over would lose the latest logins and logouts; without a standby there is none", log::Level::info}};

void tell(const Durability& found) {
    for (const auto& one : all_warnings) {
        if (!(found.*one.well)) log::write(one.level, "durability", {{"warning", one.name}, {"hint", one.hint}});
    }
    if (found == Durability{}) log::info("durability", {{"warning", ""}});
}

} // namespace

struct DurabilityWatch::State {
    State(Ask a, Pace p) : ask(std::move(a)), pace(p) {}

    static boost::asio::awaitable<void> run(std::shared_ptr<State> state, boost::asio::any_io_executor executor) {
        state->timer.emplace(executor);
        while (!state->stopping) {
            const auto found = co_await state->ask(deadline_in(patience));
            if (found && state->latest != *found) {
                if (state->latest || *found != Durability{}) tell(*found);
                state->latest = *found;
            }
            if (state->stopping) break;
            state->timer->expires_after(state->latest ? state->pace.known : state->pace.unknown);
            co_await state->timer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
    }

    const Ask ask;
    const Pace pace;
    std::optional<boost::asio::steady_timer> timer;
    std::optional<Durability> latest;
    bool stopping = false;
};

DurabilityWatch::DurabilityWatch(Ask ask) : DurabilityWatch(std::move(ask), Pace{}) {}

DurabilityWatch::DurabilityWatch(Ask ask, Pace pace) : state_(std::make_shared<State>(std::move(ask), pace)) {}

DurabilityWatch::~DurabilityWatch() {
    state_->stopping = true;
    if (state_->timer) state_->timer->cancel();
}

void DurabilityWatch::start(boost::asio::any_io_executor executor) {
    boost::asio::co_spawn(executor, State::run(state_, executor), boost::asio::detached);
}

std::vector<std::string_view> DurabilityWatch::warnings() const {
    std::vector<std::string_view> found;
    for (const auto& one : all_warnings) {
        if (state_->latest && !(*state_->latest.*one.well)) found.push_back(one.name);
    }
    return found;
}

} // namespace gatehouse
