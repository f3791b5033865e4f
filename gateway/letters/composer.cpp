// SPDX-License-Identifier: Apache-2.0
#include "gateway/letters/composer.h"

#include "gateway/accounts/identifier.h"
#include "gateway/http/accept.h"
#include "gateway/http/fields.h"
#include "gateway/http/json_body.h"
#include "gateway/http/percent.h"
#include "gateway/pages/by_mail.h"

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using Written = Result<std::optional<mail::Letter>>;

constexpr Millis patience{2000}; ///< nobody waits for the answer

mail::Letter letter_of(pages::MailText text) {
    return {std::move(text.subject), std::move(text.text), std::move(text.html)};
}

/// "Firefox on Linux, 192.0.2.7".
std::string device_of(http::Language language, std::string_view facts) {
    const auto decoded = http::decode_json(facts);
    const http::Fields fields(http::Fields::Source::json, decoded ? *decoded : std::vector<http::Field>{});
    return pages::device_in_words(language, fields.text("device")).append(", ").append(fields.text("address"));
}

std::string fact_of(std::string_view facts, std::string_view name) {
    const auto decoded = http::decode_json(facts);
    const http::Fields fields(http::Fields::Source::json, decoded ? *decoded : std::vector<http::Field>{});
    return std::string(fields.text(name));
}

} // namespace

/// What a mail's link is for, and for whom.
struct LetterComposer::Link {
    Purpose purpose;
    pages::MailKind kind;
    std::string address;
    std::string user_id; ///< empty: nobody with an account
    std::chrono::minutes lives = link_lives;
    std::string grants{};
    std::string target{}; ///< where the page behind the link leads on
};

/// The configuration that the mail is written with.
struct LetterComposer::Site {
    SettingsPtr settings;
    std::string name;
    std::string pages; ///< the URL of our own pages: https://app.example.org/auth
    http::Language language{};
};

LetterComposer::LetterComposer(UserStore& users, OneTimeStore& tokens, SettingsPtr settings)
    : users_(users), tokens_(tokens), settings_(std::move(settings)) {}

/// nullopt: the application is not configured any more, or has no URL. A warning is written for another application
/// then: who misuses an account must not be able to choose one by which its owner is not told.
std::optional<LetterComposer::Site> LetterComposer::site_of(const NewMail& mail) const {
    const auto* context = settings_->config->context(mail.context);
    const bool warns = mail.kind == mail_kind::password_changed || mail.kind == mail_kind::new_device ||
                       mail.kind == mail_kind::address_changed;
    if (warns && (context == nullptr || context->url.empty())) {
        const auto& all = settings_->config->contexts;
        const auto other = std::ranges::find_if(all, [](const ContextConfig& one) { return !one.url.empty(); });
        context = other == all.end() ? nullptr : &*other;
    }
    if (context == nullptr || context->url.empty()) return std::nullopt;
    const auto language = http::language_of(mail.language).value_or(http::Language::en);
    std::string name = context->display_name;
    if (name.empty()) name = settings_->config->brand.name;
    if (name.empty()) name = context->url.substr(context->url.find("://") + 3);
    return Site{settings_, name, context->url + settings_->config->prefix, language};
}

awaitable<Written> LetterComposer::compose(const QueuedMail& queued) {
    auto site = site_of(queued.mail);
    if (!site) co_return std::nullopt;
    NewMail mail = queued.mail;
    if (mail.kind == mail_kind::reset_password) co_return co_await reset_password(std::move(mail), *std::move(site));
    if (mail.kind == mail_kind::register_account)
        co_return co_await register_account(std::move(mail), *std::move(site));
    if (mail.kind == mail_kind::password_changed) {
        const auto url = site->pages + "/password/forgot";
        co_return letter_of(pages::mail_text(site->language, pages::MailKind::password_changed, site->name, url));
    }
    if (mail.kind == mail_kind::new_device) {
        const auto url = site->pages + "/sessions";
        co_return letter_of(pages::mail_text(site->language, pages::MailKind::new_device, site->name, url, {},
                                             device_of(site->language, mail.facts)));
    }
    if (mail.kind == mail_kind::new_address) co_return co_await new_address(std::move(mail), *std::move(site));
    if (mail.kind == mail_kind::verify_address) co_return co_await verify_address(std::move(mail), *std::move(site));
    if (mail.kind == mail_kind::invitation) co_return co_await invitation(std::move(mail), *std::move(site));
    if (mail.kind == mail_kind::address_changed) co_return co_await address_changed(std::move(mail), *std::move(site));
    co_return std::nullopt;
}

