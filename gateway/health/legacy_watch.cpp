// SPDX-License-Identifier: Apache-2.0
#include "gateway/health/legacy_watch.h"

#include "gateway/log/log.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

namespace gatehouse {
namespace {

constexpr Millis between_looks{500};
constexpr std::chrono::minutes quiet{10};
constexpr std::size_t most = 8; ///< reasons in that time

} // namespace

bool ToldLately::is_worth_telling(const std::string& reason, Deadline now) {
    std::erase_if(told_, [&](const Told& one) { return one.at + quiet <= now; });
    if (told_.size() >= most || std::ranges::find(told_, reason, &Told::reason) != told_.end()) return false;
    told_.push_back({reason, now});
    return true;
}

struct LegacyWatch::State {
    explicit State(Take t) : take(std::move(t)) {}

    static boost::asio::awaitable<void> run(std::shared_ptr<State> state) {
        while (!state->stopping) {
            const std::string reason = state->take();
            if (!reason.empty() && state->told.is_worth_telling(reason, std::chrono::steady_clock::now()))
                log::warning("legacy_trouble",
                             {{"reason", std::string_view(reason)},
                              {"hint", "`gatehouse config check` names a table, column or right that is missing there, "
                                       "and what mends it"}});
            state->timer->expires_after(between_looks);
            co_await state->timer->async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
    }

    const Take take;
    ToldLately told;
    std::optional<boost::asio::steady_timer> timer;
    bool stopping = false;
};

LegacyWatch::LegacyWatch(Take take) : state_(std::make_shared<State>(std::move(take))) {}

LegacyWatch::~LegacyWatch() {
    state_->stopping = true;
    if (state_->timer) state_->timer->cancel();
}

void LegacyWatch::start(boost::asio::any_io_executor executor) {
    state_->timer.emplace(executor);
    boost::asio::co_spawn(executor, State::run(state_), boost::asio::detached);
}

} // namespace gatehouse
