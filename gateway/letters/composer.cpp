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
    std::string url;
    const auto issued = co_await issue(site, Purpose::new_address, mail.user_id, mail.recipient, url);
    if (!issued) co_return issued.error();
    if (!*issued) co_return std::nullopt;
    co_return letter_of(pages::mail_text(site.language, pages::MailKind::new_address, site.name, url, link_lives));
}

awaitable<Written> LetterComposer::verify_address(NewMail mail, Site site) {
    const auto account = co_await users_.find(mail.user_id, deadline_in(patience));
    if (!account) co_return account.error();
    const bool wanted =
        *account && !(*account)->verified && canonical_email((*account)->email) == canonical_email(mail.recipient);
    if (!wanted) co_return std::nullopt;
    std::string url;
    const auto issued = co_await issue(site, Purpose::verify_address, mail.user_id, mail.recipient, url);
    if (!issued) co_return issued.error();
    if (!*issued) co_return std::nullopt;
    const auto target = fact_of(mail.facts, "rd");
    if (!target.empty()) {
        url += "&rd=";
        http::append_query_component(url, target);
    }
    co_return letter_of(pages::mail_text(site.language, pages::MailKind::verify_address, site.name, url, link_lives));
}

awaitable<Written> LetterComposer::address_changed(NewMail mail, Site site) {
    std::string url;
    const auto issued =
        co_await issue(site, Purpose::take_back_address, mail.user_id, mail.recipient, url, take_back_lives);
    if (!issued) co_return issued.error();
    if (!*issued) co_return std::nullopt;
    co_return letter_of(
        pages::mail_text(site.language, pages::MailKind::address_changed, site.name, url, take_back_lives));
}

awaitable<Written> LetterComposer::invitation(NewMail mail, Site site) {
    const auto account = co_await users_.find_by_email(mail.recipient, deadline_in(patience));
    if (!account) co_return account.error();
    if (*account) co_return std::nullopt;
    std::string url;
    const auto issued =
        co_await issue(site, Purpose::invitation, {}, mail.recipient, url, invitation_lives, std::move(mail.facts));
    if (!issued) co_return issued.error();
    co_return letter_of(pages::mail_text(site.language, pages::MailKind::invitation, site.name, url, invitation_lives));
}

/// The account may have changed since the mail was queued.
awaitable<Written> LetterComposer::reset_password(NewMail mail, Site site) {
    const auto account = co_await users_.find(mail.user_id, deadline_in(patience));
    if (!account) co_return account.error();
    const bool wanted =
        *account && !(*account)->disabled && canonical_email((*account)->email) == canonical_email(mail.recipient);
    if (!wanted) co_return std::nullopt;
    std::string url;
    const auto issued = co_await issue(site, Purpose::reset_password, mail.user_id, mail.recipient, url);
    if (!issued) co_return issued.error();
    if (!*issued) co_return std::nullopt;
    co_return letter_of(pages::mail_text(site.language, pages::MailKind::reset_password, site.name, url, link_lives));
}

/// Whoever owns the address learns from the mail whether it has an account; whoever asked does not.
awaitable<Written> LetterComposer::register_account(NewMail mail, Site site) {
    const auto account = co_await users_.find_by_email(mail.recipient, deadline_in(patience));
    if (!account) co_return account.error();
    if (*account) {
        co_return letter_of(
            pages::mail_text(site.language, pages::MailKind::account_exists, site.name, site.pages + "/login"));
    }
    std::string url;
    const auto issued = co_await issue(site, Purpose::register_account, {}, mail.recipient, url);
    if (!issued) co_return issued.error();
    co_return letter_of(pages::mail_text(site.language, pages::MailKind::register_account, site.name, url, link_lives));
}

/// The token's tag is of its purpose, so that an invented token costs no store, and a token for one purpose is none for
/// another.
awaitable<Result<bool>> LetterComposer::issue(const Site& site, Purpose purpose, std::string user_id,
                                              std::string address, std::string& url, std::chrono::minutes lives,
                                              std::string grants) {
    const auto token = site.settings->tokens.mint(name_of(purpose));
    const auto now = wall_now();
    OneTimeToken issued{
        stored_id(token), purpose,          std::move(user_id), canonical_email(address).value_or(address), now,
        now + lives,      std::move(grants)};
    url = site.pages + "/link?token=" + token;
    co_return co_await tokens_.issue(std::move(issued), deadline_in(patience));
}

} // namespace gatehouse
