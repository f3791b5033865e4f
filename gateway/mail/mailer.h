// SPDX-License-Identifier: Apache-2.0
// Everything that sends mail, put together: built only where the configuration names a mail server. Loop thread.
#pragma once

#include "gateway/mail/dispatcher.h"
#include "gateway/mail/transport.h"

#include <boost/asio/any_io_executor.hpp>
#include <string>

namespace gatehouse::mail {

class Mailer {
  public:
    /// `node`: the name of this gateway. Store and composer outlive the mailer.
    Mailer(const boost::asio::any_io_executor& executor, MailStore& store, Composer& composer, const MailConfig& config,
           std::string node);

    void start() { dispatcher_.start(); }
    /// Begins no other mail, and waits for the one under way.
    boost::asio::awaitable<void> stop(Deadline deadline) { return dispatcher_.stop(deadline); }
    /// After the loop has ended. False: a thread is still busy with a mail, whose claim runs out.
    bool end(Millis grace) { return transport_.stop(grace); }

    /// For requests.
    [[nodiscard]] MailQueue& queue() noexcept { return queue_; }
    [[nodiscard]] const Dispatcher& dispatcher() const noexcept { return dispatcher_; }

  private:
    Transport transport_;
    Dispatcher dispatcher_;
    WakingQueue queue_;
};

} // namespace gatehouse::mail
