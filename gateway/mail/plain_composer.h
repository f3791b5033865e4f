// SPDX-License-Identifier: Apache-2.0
// A letter that needs no store and no template: for `gatehouse mail test`, and for kinds of mail that nobody writes.
// Loop thread.
#pragma once

#include "gateway/mail/composer.h"

namespace gatehouse::mail {

/// For `gatehouse mail test`.
[[nodiscard]] Letter test_letter();

class PlainComposer final : public Composer {
  public:
    /// A letter that names the kind of the mail.
    boost::asio::awaitable<Result<std::optional<Letter>>> compose(const QueuedMail& mail) override;
};

} // namespace gatehouse::mail
