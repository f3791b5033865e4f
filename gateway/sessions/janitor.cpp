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

constexpr std::chrono::hours keep_sessions{24};      ///< after their end, for people who look into the table
constexpr std::chrono::hours keep_changes{1};        ///< longer than a reader may be away
constexpr std::chrono::hours keep_nodes{24};         ///< without a sign of life
constexpr std::chrono::hours keep_sent_mail{25};     ///< longer than the longest limit counts it
constexpr std::chrono::hours keep_given_up{30 * 24}; ///< for an operator who mends the mail server
constexpr std::chrono::hours keep_tokens{1};         ///< after their time, for hosts whose clocks differ
constexpr std::size_t batch = 1000;
constexpr Millis patience{2000};

} // namespace

struct Janitor::State {
    State(boost::asio::any_io_executor executor, House h, Pace p)
        : house(std::move(h)), pace(p), timer(std::move(executor)) {}

    /// How many rows of each kind were deleted; 0 if the store did not answer.
    struct Deleted {
        std::size_t sessions = 0;
        std::size_t changes = 0; ///< including gateways
        std::size_t tokens = 0;  ///< one-time tokens
        std::size_t web = 0;     ///< rows of the web databases that belong to sessions
        std::size_t mail = 0;
        bool more = false; ///< at least one kind has more to delete
    };

    boost::asio::awaitable<Deleted> delete_some() const {
        const auto now = wall_now();
        const auto purged = co_await house.sessions.purge(now - keep_sessions, batch, deadline_in(patience));
        const auto forgotten =
            co_await house.feed.forget(now - keep_changes, now - keep_nodes, batch, deadline_in(patience));
        const auto unused = co_await house.one_time.forget_one_time(now - keep_tokens, batch, deadline_in(patience));
        Deleted deleted{purged ? *purged : 0, forgotten ? *forgotten : 0, unused ? *unused : 0};
        deleted.more = deleted.sessions >= batch || deleted.changes >= batch || deleted.tokens >= batch;
        for (auto* const store : house.web) {
            const auto rows = co_await store->purge(now - keep_sessions, batch, deadline_in(patience));
            deleted.web += rows ? *rows : 0;
            deleted.more = deleted.more || (rows && *rows >= batch);
        }
        if (house.mail != nullptr) {
            const auto rows = co_await house.mail->forget_mail(now - keep_sent_mail, now - keep_given_up, batch,
                                                               deadline_in(patience));
            deleted.mail = rows ? *rows : 0;
            deleted.more = deleted.more || deleted.mail >= batch;
        }
        co_return deleted;
    }

    static boost::asio::awaitable<void> run(std::shared_ptr<State> state) {
        while (!state->stopping) {
            const auto deleted = co_await state->delete_some();
            if (deleted.sessions + deleted.changes + deleted.tokens + deleted.web + deleted.mail > 0) {
                log::info("purged", {{"sessions", static_cast<std::int64_t>(deleted.sessions)},
                                     {"changes", static_cast<std::int64_t>(deleted.changes)},
                                     {"one_time_tokens", static_cast<std::int64_t>(deleted.tokens)},
                                     {"web_sessions", static_cast<std::int64_t>(deleted.web)},
                                     {"mail", static_cast<std::int64_t>(deleted.mail)}});
            }
            if (state->stopping) break;
            state->timer.expires_after(deleted.more ? state->pace.breath : state->pace.rest);
            co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
    }

    const House house;
    const Pace pace;
    boost::asio::steady_timer timer;
    bool stopping = false;
};

Janitor::Janitor(boost::asio::any_io_executor executor, House house)
    : Janitor(std::move(executor), std::move(house), Pace{}) {}

Janitor::Janitor(boost::asio::any_io_executor executor, House house, Pace pace)
    : state_(std::make_shared<State>(std::move(executor), std::move(house), pace)) {}

Janitor::~Janitor() {
    state_->stopping = true;
    state_->timer.cancel();
}

void Janitor::start() {
    boost::asio::co_spawn(state_->timer.get_executor(), State::run(state_), boost::asio::detached);
}

} // namespace gatehouse
