// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/account.h"

#include "gateway/pages/messages.h"
#include "gateway/pages/view.h"

namespace gatehouse::pages {
namespace {

using What = OwnerForm::What;
using State = OwnerForm::State;
using PasswordError = PasswordChange::Error;

struct OwnerKeys {
    std::string_view name, title, lead, button, sent;
};

OwnerKeys owner_keys(What what) {
    switch (what) {
    case What::new_address:
        return {"email", "new_address_title", "new_address_lead", "forgot_send", "new_address_sent"};
    case What::phone: return {"phone", "phone_title", "phone_lead", "save", ""};
    case What::verify_address: return {"verify", "verify_title", "verify_lead", "forgot_send", "verify_sent"};
    case What::delete_account: break;
    }
    return {"delete", "delete_title", "delete_lead", "delete_account", ""};
}

std::string_view key_of(OwnerForm::ValueError error) {
    switch (error) {
    case OwnerForm::ValueError::no_address: return "address_wrong";
    case OwnerForm::ValueError::same_address: return "same_address";
    case OwnerForm::ValueError::no_phone: return "phone_wrong";
    case OwnerForm::ValueError::none: break;
    }
    return {};
}

std::string error_of(http::Language language, const OwnerForm& page) {
    if (page.error == PasswordError::unavailable) return std::string(text(language, "owner_unavailable"));
    if (page.error == PasswordError::incomplete) return std::string(text(language, "owner_incomplete"));
    return words_of(language, page.error, page.retry_after);
}

void set_value(View& view, http::Language language, const OwnerForm& page) {
    const bool phone = page.what == What::phone;
    view.set("value_name", field_of(page.what)).set("value", page.value).flag("value_required", !phone);
    view.set("value_label", text(language, phone ? "phone_label" : "new_address_label"));
    view.set("value_mode", phone ? "tel" : "email");
    view.set("value_wrong", text(language, key_of(page.value_error)));
}

/// What the page says in place of the form, and where it leads then.
void set_state(View& view, const Frame& frame, const OwnerForm& page) {
    const auto say = [&](std::string_view key) { return text(frame.language, key); };
    switch (page.state) {
    case State::form: return;
    case State::sent: view.set("sent_text", say(owner_keys(page.what).sent)).flag("missing"); return;
    case State::verified:
        view.set("sent_text", say("verify_done"));
        view.set("way_on", page.target).set("way_words", say("register_send"));
        return;
    case State::no_address:
        view.set("sent_text", say("verify_no_address")).set("way_words", say("add_address"));
        view.set("way_on", std::string(frame.prefix).append("/account/email"));
    }
}

} // namespace

std::string_view name_of(What what) noexcept {
    return owner_keys(what).name;
}

std::string_view field_of(What what) noexcept {
    return what == What::new_address || what == What::phone ? name_of(what) : std::string_view{};
}

bool needs_password(What what) noexcept {
    return what != What::verify_address;
}

std::string owner_form_page(const Frame& frame, const OwnerForm& page) {
    const auto keys = owner_keys(page.what);
    View view;
    view.set("csrf", page.csrf).set("email", page.email).set("target", page.target);
    view.set("action", std::string("/account/").append(keys.name));
    view.set("lead", text(frame.language, keys.lead)).set("button", text(frame.language, keys.button));
    view.set("error", error_of(frame.language, page));
    if (!field_of(page.what).empty()) set_value(view, frame.language, page);
    set_state(view, frame, page);
    const bool about_current = page.error == PasswordError::wrong_current;
    view.flag("current_invalid", about_current).flag("asks_password", needs_password(page.what));
    view.flag("above_the_form", page.error != PasswordError::none && !about_current);
    view.flag("danger", page.what == What::delete_account);
    view.flag("member").flag("at_account");
    return render(frame, Template::owner_form, keys.title, view);
}

} // namespace gatehouse::pages
