// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/feed_reader.h"

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

constexpr std::size_t most_changes = 5000; ///< of one look; more are a gap
constexpr Millis patience{400};            ///< for one look: two may fail before the proof of the last one ends
/// Changes are kept for an hour. Who has not looked for so long cannot know that nothing has been purged.
constexpr std::chrono::minutes memory_of_feed{30};
/// Whoever ends a session while Redis is away waits for the others: so long after a change each look is reported.
constexpr Millis somebody_may_wait{2000};
constexpr std::chrono::minutes sign_of_life{1}; ///< how often a node reports in quiet times

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
    // If nobody hears it, others wait for this node in vain until it is forgotten.
    if (state->last_report) (void)co_await state->feed.leave(state->node, deadline);
}

boost::asio::awaitable<void> FeedReader::run(std::shared_ptr<State> state) {
    while (!state->stopping) {
        const auto next = std::chrono::steady_clock::now() + interval;
        co_await look(state);
        if (state->stopping) break;
        state->timer.expires_at(next);
        co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
}

boost::asio::awaitable<void> FeedReader::look(std::shared_ptr<State> state) {
    const auto sent = BootClock::now();
    auto page = co_await state->feed.look(state->position, most_changes, deadline_in(patience));
    if (state->stopping) co_return;
    ++state->stats.looks;
    if (!page) {
        ++state->stats.failures;
        if (!std::exchange(state->failing, true)) log::warning("feed_unreadable");
        state->audience.no_answer();
        co_return;
    }
    if (std::exchange(state->failing, false)) log::info("feed_readable");
    const bool too_long_ago = state->last_look && sent - *state->last_look > memory_of_feed;
    if (page->gap || too_long_ago) {
        ++state->stats.gaps;
        log::warning("feed_gap");
    }
    // The first look finds nothing, and what was remembered before it may have changed before it.
    if (page->gap || too_long_ago || !state->last_look) state->audience.missed_changes();
    const auto looked_at = page->looked_at;
    state->position = page->position;
    const bool news = page->gap || !page->ended.empty() || !page->users.empty();
    if (news) {
        state->stats.changes += page->ended.size() + page->users.size();
        FeedPage changes = std::move(*page);
        co_await state->audience.changed(std::move(changes));
        if (state->stopping) co_return;
    }
    state->last_look = sent;
    co_await state->audience.looked(sent);
    if (state->stopping) co_return;
    co_await report(state, looked_at, news);
}

boost::asio::awaitable<void> FeedReader::report(std::shared_ptr<State> state, Instant looked_at, bool news) {
    const auto now = BootClock::now();
    if (news) state->last_news = now;
    const bool awaited = state->last_news && now - *state->last_news < somebody_may_wait;
    if (!awaited && state->last_report && now - *state->last_report < sign_of_life) co_return;
    const auto told = co_await state->feed.seen(state->node, looked_at, deadline_in(patience));
    if (told) state->last_report = now;
}

} // namespace gatehouse
