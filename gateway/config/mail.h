// SPDX-License-Identifier: Apache-2.0
// The options about mail: where it goes, and who it comes from. Pure.
#pragma once

#include "gateway/config/config.h"
#include "gateway/config/value.h"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::config {

struct Draft;
struct Findings;

/// An e-mail address that can stand in a header and in a command of SMTP: a dot-atom of ASCII, one @, a host name. At
/// most 254 bytes.
[[nodiscard]] bool is_mail_address(std::string_view text);

struct MailSender {
    std::string name; ///< may be empty
    std::string address;
};
/// "Acme <no-reply@example.org>" or the address alone. nullopt: not of this form.
[[nodiscard]] std::optional<MailSender> parse_sender(std::string_view text);

struct MailTarget {
    enum class Kind { smtp, smtps, folder };
    Kind kind = Kind::smtp;
    std::string host;  ///< IPv6 in brackets
    unsigned port = 0; ///< 587 or 465 where none was written
    std::string path;  ///< of a folder

    [[nodiscard]] bool is_this_host() const; ///< localhost, 127.0.0.0/8 or ::1
};
/// smtp://host[:port], smtps://host[:port] or file:///path. nullopt: not of this form.
[[nodiscard]] std::optional<MailTarget> parse_mail_url(std::string_view url);

/// Whether a mail goes to this target through TLS.
[[nodiscard]] bool is_encrypted(const MailConfig& config, const MailTarget& target);

[[nodiscard]] Problem check_mail_url(std::string_view url);
[[nodiscard]] Problem check_sender(std::string_view text);
/// User and password: what a login of SMTP can send.
[[nodiscard]] Problem check_mail_login(std::string_view text);

/// Checks what the options about mail mean together.
void resolve_mail(const Draft& draft, Findings& out);

} // namespace gatehouse::config
