// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/feed_reader.h"

#include "gateway/log/log.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>

namespace gatehouse {
namespace {

constexpr std::size_t most_changes = 5000; ///< in one look; if there are more, the look counts as a gap
constexpr Millis patience{400};            ///< for one look: two may fail before the proof of the last good one ends
/// A look that our own queue refused is tried again after this long.
constexpr Millis once_more_after{50};
constexpr std::chrono::minutes between_complaints{1}; ///< about refused looks
/// Changes are kept for an hour. A reader that has not looked for 30 minutes counts as one that may have missed purged
/// changes.
constexpr std::chrono::minutes memory_of_feed{30};
/// While Redis is away, an end waits until the other gateways have read it. So each look is reported for this long
/// after a change.
constexpr Millis somebody_may_wait{2000};
constexpr Millis between_questions{50};         ///< whether all gateways have read the feed
constexpr std::chrono::minutes sign_of_life{1}; ///< how often a gateway reports in quiet times

} // namespace

struct FeedReader::State {
    State(boost::asio::any_io_executor executor, ChangeFeed& f, std::string n, Audience& a)
        : feed(f), node(std::move(n)), audience(a), timer(std::move(executor)) {}

    ChangeFeed& feed;
    const std::string node;
    Audience& audience;
    boost::asio::steady_timer timer;
    FeedReaderStats stats;
    std::string position;
    std::optional<Moment> last_look;
    std::optional<Moment> last_news;
    std::optional<Moment> last_report;
    std::optional<Moment> last_complaint;
    bool failing = false;
    bool stopping = false;
};

FeedReader::FeedReader(boost::asio::any_io_executor executor, ChangeFeed& feed, std::string node, Audience& audience)
    : state_(std::make_shared<State>(std::move(executor), feed, std::move(node), audience)) {}

FeedReader::~FeedReader() {
    state_->stopping = true;
    state_->timer.cancel();
}

const std::string& FeedReader::node() const noexcept {
    return state_->node;
}

const FeedReaderStats& FeedReader::stats() const noexcept {
    return state_->stats;
}

void FeedReader::start() {
    boost::asio::co_spawn(state_->timer.get_executor(), run(state_), boost::asio::detached);
}

boost::asio::awaitable<void> FeedReader::stop(Deadline deadline) {
    const auto state = state_;
    state->stopping = true;
    state->timer.cancel();
    // If the database does not record this, ends wait for this gateway in vain until it is forgotten.
    if (state->last_report) (void)co_await state->feed.leave(state->node, deadline);
}

boost::asio::awaitable<void> FeedReader::run(std::shared_ptr<State> state) {
    while (!state->stopping) {
        const auto began = std::chrono::steady_clock::now();
        const auto sent = BootClock::now();
        const bool asked = co_await look(state, sent);
        if (state->stopping) break;
        state->audience.tried(sent);
        state->timer.expires_at(asked ? began + interval : std::chrono::steady_clock::now() + once_more_after);
        co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
}

boost::asio::awaitable<bool> FeedReader::look(std::shared_ptr<State> state, Moment sent) {
    auto page = co_await state->feed.look(state->position, most_changes, deadline_in(patience));
    if (state->stopping) co_return true;
    if (!page && page.error() == StoreError::overloaded) {
        complain(*state);
        co_return false;
    }
    ++state->stats.looks;
    if (page) {
        co_await take_in(state, sent, *std::move(page));
        co_return true;
    }
    ++state->stats.failures;
    if (!std::exchange(state->failing, true)) log::warning("feed_unreadable");
    state->audience.no_answer();
    co_return true;
}

/// The database was not asked, so nothing is known: neither that it answers nor that it does not.
void FeedReader::complain(State& state) {
    ++state.stats.refused;
    const auto now = BootClock::now();
    if (state.last_complaint && now - *state.last_complaint < between_complaints) return;
    state.last_complaint = now;
    log::warning("feed_put_off", {{"refused", static_cast<std::int64_t>(state.stats.refused)},
                                  {"hint", "too many operations wait for the database; see database_queue"}});
}

boost::asio::awaitable<void> FeedReader::take_in(std::shared_ptr<State> state, Moment sent, FeedPage page) {
    if (std::exchange(state->failing, false)) log::info("feed_readable");
    const bool too_long_ago = state->last_look && sent - *state->last_look > memory_of_feed;
    if (page.gap || too_long_ago) {
        ++state->stats.gaps;
        log::warning("feed_gap");
    }
    // The first look returns no changes, but what was remembered before it may have changed.
    if (page.gap || too_long_ago || !state->last_look) state->audience.missed_changes();
    state->audience.met(std::move(page.nodes));
    const auto looked_at = page.looked_at;
    state->position = page.position;
    const bool news = page.gap || !page.ended.empty() || !page.users.empty();
    if (news) {
        FeedPage changes = std::move(page);
        co_await state->audience.changed(std::move(changes));
        if (state->stopping) co_return;
    }
    state->last_look = sent;
    // If the other gateways do not know of this one, no end waits for it, so it does not count as informed.
    if (!co_await report(state, looked_at, news) || state->stopping) co_return;
    co_await state->audience.looked(sent);
}

/// Whether the other gateways know of this one.
boost::asio::awaitable<bool> FeedReader::report(std::shared_ptr<State> state, Instant looked_at, bool news) {
    const auto now = BootClock::now();
    if (news) state->last_news = now;
    const bool awaited = state->last_news && now - *state->last_news < somebody_may_wait;
    if (!awaited && state->last_report && now - *state->last_report < sign_of_life) co_return true;
    const auto told = co_await state->feed.seen(state->node, looked_at, deadline_in(patience));
    if (told) state->last_report = now;
    const bool known = state->last_report && now - *state->last_report < node_gone_after;
    co_return known;
}

boost::asio::awaitable<bool> all_have_read(ChangeFeed& feed, std::string self, Deadline until) {
    const auto since = co_await feed.clock(until);
    if (!since) co_return false;
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    for (;;) {
        const auto behind = co_await feed.nodes_behind(self, *since, node_gone_after, until);
        if (behind && *behind == 0) co_return true;
        if (std::chrono::steady_clock::now() + between_questions >= until) co_return false;
        timer.expires_after(between_questions);
        co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
}

} // namespace gatehouse
