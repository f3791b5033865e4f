// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/mail.h"

#include "gateway/config/checks.h"
#include "gateway/config/draft.h"
#include "gateway/config/resolve.h"
#include "storage/values.h"

#include <algorithm>
#include <charconv>

namespace gatehouse::config {
namespace {

constexpr std::string_view letters_and_digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::string_view atoms = "!#$%&'*+-/=?^_`{|}~"; // beside letters and digits (RFC 5322)
constexpr std::size_t longest_address = 254;
constexpr std::size_t longest_local_part = 64;
constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_sender = 320;
constexpr unsigned submission = 587;
constexpr unsigned submissions = 465;

bool has_only(std::string_view text, std::string_view more) {
    return std::ranges::all_of(text, [more](char c) {
        return letters_and_digits.find(c) != std::string_view::npos || more.find(c) != std::string_view::npos;
    });
}

/// Whether each part between dots fulfils the condition.
template <class Condition> bool between_dots(std::string_view text, const Condition& condition) {
    for (;;) {
        const auto dot = text.find('.');
        if (!condition(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

bool is_host_name(std::string_view text) {
    return between_dots(text, [](std::string_view label) {
        return !label.empty() && label.size() <= longest_label && has_only(label, "-") && label.front() != '-' &&
               label.back() != '-';
    });
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::optional<MailTarget> parse_server(MailTarget::Kind kind, std::string_view rest) {
    MailTarget target{kind, {}, kind == MailTarget::Kind::smtps ? submissions : submission, {}};
    if (rest.ends_with('/')) rest.remove_suffix(1);
    auto host_end = rest.find(':');
    if (rest.starts_with('[')) {
        const auto bracket = rest.find(']');
        if (bracket == std::string_view::npos) return std::nullopt;
        const auto inside = rest.substr(1, bracket - 1);
        if (inside.find(':') == std::string_view::npos || stored_address(std::string(inside)).empty())
            return std::nullopt;
        host_end = bracket + 1 == rest.size() ? std::string_view::npos : bracket + 1;
    } else if (!is_host_name(rest.substr(0, host_end))) {
        return std::nullopt;
    }
    target.host = rest.substr(0, host_end);
    if (host_end == std::string_view::npos) return target;
    const auto port = rest.substr(host_end);
    const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), target.port);
    if (port[0] != ':' || error != std::errc{} || end != port.data() + port.size()) return std::nullopt;
    return target.port >= 1 && target.port <= 65535 ? std::optional(target) : std::nullopt;
}

} // namespace

bool is_mail_address(std::string_view text) {
    const auto at = text.find('@');
    if (at == std::string_view::npos || text.size() > longest_address || at > longest_local_part) return false;
    const auto is_atom = [](std::string_view part) { return !part.empty() && has_only(part, atoms); };
    return between_dots(text.substr(0, at), is_atom) && is_host_name(text.substr(at + 1));
}

std::optional<MailSender> parse_sender(std::string_view text) {
    if (text.size() > longest_sender || !is_storable_text(text) || std::ranges::any_of(text, is_control))
        return std::nullopt;
    if (is_mail_address(text)) return MailSender{{}, std::string(text)};
    const auto open = text.rfind('<');
    if (open == std::string_view::npos || !text.ends_with('>')) return std::nullopt;
    const auto address = text.substr(open + 1, text.size() - open - 2);
    auto name = text.substr(0, open);
    while (name.starts_with(' '))
        name.remove_prefix(1);
    while (name.ends_with(' '))
        name.remove_suffix(1);
    if (!is_mail_address(address) || name.find_first_of("<>\"\\") != std::string_view::npos) return std::nullopt;
    return MailSender{std::string(name), std::string(address)};
}

bool MailTarget::is_this_host() const {
    return host == "localhost" || host == "[::1]" || (host.starts_with("127.") && !stored_address(host).empty());
}

std::optional<MailTarget> parse_mail_url(std::string_view url) {
    if (url.starts_with("smtp://")) return parse_server(MailTarget::Kind::smtp, url.substr(7));
    if (url.starts_with("smtps://")) return parse_server(MailTarget::Kind::smtps, url.substr(8));
    if (!url.starts_with("file:///") || check_absolute_path(url.substr(7))) return std::nullopt;
    return MailTarget{MailTarget::Kind::folder, {}, 0, std::string(url.substr(7))};
}

bool is_encrypted(const MailConfig& config, const MailTarget& target) {
    if (target.kind == MailTarget::Kind::smtps) return true;
    const auto default_tls = target.is_this_host() ? MailTls::none : MailTls::required;
    return target.kind == MailTarget::Kind::smtp && config.tls.value_or(default_tls) == MailTls::required;
}

Problem check_mail_url(std::string_view url) {
    if (parse_mail_url(url)) return std::nullopt;
    if (url.find('@') != std::string_view::npos)
        return "must not hold a user or a password: they are mail_user and mail_password";
    return "must be smtp://HOST:587, smtps://HOST:465 or file:///DIRECTORY, with nothing after the port";
}

Problem check_sender(std::string_view text) {
    if (parse_sender(text)) return std::nullopt;
    return "must be an address such as no-reply@example.org, or a name and an address: Acme <no-reply@example.org>";
}

Problem check_mail_login(std::string_view text) {
    constexpr std::size_t longest = 255;
    if (text.size() > longest || !is_storable_text(text) || std::ranges::any_of(text, is_control))
        return "must be at most 255 bytes of UTF-8 without control characters";
    return std::nullopt;
}

void resolve_mail(const Draft& draft, Findings& out) {
    const auto& mail = draft.mail;
    if (!mail.configured()) return;
    const auto target = parse_mail_url(mail.url);
    if (!target) return; // the option's own check has said so
    if (mail.from.empty())
        out.errors.push_back({"mail_url", "mail_url needs mail_from: the address that the mails come from"});
    if (!mail.user.empty() && mail.password.empty())
        out.errors.push_back({"mail_user",
                              "mail_user needs mail_password: put the password into the systemd credential "
                              "mail_password, or into GATEHOUSE_MAIL_PASSWORD"});
    if (mail.user.empty() && !mail.password.empty())
        out.errors.push_back({"mail_password", "mail_password needs mail_user"});
    const bool is_server = target->kind != MailTarget::Kind::folder;
    if (is_server && !is_encrypted(mail, *target) && !target->is_this_host())
        out.warnings.push_back({"mail_tls", "mail_tls is none: the mails, with links that sign people in, and the "
                                            "password of the mail server travel in plain text"});
}

} // namespace gatehouse::config
