// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/acknowledgements.h"

#include "gateway/log/log.h"
#include "storage/change_feed.h"

#include <algorithm>
#include <boost/algorithm/string/join.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <set>

namespace gatehouse {
namespace {

constexpr std::chrono::minutes sign_of_life{1};
constexpr Millis between_questions{5}; ///< a healthy gateway answers within a few milliseconds

/// Whether an end need not wait for this gateway.
bool has_heard(const std::string& node, std::int64_t number, const std::vector<NodeReport>& reports) {
    const auto report = std::ranges::find(reports, node, &NodeReport::node);
    return report != reports.end() && (report->heard == NodeReport::gone || report->heard >= number);
}

} // namespace

struct Acknowledgements::State {
    State(boost::asio::any_io_executor executor, SessionCache* c, std::string n, Millis deadline)
        : cache(c), node(std::move(n)), command_deadline(deadline), timer(std::move(executor)) {}

    /// The names of the gateways that have not acknowledged the announcement.
    [[nodiscard]] std::set<std::string> behind(std::int64_t number, const std::vector<NodeReport>& reports) const {
        if (!nodes) return {"(the feed has not been read yet)"};
        std::set<std::string> missing(nodes->begin(), nodes->end());
        for (const auto& report : reports)
            if (report.at >= wall_now() - node_gone_after) missing.insert(report.node);
        std::erase_if(missing, [&](const auto& name) { return name == node || has_heard(name, number, reports); });
        return missing;
    }

    SessionCache* const cache;
    const std::string node;
    const Millis command_deadline;
    boost::asio::steady_timer timer;
    std::optional<std::vector<std::string>> nodes; ///< nullopt: the feed has not been read yet
    bool stopping = false;
};

Acknowledgements::Acknowledgements(boost::asio::any_io_executor executor, SessionCache* cache, std::string node,
                                   Millis command_deadline)
    : state_(std::make_shared<State>(std::move(executor), cache, std::move(node), command_deadline)) {}

Acknowledgements::~Acknowledgements() {
    state_->stopping = true;
    state_->timer.cancel();
}

void Acknowledgements::start() {
    if (state_->cache == nullptr) return;
    boost::asio::co_spawn(state_->timer.get_executor(), run(state_), boost::asio::detached);
}

boost::asio::awaitable<void> Acknowledgements::stop(Deadline deadline) {
    const auto state = state_;
    state->stopping = true;
    state->timer.cancel();
    if (state->cache == nullptr) co_return;
    const auto until = std::min(deadline, deadline_in(state->command_deadline));
    (void)co_await report(state, NodeReport::gone, until);
}

void Acknowledgements::met(std::vector<std::string> nodes) {
    state_->nodes = std::move(nodes);
}

void Acknowledgements::armed() {
    state_->timer.cancel(); // the loop then reports at once
}

boost::asio::awaitable<void> Acknowledgements::acknowledge(std::int64_t number) {
    const auto state = state_;
    boost::asio::steady_timer pause(state->timer.get_executor());
    // If Redis does not take the report within `patience`, the end is unconfirmed and nobody waits any more.
    const auto until = deadline_in(patience);
    while (!co_await report(state, number, deadline_in(state->command_deadline)) && !state->stopping &&
           std::chrono::steady_clock::now() < until) {
        pause.expires_after(between_questions);
        co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
}

boost::asio::awaitable<bool> Acknowledgements::by_all(std::int64_t number, Deadline deadline) {
    const auto state = state_;
    boost::asio::steady_timer pause(state->timer.get_executor());
    std::set<std::string> missing;
    for (;;) {
        const auto reports = co_await state->cache->reports(deadline_in(state->command_deadline));
        if (reports) missing = state->behind(number, *reports);
        if (reports && missing.empty()) co_return true;
        if (state->stopping || std::chrono::steady_clock::now() + between_questions >= deadline) {
            const auto names = boost::algorithm::join(missing, " ");
            log::warning("not_acknowledged", {{"nodes", std::string_view(names)}});
            co_return false;
        }
        pause.expires_after(between_questions);
        co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
}

boost::asio::awaitable<void> Acknowledgements::run(std::shared_ptr<State> state) {
    while (!state->stopping) {
        (void)co_await report(state, NodeReport::here, deadline_in(state->command_deadline));
        if (state->stopping) break;
        state->timer.expires_after(sign_of_life);
        co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
}

boost::asio::awaitable<bool> Acknowledgements::report(std::shared_ptr<State> state, std::int64_t heard,
                                                      Deadline deadline) {
    const NodeReport said{state->node, heard, wall_now()};
    const auto written = co_await state->cache->report(said, deadline);
    co_return written.has_value();
}

} // namespace gatehouse
