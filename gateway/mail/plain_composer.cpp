// SPDX-License-Identifier: Apache-2.0
#include "gateway/mail/plain_composer.h"

namespace gatehouse::mail {

Letter test_letter() {
    return {
        "Gatehouse can send mail", "This mail was sent by `gatehouse mail test`.\n\nNothing has to be done about it.\n",
        "<p>This mail was sent by <code>gatehouse mail test</code>.</p>\n<p>Nothing has to be done about it.</p>\n"};
}

boost::asio::awaitable<Result<std::optional<Letter>>> PlainComposer::compose(const QueuedMail& mail) {
    Letter letter;
    letter.subject = "About your account: " + mail.mail.kind;
    letter.text = "This mail is about your account: " + mail.mail.kind + ".\n";
    co_return std::optional(std::move(letter));
}

} // namespace gatehouse::mail
