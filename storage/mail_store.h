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

/// How much mail of one kind an account gets. The number counts mail that was queued within the span.
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

class MailStore {
  public:
    virtual ~MailStore() = default;

    /// False: the limit is reached, or there is no such user; nothing was queued. The limit counts by recipient where
    /// the mail has no user.
    virtual boost::asio::awaitable<Result<bool>> enqueue(NewMail mail, MailLimit limit, Instant now,
                                                         Deadline deadline) = 0;

    /// Takes the mail that has been due for longest. No other gateway takes it before `until`.
    virtual boost::asio::awaitable<Result<std::optional<QueuedMail>>> claim(std::string node, Instant now,
                                                                            Instant until, Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<void>> sent(std::string id, Instant now, Deadline deadline) = 0;
    /// It is due again at `due_at`.
    virtual boost::asio::awaitable<Result<void>> postpone(std::string id, std::string error, Instant due_at,
                                                          Deadline deadline) = 0;
    /// Nobody tries again, except by `retry`.
    virtual boost::asio::awaitable<Result<void>> give_up(std::string id, std::string error, Instant now,
                                                         Deadline deadline) = 0;

    virtual boost::asio::awaitable<Result<MailCounts>> counts(Instant now, Deadline deadline) = 0;
    /// What waits and what was given up, in order of queued_at and id, after `after` (an id; empty: from the start).
    virtual boost::asio::awaitable<Result<std::vector<ListedMail>>> waiting(std::string after, std::size_t limit,
                                                                            Deadline deadline) = 0;
    /// Makes mail due now, also mail that was given up. Empty id: all of it. The number of mails.
    virtual boost::asio::awaitable<Result<std::size_t>> retry(std::string id, Instant now, Deadline deadline) = 0;
    /// Removes rows of mail that was sent or given up before `before`. The number of rows.
    virtual boost::asio::awaitable<Result<std::size_t>> forget_mail(Instant before, std::size_t limit,
                                                                    Deadline deadline) = 0;
};

} // namespace gatehouse
