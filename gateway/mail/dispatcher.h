// SPDX-License-Identifier: Apache-2.0
// Sends the mail that waits in the database, one at a time: claims what is due, has it written, hands it to the
// transport, and notes how it went. Every gateway does so; the claim sees to it that each mail has one sender. A
// gateway that is killed meanwhile leaves a claim that runs out. Loop thread.
#pragma once

#include "gateway/config/mail.h"
#include "gateway/mail/composer.h"
#include "gateway/mail/transport.h"
#include "storage/mail_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace gatehouse::mail {

/// When a mail is tried again after this many tries: 10 s, 30 s, 2 min, 10 min, then every hour.
[[nodiscard]] Seconds pause_after(int tries) noexcept;

class Dispatcher {
  public:
    struct Pace {
        Millis poll{3000};             ///< between looks for mail that another gateway has queued, or that is due again
        Millis count{10'000};          ///< between counts of what waits
        Seconds give_up_after{86'400}; ///< after it was queued
    };
    /// What it works with. Stores, composer and send outlive the dispatcher.
    struct Parts {
        MailStore& store;
        Composer& composer;
        std::function<boost::asio::awaitable<Delivery>(Parcel)> send;
        Millis patience; ///< how long `send` takes at most
        config::MailSender from;
        std::string node;
    };
    struct Stats {
        std::uint64_t sent = 0;
        std::uint64_t postponed = 0; ///< tries that failed and are repeated
        std::uint64_t dropped = 0;   ///< not wanted any more
        std::uint64_t given_up = 0;
        MailCounts in_store; ///< of all gateways, as counted last
    };

    Dispatcher(boost::asio::any_io_executor executor, Parts parts);
    Dispatcher(boost::asio::any_io_executor executor, Parts parts, Pace pace);
    ~Dispatcher();
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;

    void start();
    /// Mail was queued here: looks at once.
    void wake();
    /// Begins no other mail, and waits for the one under way.
    boost::asio::awaitable<void> stop(Deadline deadline);

    [[nodiscard]] const Stats& stats() const noexcept;
    /// How long the oldest mail has been waiting.
    [[nodiscard]] Seconds oldest(Instant now) const noexcept;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

/// The queue that requests use: the dispatcher of the same process looks as soon as a mail is in it.
class WakingQueue final : public MailQueue {
  public:
    WakingQueue(MailQueue& queue, Dispatcher& dispatcher) : queue_(queue), dispatcher_(dispatcher) {}
    boost::asio::awaitable<Result<bool>> enqueue(NewMail mail, MailLimit limit, Instant now,
                                                 Deadline deadline) override;

  private:
    MailQueue& queue_;
    Dispatcher& dispatcher_;
};

} // namespace gatehouse::mail
