// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/by_mail.h"

#include "gateway/pages/messages.h"
#include "gateway/pages/relative_time.h"
#include "gateway/pages/view.h"

namespace gatehouse::pages {
namespace {

bool is_reset(ByMail what) {
    return what == ByMail::reset_password;
}

struct Step {
    std::string_view first, second; ///< paths
    std::string_view ask;           ///< what the button of the first one says
    std::string_view title, lead, button;
};

Step step_of(ByMail what) {
    switch (what) {
    case ByMail::register_account:
        return {"/register",      "/register/finish", "register_send", "choose_title_register", "choose_lead_register",
                "choose_register"};
    case ByMail::take_back_address:
        return {"/password/forgot", "/account/email/undo", "forgot_send",
                "take_back_title",  "take_back_lead",      "take_back_button"};
    case ByMail::new_address:
        return {"/account/email",    "/account/email/confirm", "forgot_send",
                "confirm_title_new", "confirm_lead_new",       "confirm_button_new"};
    case ByMail::verify_address:
        return {"/account/verify", "/account/verify/confirm", "forgot_send",
                "verify_title",    "confirm_lead_verify",     "confirm_button_verify"};
    case ByMail::reset_password: break;
    }
    return {"/password/forgot",   "/password/reset",   "forgot_send",
            "choose_title_reset", "choose_lead_reset", "choose_save"};
}

std::string_view key_of(ConfirmLink::Error error) {
    using Error = ConfirmLink::Error;
    switch (error) {
    case Error::unavailable: return "owner_unavailable";
    case Error::expired_form: return "expired_form";
    case Error::forbidden_origin: return "forbidden_origin";
    case Error::none: break;
    }
    return {};
}

std::string_view key_of(AskForMail::Error error) {
    using Error = AskForMail::Error;
    switch (error) {
    case Error::no_address: return "address_wrong";
    case Error::unavailable: return "mail_unavailable";
    case Error::expired_form: return "expired_form";
    case Error::forbidden_origin: return "forbidden_origin";
    case Error::throttled:
    case Error::none: break;
    }
    return {};
}

struct MailKeys {
    std::string_view subject, lead, button, hint;
};

MailKeys keys_of(MailKind kind) {
    switch (kind) {
    case MailKind::reset_password:
        return {"mail_reset_subject", "mail_reset_lead", "mail_reset_button", "mail_reset_hint"};
    case MailKind::register_account:
        return {"mail_register_subject", "mail_register_lead", "mail_register_button", "mail_register_hint"};
    case MailKind::account_exists:
        return {"mail_exists_subject", "mail_exists_lead", "mail_exists_button", "mail_exists_hint"};
    case MailKind::new_device:
        return {"mail_device_subject", "mail_device_lead", "mail_device_button", "mail_device_hint"};
    case MailKind::new_address:
        return {"mail_address_subject", "mail_address_lead", "confirm_button_new", "mail_address_hint"};
    case MailKind::verify_address:
        return {"mail_verify_subject", "mail_verify_lead", "confirm_button_verify", "mail_verify_hint"};
    case MailKind::invitation:
        return {"mail_invite_subject", "mail_invite_lead", "mail_register_button", "mail_invite_hint"};
    case MailKind::address_changed:
        return {"mail_moved_subject", "mail_moved_lead", "mail_moved_button", "mail_moved_hint"};
    case MailKind::password_changed: break;
    }
    return {"mail_changed_subject", "mail_changed_lead", "mail_changed_button", "mail_changed_hint"};
}

} // namespace

std::string_view first_step(ByMail what) noexcept {
    return step_of(what).first;
}

std::string_view second_step(ByMail what) noexcept {
    return step_of(what).second;
}

std::string ask_for_mail_page(const Frame& frame, const AskForMail& page) {
    const bool reset = is_reset(page.what);
    const auto say = [&](std::string_view key) { return text(frame.language, key); };
    View view;
    view.set("csrf", page.csrf).set("identifier", page.identifier).flag("sent", page.sent);
    view.set("action", first_step(page.what));
    view.set("lead", say(reset ? "forgot_lead" : "register_lead"));
    view.set("sent_text", say(reset ? "forgot_sent" : "register_sent"));
    view.set("button", say(reset ? "forgot_send" : "register_send"));
    const bool throttle = page.error == AskForMail::Error::throttled;
    view.set("error", throttle ? throttled(frame.language, page.retry_after) : std::string(say(key_of(page.error))));
    view.flag("invalid", page.error == AskForMail::Error::no_address);
    offer_languages(frame, first_step(page.what), {}, view);
    return render(frame, Template::ask_for_mail, reset ? "forgot_title" : "register_title", view);
}

std::string choose_password_page(const Frame& frame, const ChoosePassword& page) {
    const auto step = step_of(page.what);
    View view;
    view.set("csrf", page.csrf).set("email", page.email).set("min_length", std::to_string(page.min_length));
    view.set("action", step.second);
    view.set("lead", text(frame.language, step.lead));
    view.set("hint", text_with(frame.language, "password_hint", static_cast<std::int64_t>(page.min_length)));
    view.set("button", text(frame.language, step.button));
    view.set("error", words_of(frame.language, page.error, page.retry_after));
    return render(frame, Template::choose_password, step.title, view);
}

std::string confirm_link_page(const Frame& frame, const ConfirmLink& page) {
    const auto step = step_of(page.what);
    View view;
    view.set("csrf", page.csrf).set("email", page.address).set("target", page.target);
    view.set("action", step.second);
    view.set("lead", text(frame.language, step.lead)).set("button", text(frame.language, step.button));
    view.set("error", text(frame.language, key_of(page.error)));
    return render(frame, Template::confirm_link, step.title, view);
}

std::string dead_link_page(const Frame& frame, ByMail what, bool can_ask) {
    View view;
    if (can_ask) view.set("again", first_step(what));
    view.set("button", text(frame.language, step_of(what).ask));
    return render(frame, Template::dead_link, "dead_link_title", view);
}

MailText mail_text(http::Language language, MailKind kind, std::string_view site, std::string_view url, Seconds lives,
                   std::string_view detail) {
    const auto keys = keys_of(kind);
    const auto of_site = [&](std::string_view key) { return naming(text(language, key), site); };
    const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(lives).count();
    const auto days = minutes / (24 * 60);
    const std::string ends = days > 0      ? text_with(language, "mail_days", days)
                             : minutes > 0 ? text_with(language, "mail_minutes", minutes)
                                           : std::string();
    MailText mail;
    mail.subject = of_site(keys.subject);
    View view;
    view.set("lead", of_site(keys.lead)).set("button", of_site(keys.button)).set("hint", of_site(keys.hint));
    view.set("url", url).set("ends", ends).set("site", site).set("detail", detail);
    mail.html = render_mail(language, mail.subject, view);
    mail.text = of_site(keys.lead).append("\n\n");
    if (!detail.empty()) mail.text.append(detail).append("\n\n");
    mail.text.append(url).append("\n\n");
    if (!ends.empty()) mail.text.append(ends).append("\n");
    mail.text.append(of_site(keys.hint)).append("\n\n-- \n").append(site).append("\n");
    return mail;
}

} // namespace gatehouse::pages
