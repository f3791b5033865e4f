// SPDX-License-Identifier: Apache-2.0
// Who writes what a queued mail says. A mail is written at the moment when it is sent, for every try anew. Loop thread.
#pragma once

#include "storage/mail_store.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

namespace gatehouse::mail {

/// What a person reads: UTF-8, lines ending in \n. The subject is one line.
struct Letter {
    std::string subject;
    std::string text;
    std::string html; ///< empty: the mail has text only
};

class Composer {
  public:
    virtual ~Composer() = default;

    /// nullopt: the mail is not wanted any more (the user is gone, the password was changed since): it is dropped. An
    /// error: the store that the letter needs did not answer, and the mail is tried again later.
    virtual boost::asio::awaitable<Result<std::optional<Letter>>> compose(const QueuedMail& mail) = 0;
};

} // namespace gatehouse::mail
