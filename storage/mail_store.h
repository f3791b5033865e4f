// SPDX-License-Identifier: Apache-2.0
// The mail that waits to be sent, in the database, so that it survives a restart and any gateway may send it. A mail
// has no text here: whoever sends it writes it at that moment, so that no link waits in the database. Threads,
// deadlines and errors as in session_store.h.
#pragma once

#include "storage/instant.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {

struct NewMail {
    std::string id;        ///< UUID
    std::string kind;      ///< what it says, such as "reset_password"
    std::string user_id;   ///< whom it is about; empty: nobody who has an account
    std::string recipient; ///< an e-mail address
    std::string language;  ///< "en", "ru", "uk"
    std::string context;   ///< the application that it is written for
    std::string facts;     ///< JSON object with what the text names, such as a device; empty: nothing
};

/// How much mail of one kind an account gets. The number counts mail that was queued within the span, which is at most
/// a day, because rows of mail that was sent are forgotten then.
struct MailLimit {
    std::size_t count = 0; ///< 0: no limit
    Seconds within{0};
};

struct QueuedMail {
    NewMail mail;
    Instant queued_at;
    int tries = 0; ///< this one included
};

/// For commands.
struct ListedMail {
    NewMail mail;
    Instant queued_at;
    Instant due_at;
    int tries = 0;
    bool given_up = false;
    std::string last_error;
};

struct MailCounts {
    std::size_t waiting = 0;
    std::size_t given_up = 0;
    std::optional<Instant> oldest; ///< of those that wait: when it was queued
};

/// What requests see of the queue.
class MailQueue {
  public:
    virtual ~MailQueue() = default;

    /// False: the limit is reached, or there is no such user; nothing was queued. The limit counts by recipient where
    /// the mail has no user. Of calls at the same time no more succeed than the limit allows.
    virtual boost::asio::awaitable<Result<bool>> enqueue(NewMail mail, MailLimit limit, Instant now,
                                                         Deadline deadline) = 0;
};

class MailStore : public MailQueue {
  public:
    /// Takes the mail that has been due for longest. No other gateway takes it before `until`.
    virtual boost::asio::awaitable<Result<std::optional<QueuedMail>>> claim(std::string node, Instant now,
                                                                            Instant until, Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<void>> sent(std::string id, Instant now, Deadline deadline) = 0;
    /// It is due again at `due_at`. `tries` is QueuedMail::tries of the claim: nothing changes if the claim ran out and
    /// another gateway has taken the mail since.
    virtual boost::asio::awaitable<Result<void>> postpone(std::string id, int tries, std::string error, Instant due_at,
                                                          Deadline deadline) = 0;
    /// Nobody tries again, except by `retry`. `tries` as in postpone.
    virtual boost::asio::awaitable<Result<void>> give_up(std::string id, int tries, std::string error, Instant now,
                                                         Deadline deadline) = 0;

    virtual boost::asio::awaitable<Result<MailCounts>> counts(Deadline deadline) = 0;
    /// What waits and what was given up, in order of queued_at and id, after `after` (the id of a mail that has not
    /// been forgotten; empty: from the start).
    virtual boost::asio::awaitable<Result<std::vector<ListedMail>>> waiting(std::string after, std::size_t limit,
                                                                            Deadline deadline) = 0;
    /// Makes mail due now, also mail that was given up, but not mail that a gateway is sending. Empty id: all of it.
    /// The number of mails.
    virtual boost::asio::awaitable<Result<std::size_t>> retry(std::string id, Instant now, Deadline deadline) = 0;
    /// Removes rows of mail that was sent before the one moment or given up before the other. The number of rows.
    virtual boost::asio::awaitable<Result<std::size_t>> forget_mail(Instant sent_before, Instant given_up_before,
                                                                    std::size_t limit, Deadline deadline) = 0;
};

} // namespace gatehouse
