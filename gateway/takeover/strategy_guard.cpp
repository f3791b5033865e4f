// SPDX-License-Identifier: Apache-2.0
#include "gateway/takeover/strategy_guard.h"

#include "gateway/log/log.h"
#include "gateway/takeover/audit.h"
#include "gateway/takeover/catch_up.h"
#include "gateway/takeover/strategy.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace gatehouse {
namespace {

constexpr Seconds between_announcements{20};
constexpr Seconds soon{1}; ///< if the database did not answer
constexpr Millis patience{2000};

std::string store_trouble(std::string_view what, boost::system::error_code error) {
    return fmt::format("{} cannot be asked whether the strategy may change ({}); try again when it answers", what,
                       error.message());
}

} // namespace

std::optional<std::string> refuse_step(Strategy to, const std::vector<Announcement>& announced, const std::string& self,
                                       Instant now) {
    for (const auto& one : announced) {
        const auto theirs = strategy_named(one.strategy);
        const bool own = one.node == self;
        if (!theirs || (!own && one.at + gateway_gone_after < now) || are_neighbours(*theirs, to)) continue;
        return fmt::format("the strategy moves one step at a time (mock-only, mock-with-write-through, gradual, "
                           "production-only), and {} {} {}: {} is more than a step away",
                           own ? "this gateway" : "the gateway " + one.node, own ? "was last at" : "is at",
                           one.strategy, name_of(to));
    }
    return std::nullopt;
}

struct StrategyGuard::State {
    State(boost::asio::any_io_executor executor, TakeoverStore& s, SessionStore& its, LegacyStore& l, std::string n)
        : store(s), sessions(its), legacy(l), node(std::move(n)), timer(std::move(executor)) {}

    boost::asio::awaitable<std::optional<std::string>> leave(const LegacyConfig& older, SettingsPtr settings) {
        std::unordered_set<std::string> live_there;
        TakeoverAuditOptions options;
        options.context = older.context;
        options.until_unmoved = !older.accept_loss;
        options.live_there = &live_there;
        const Millis patience_of_each = options.patience;
        const auto found = co_await audit(legacy, store, std::move(options));
        if (!found) co_return store_trouble("the older system", found.error());
        if (found->unmoved > 0 && !older.accept_loss) co_return std::string(why_not);
        if (settings == nullptr) co_return std::nullopt;
        const auto ended =
            co_await catch_up(legacy, store, sessions, settings->seal, older.context, live_there, patience_of_each);
        if (!ended) co_return store_trouble("the older system", ended.error());
        log::info("ended_over_there", {{"sessions", static_cast<std::int64_t>(*ended)}, {"by", "the last step"}});
        co_return std::nullopt;
    }

    static constexpr std::string_view why_not =
        "there are sessions of the older system that were not taken over, and production-only would end "
        "them: "
        "`gatehouse migrate sessions` takes them over, `gatehouse migrate plan --to production-only` counts "
        "them, and legacy_accept_loss = true accepts their loss";

    TakeoverStore& store;
    SessionStore& sessions;
    LegacyStore& legacy;
    const std::string node;
    boost::asio::steady_timer timer;
    std::shared_ptr<const Config> config;
    std::string refused; ///< why the last reload was refused; empty: it was not
    Instant refused_at{};
    bool news = false; ///< not announced yet
    bool stopping = false;
};

StrategyGuard::StrategyGuard(boost::asio::any_io_executor executor, TakeoverStore& store, SessionStore& sessions,
                             LegacyStore& legacy, std::string node)
    : state_(std::make_shared<State>(std::move(executor), store, sessions, legacy, std::move(node))) {}

StrategyGuard::~StrategyGuard() {
    state_->stopping = true;
    state_->timer.cancel();
}

boost::asio::awaitable<std::optional<std::string>> StrategyGuard::may_use(std::shared_ptr<const Config> config,
                                                                          SettingsPtr current, bool starting) {
    const auto state = state_;
    if (state->config && state->config->strategy == config->strategy) co_return std::nullopt;
    const auto announced = co_await state->store.announced(deadline_in(patience));
    if (!announced && starting) co_return std::nullopt;
    if (!announced) co_return store_trouble("the database", announced.error());
    auto all = *announced;
    if (state->config) { // of this gateway, the running strategy counts, whatever the database says
        std::erase_if(all, [&](const Announcement& one) { return one.node == state->node; });
        all.push_back({state->node, std::string(name_of(state->config->strategy)), wall_now()});
    }
    if (auto refusal = refuse_step(config->strategy, all, state->node, wall_now())) co_return refusal;
    const bool was_there = std::ranges::any_of(all, [&](const Announcement& one) {
        return one.node == state->node && one.strategy == name_of(config->strategy);
    });
    const bool last_step = config->strategy == Strategy::production_only && !was_there;
    if (!last_step || (config->legacy.accept_loss && current == nullptr)) co_return std::nullopt;
    auto refusal = co_await state->leave(config->legacy, std::move(current));
    if (refusal && config->legacy.accept_loss) {
        log::warning("strategy", {{"message", std::string_view(*refusal)}, {"hint", "legacy_accept_loss: goes on"}});
        co_return std::nullopt;
    }
    co_return refusal;
}

void StrategyGuard::use(std::shared_ptr<const Config> config) {
    const bool first = state_->config == nullptr;
    state_->config = std::move(config);
    state_->refused.clear();
    if (first) {
        boost::asio::co_spawn(state_->timer.get_executor(), keep_saying(state_), boost::asio::detached);
    } else {
        say_at_once();
    }
}

void StrategyGuard::refused(std::string why) {
    state_->refused = std::move(why);
    state_->refused_at = wall_now();
    say_at_once();
}

/// An announcement that is under way is followed by another one.
void StrategyGuard::say_at_once() {
    state_->news = true;
    state_->timer.cancel();
}

boost::asio::awaitable<void> StrategyGuard::keep_saying(std::shared_ptr<State> state) {
    while (!state->stopping) {
        state->news = false;
        Announcement announcement{state->node, std::string(name_of(state->config->strategy)), wall_now(),
                                  state->refused, state->refused_at};
        const auto heard = co_await state->store.announce(std::move(announcement), deadline_in(patience));
        if (state->stopping) co_return;
        if (state->news) continue;
        state->timer.expires_after(heard ? between_announcements : soon);
        co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
}

} // namespace gatehouse
