// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/dispatcher.h"

#include "gateway/log/log.h"
#include "gateway/mail/letter.h"

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace gatehouse::mail {
namespace {

constexpr Millis store_patience{2000};
/// Beside the time that sending takes: for the composer and for noting the result.
constexpr Millis beside_sending{5000};

} // namespace

Seconds pause_after(int tries) noexcept {
    constexpr std::array pauses{Seconds{10}, Seconds{30}, Seconds{120}, Seconds{600}};
    const auto at = static_cast<std::size_t>(tries < 1 ? 0 : tries - 1);
    return at < pauses.size() ? pauses[at] : Seconds{3600};
}

struct Dispatcher::State {
    State(boost::asio::any_io_executor executor, Parts p, Pace pc)
        : parts(std::move(p)), pace(pc), timer(executor), ended(std::move(executor)) {}

    static boost::asio::awaitable<void> run(std::shared_ptr<State> state) {
        state->running = true;
        while (!state->stopping) {
            state->woken = false;
            const bool more = co_await state->send_one();
            if (state->stopping) break;
            co_await state->count_if_due(!more);
            if (more || state->woken || state->stopping) continue;
            state->timer.expires_after(state->pace.poll);
            co_await state->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
        state->running = false;
        state->ended.cancel();
    }

    /// Whether to look for another mail at once.
    boost::asio::awaitable<bool> send_one() {
        const auto now = wall_now();
        const auto claimed = co_await parts.store.claim(parts.node, now, now + parts.patience + beside_sending,
                                                        deadline_in(store_patience));
        if (!claimed || !*claimed) co_return false;
        const QueuedMail& mail = **claimed;
        const auto letter = co_await parts.composer.compose(mail);
        if (letter && !*letter) {
            ++stats.dropped;
            changed = true;
            tell(log::Level::info, "mail_dropped", mail, "not wanted any more", {});
            static_cast<void>(co_await parts.store.sent(mail.mail.id, wall_now(), deadline_in(store_patience)));
            co_return true;
        }
        Delivery delivery;
        if (letter)
            delivery = co_await deliver_letter(mail, **letter);
        else
            delivery.answer = "the text could not be written: " + letter.error().message();
        co_await settle(mail, delivery);
        // Where no server judges, the next mail would fare the same: the next look is soon enough.
        co_return !(delivery.outcome == Delivery::Outcome::later && delivery.no_server);
    }

    boost::asio::awaitable<Delivery> deliver_letter(const QueuedMail& mail, const Letter& letter) {
        const Cover cover{mail.mail.id, parts.from, mail.mail.recipient, wall_now()};
        auto message = write_message(cover, letter);
        if (!message.problem.empty())
            co_return Delivery{Delivery::Outcome::refused, std::move(message.problem), {}, false};
        Parcel parcel{mail.mail.id, parts.from.address, mail.mail.recipient, std::move(message.bytes)};
        co_return co_await parts.send(std::move(parcel));
    }

    boost::asio::awaitable<void> settle(const QueuedMail& mail, const Delivery& delivery) {
        const auto& id = mail.mail.id;
        const auto now = wall_now();
        const auto deadline = deadline_in(store_patience);
        if (delivery.outcome == Delivery::Outcome::sent) {
            ++stats.sent;
            tell(log::Level::info, "mail_sent", mail, delivery.answer, {});
            co_await note_sent(id);
        } else if (delivery.outcome == Delivery::Outcome::refused || now - mail.queued_at > pace.give_up_after) {
            ++stats.given_up;
            tell(log::Level::error, "mail_given_up", mail, delivery.answer,
                 delivery.advice.empty() ? "`gatehouse mail queue` shows it, `gatehouse mail retry` tries again"
                                         : delivery.advice);
            static_cast<void>(co_await parts.store.give_up(id, mail.tries, delivery.answer, now, deadline));
        } else {
            ++stats.postponed;
            tell(log::Level::warning, "mail_postponed", mail, delivery.answer, delivery.advice);
            static_cast<void>(co_await parts.store.postpone(id, mail.tries, delivery.answer,
                                                            now + pause_after(mail.tries), deadline));
        }
        changed = true;
    }

    /// A mail that was sent and not noted would be sent twice: so this is tried until the claim runs out.
    boost::asio::awaitable<void> note_sent(const std::string& id) {
        const auto until = deadline_in(beside_sending);
        for (;;) {
            const auto noted = co_await parts.store.sent(id, wall_now(), deadline_in(store_patience));
            if (noted || std::chrono::steady_clock::now() >= until) co_return;
            boost::asio::steady_timer breath(timer.get_executor(), Millis{200});
            co_await breath.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
    }

    /// Not after each mail of many, because a count reads everything that waits.
    boost::asio::awaitable<void> count_if_due(bool idle) {
        if (std::chrono::steady_clock::now() < counted_until && !(idle && changed)) co_return;
        changed = false;
        const auto counts = co_await parts.store.counts(deadline_in(store_patience));
        if (counts) stats.in_store = *counts;
        counted_until = deadline_in(pace.count);
    }

    void tell(log::Level level, std::string_view event, const QueuedMail& mail, std::string_view answer,
              std::string_view hint) const {
        if (hint.empty()) {
            log::write(level, event,
                       {{"mail", std::string_view(mail.mail.id)},
                        {"kind", std::string_view(mail.mail.kind)},
                        {"user", std::string_view(mail.mail.user_id)},
                        {"tries", std::int64_t{mail.tries}},
                        {"answer", answer}});
        } else {
            log::write(level, event,
                       {{"mail", std::string_view(mail.mail.id)},
                        {"kind", std::string_view(mail.mail.kind)},
                        {"user", std::string_view(mail.mail.user_id)},
                        {"tries", std::int64_t{mail.tries}},
                        {"answer", answer},
                        {"hint", hint}});
        }
    }

    const Parts parts;
    const Pace pace;
    boost::asio::steady_timer timer;
    boost::asio::steady_timer ended; ///< cancelled when the last mail is through
    Stats stats;
    Deadline counted_until{};
    bool changed = false; ///< since the last count
    bool woken = false;
    bool running = false;
    bool stopping = false;
};

Dispatcher::Dispatcher(boost::asio::any_io_executor executor, Parts parts)
    : Dispatcher(std::move(executor), std::move(parts), Pace{}) {}

Dispatcher::Dispatcher(boost::asio::any_io_executor executor, Parts parts, Pace pace)
    : state_(std::make_shared<State>(std::move(executor), std::move(parts), pace)) {}

Dispatcher::~Dispatcher() {
    state_->stopping = true;
    state_->timer.cancel();
}

void Dispatcher::start() {
    boost::asio::co_spawn(state_->timer.get_executor(), State::run(state_), boost::asio::detached);
}

void Dispatcher::wake() {
    state_->woken = true;
    state_->timer.cancel();
}

boost::asio::awaitable<void> Dispatcher::stop(Deadline deadline) {
    const auto state = state_;
    state->stopping = true;
    state->timer.cancel();
    if (!state->running) co_return;
    state->ended.expires_at(deadline);
    co_await state->ended.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

const Dispatcher::Stats& Dispatcher::stats() const noexcept {
    return state_->stats;
}

Seconds Dispatcher::oldest(Instant now) const noexcept {
    const auto& queued = state_->stats.in_store.oldest;
    return queued && *queued < now ? std::chrono::floor<Seconds>(now - *queued) : Seconds{0};
}

boost::asio::awaitable<Result<bool>> WakingQueue::enqueue(NewMail mail, MailLimit limit, Instant now,
                                                          Deadline deadline) {
    auto queued = co_await queue_.enqueue(std::move(mail), limit, now, deadline);
    if (queued && *queued) dispatcher_.wake();
    co_return queued;
}

} // namespace gatehouse::mail