/// Whoever owns the address learns from the mail whether another account has it; whoever asked does not.
awaitable<Written> LetterComposer::new_address(NewMail mail, Site site) {
    const auto other = co_await users_.find_by_email(mail.recipient, deadline_in(patience));
    if (!other) co_return other.error();
    if (*other && (*other)->id == mail.user_id) co_return std::nullopt;
    if (*other) {
        co_return letter_of(
            pages::mail_text(site.language, pages::MailKind::account_exists, site.name, site.pages + "/login"));
    }
    Link link{Purpose::new_address, pages::MailKind::new_address, std::move(mail.recipient), std::move(mail.user_id)};
    co_return co_await with_link(std::move(site), std::move(link));
}

awaitable<Written> LetterComposer::verify_address(NewMail mail, Site site) {
    const auto account = co_await users_.find(mail.user_id, deadline_in(patience));
    if (!account) co_return account.error();
    const bool wanted =
        *account && !(*account)->verified && canonical_email((*account)->email) == canonical_email(mail.recipient);
    if (!wanted) co_return std::nullopt;
    Link link{Purpose::verify_address, pages::MailKind::verify_address, std::move(mail.recipient),
              std::move(mail.user_id)};
    link.target = fact_of(mail.facts, "rd");
    co_return co_await with_link(std::move(site), std::move(link));
}

awaitable<Written> LetterComposer::address_changed(NewMail mail, Site site) {
    Link link{Purpose::take_back_address, pages::MailKind::address_changed, std::move(mail.recipient),
              std::move(mail.user_id), take_back_lives};
    co_return co_await with_link(std::move(site), std::move(link));
}

awaitable<Written> LetterComposer::invitation(NewMail mail, Site site) {
    const auto account = co_await users_.find_by_email(mail.recipient, deadline_in(patience));
    if (!account) co_return account.error();
    if (*account) co_return std::nullopt;
    Link link{Purpose::invitation, pages::MailKind::invitation, std::move(mail.recipient), {},
              invitation_lives,    std::move(mail.facts)};
    co_return co_await with_link(std::move(site), std::move(link));
}

/// The account may have changed since the mail was queued.
awaitable<Written> LetterComposer::reset_password(NewMail mail, Site site) {
    const auto account = co_await users_.find(mail.user_id, deadline_in(patience));
    if (!account) co_return account.error();
    const bool wanted =
        *account && !(*account)->disabled && canonical_email((*account)->email) == canonical_email(mail.recipient);
    if (!wanted) co_return std::nullopt;
    Link link{Purpose::reset_password, pages::MailKind::reset_password, std::move(mail.recipient),
              std::move(mail.user_id)};
    co_return co_await with_link(std::move(site), std::move(link));
}

/// Whoever owns the address learns from the mail whether it has an account; whoever asked does not.
awaitable<Written> LetterComposer::register_account(NewMail mail, Site site) {
    const auto account = co_await users_.find_by_email(mail.recipient, deadline_in(patience));
    if (!account) co_return account.error();
    if (*account) {
        co_return letter_of(
            pages::mail_text(site.language, pages::MailKind::account_exists, site.name, site.pages + "/login"));
    }
    Link link{Purpose::register_account, pages::MailKind::register_account, std::move(mail.recipient), {}};
    co_return co_await with_link(std::move(site), std::move(link));
}

/// The token's tag is of its purpose, so that an invented token costs no store, and a token for one purpose is none for
/// another.
awaitable<Written> LetterComposer::with_link(Site site, Link link) {
    const auto token = site.settings->tokens.mint(name_of(link.purpose));
    std::string url = site.pages + "/link?token=" + token;
    if (!link.target.empty()) {
        url += "&rd=";
        http::append_query_component(url, link.target);
    }
    const auto now = wall_now();
    OneTimeToken made{stored_id(token),
                      link.purpose,
                      std::move(link.user_id),
                      canonical_email(link.address).value_or(link.address),
                      now,
                      now + link.lives,
                      std::move(link.grants)};
    const auto issued = co_await tokens_.issue(std::move(made), deadline_in(patience));
    if (!issued) co_return issued.error();
    if (!*issued) co_return std::nullopt;
    co_return letter_of(pages::mail_text(site.language, link.kind, site.name, url, link.lives));
}

} // namespace gatehouse
