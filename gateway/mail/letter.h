// SPDX-License-Identifier: Apache-2.0
// One mail as a mail server takes it: headers and MIME parts (RFC 5322, RFC 2045, RFC 2047). No value can begin a
// header of its own: a value with a line break, a NUL or another control character is refused. Pure; any thread.
#pragma once

#include "gateway/config/mail.h"
#include "gateway/mail/composer.h"
#include "storage/instant.h"

#include <string>
#include <string_view>

namespace gatehouse::mail {

/// What stands on a mail beside its letter.
struct Cover {
    std::string id; ///< letters, digits and hyphens; with the sender's domain it is the Message-ID
    config::MailSender from;
    std::string to; ///< an address
    Instant date;
};

struct Message {
    std::string bytes;   ///< lines end in CRLF and have at most 78 bytes; 7-bit only
    std::string problem; ///< why there is no message; empty: there is one
};

/// multipart/alternative; text/plain alone for a letter without HTML.
[[nodiscard]] Message write_message(const Cover& cover, const Letter& letter);

/// A header's value as encoded words, as many as it needs, on lines of their own.
[[nodiscard]] std::string encoded_words(std::string_view text);
[[nodiscard]] std::string quoted_printable(std::string_view text);
/// "Mon, 09 Mar 2026 07:00:00 +0000"
[[nodiscard]] std::string mail_date(Instant at);

} // namespace gatehouse::mail
