// SPDX-License-Identifier: Apache-2.0
// Hands a finished mail to the mail server, or puts it into a folder, on a thread of its own: the loop never waits for
// a mail server. Loop thread.
#pragma once

#include "gateway/config/config.h"
#include "gateway/config/mail.h"
#include "storage/worker_pool.h"

#include <boost/asio/awaitable.hpp>
#include <string>

namespace gatehouse::mail {

struct Parcel {
    std::string id;
    std::string from; ///< the address to which a failure is reported
    std::string to;
    std::string bytes; ///< as write_message makes them
};

struct Delivery {
    enum class Outcome {
        sent,
        later,   ///< a later try may succeed
        refused, ///< the server will never take this mail
    };
    Outcome outcome = Outcome::later;
    /// In the words of the server, without the recipient's address; printable ASCII.
    std::string answer;
    std::string advice;    ///< what an operator can do about it; empty: nothing, or not needed
    bool no_server = true; ///< no server has judged this mail: the next one would fare the same
};

/// What a delivery needs of the configuration.
struct Route {
    MailConfig config;
    config::MailTarget target;
};

/// Throws std::runtime_error if mail_url cannot be understood, which the configuration has checked.
[[nodiscard]] Route route_of(const MailConfig& config);

/// Blocks until the mail is delivered or has failed. For the command line, and for the thread of Transport.
[[nodiscard]] Delivery deliver(const Route& route, const Parcel& parcel);

class Transport {
  public:
    explicit Transport(const MailConfig& config);

    /// How long `send` takes at most.
    [[nodiscard]] Millis patience() const noexcept;
    /// Waits longer than the mail server may take, so that a mail that was sent is known to be sent.
    boost::asio::awaitable<Delivery> send(Parcel parcel);
    /// False: the thread is still busy with a mail.
    bool stop(Millis grace) { return thread_.stop(grace); }

  private:
    Route route_;
    WorkerPool thread_{{.name = "mail", .threads = 1, .queue = 4}};
};

} // namespace gatehouse::mail
