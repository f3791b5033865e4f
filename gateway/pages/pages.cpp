// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/pages.h"

#include "gateway/pages/by_mail.h"
#include "gateway/pages/device.h"
#include "gateway/pages/messages.h"
#include "gateway/pages/relative_time.h"
#include "gateway/pages/view.h"

#include <algorithm>
#include <array>
#include <map>

namespace gatehouse::pages {
namespace {

using http::Language;

std::string_view key_of(FormError error) {
    switch (error) {
    case FormError::expired_form: return "expired_form";
    case FormError::forbidden_origin: return "forbidden_origin";
    case FormError::none: break;
    }
    return {};
}

std::string_view key_of(Login::Error error) {
    switch (error) {
    case Login::Error::failed: return "login_failed";
    case Login::Error::incomplete: return "login_incomplete";
    case Login::Error::unavailable: return "login_unavailable";
    case Login::Error::expired_form: return "expired_form";
    case Login::Error::forbidden_origin: return "forbidden_origin";
    case Login::Error::throttled:
    case Login::Error::none: break;
    }
    return {};
}

std::string_view key_of(Login::Notice notice) {
    switch (notice) {
    case Login::Notice::signed_out: return "signed_out";
    case Login::Notice::password_changed: return "password_changed";
    case Login::Notice::session_ended: return "session_ended";
    case Login::Notice::account_created: return "account_created";
    case Login::Notice::account_exists: return "account_exists";
    case Login::Notice::account_deleted: return "account_deleted";
    case Login::Notice::address_changed: return "address_changed";
    case Login::Notice::address_taken: return "address_taken";
    case Login::Notice::address_verified: return "verify_done";
    case Login::Notice::none: break;
    }
    return {};
}

std::string_view key_of(Account::Notice notice) {
    switch (notice) {
    case Account::Notice::address_changed: return "address_changed";
    case Account::Notice::address_taken: return "address_taken";
    case Account::Notice::address_verified: return "verify_done";
    case Account::Notice::phone_changed: return "phone_changed";
    case Account::Notice::none: break;
    }
    return {};
}

std::string_view key_of(Sessions::Notice notice) {
    switch (notice) {
    case Sessions::Notice::one_ended: return "one_ended";
    case Sessions::Notice::others_ended: return "others_ended";
    case Sessions::Notice::password_changed: return "password_changed_here";
    case Sessions::Notice::named: return "device_named";
    case Sessions::Notice::none: break;
    }
    return {};
}

std::string_view key_of(Recorded::What what) {
    switch (what) {
    case Recorded::What::password_changed: return "recorded_password";
    case Recorded::What::one_ended: return "recorded_one";
    case Recorded::What::others_ended: return "recorded_others";
    case Recorded::What::account_deleted: return "account_deleted";
    case Recorded::What::signed_out: break;
    }
    return "recorded_signed_out";
}

bool is_about_new_password(PasswordChange::Error error) {
    using Error = PasswordChange::Error;
    return error == Error::too_short || error == Error::too_long || error == Error::unchanged ||
           error == Error::too_common || error == Error::contains_identifier;
}

std::string describe(Language language, const Device& device) {
    const auto& [browser, system] = device;
    if (browser.empty() && system.empty()) return std::string(text(language, "unknown_device"));
    if (browser.empty() || system.empty()) return std::string(browser).append(system);
    return std::string(browser).append(" ").append(text(language, "device_on")).append(" ").append(system);
}

/// What a device is called: as its owner says, else by its browser.
std::string label_of(Language language, const Sessions::Row& row) {
    return row.name.empty() ? describe(language, recognise_device(row.user_agent)) : row.name;
}

bool is_handheld(std::string_view system) {
    return system == "iPhone" || system == "iPad" || system == "Android";
}

View row_view(Language language, const Sessions& page, const Sessions::Row& row) {
    View view;
    const auto device = recognise_device(row.user_agent);
    view.set("created_at", exact_time(row.created_at)).set("created_iso", iso_time(row.created_at));
    view.set("active_at", exact_time(row.last_activity)).set("active_iso", iso_time(row.last_activity));
    view.set("handle", row.handle).set("device", label_of(language, row)).set("given", row.name);
    if (!row.name.empty()) view.set("kind", describe(language, device));
    view.set("device_name", row.name.empty() ? device_name(row.user_agent) : row.name);
    view.set("address", row.address.empty() ? text(language, "unknown_address") : std::string_view(row.address));
    view.set("context", row.context);
    view.flag("handheld", is_handheld(device.system));
    view.set("last_activity", time_ago(language, row.last_activity, page.now));
    return view;
}

std::string_view key_of(PasswordChange::Error error) {
    using Error = PasswordChange::Error;
    switch (error) {
    case Error::wrong_current: return "password_wrong";
    case Error::too_short: return "password_short";
    case Error::too_long: return "password_long";
    case Error::unchanged: return "password_unchanged";
    case Error::too_common: return "password_common";
    case Error::contains_identifier: return "password_contains";
    case Error::incomplete: return "password_incomplete";
    case Error::unavailable: return "password_unavailable";
    case Error::expired_form: return "expired_form";
    case Error::forbidden_origin: return "forbidden_origin";
    case Error::throttled:
    case Error::none: break;
    }
    return {};
}

/// What a device is called aloud: nobody could tell two equal devices apart by browser and address alone, so the last
/// activity is named, and the second of two that are still equal is number 2.
std::string spoken_name(Language language, const Sessions& page, const Sessions::Row& row,
                        std::map<std::string, int>& taken) {
    auto name = label_of(language, row);
    name.append(", ").append(row.address.empty() ? text(language, "unknown_address") : std::string_view(row.address));
    name.append(", ").append(time_ago(language, row.last_activity, page.now));
    const int number = ++taken[name];
    return number == 1 ? name : name + ", " + std::to_string(number);
}

std::string notice_of(Language language, const Sessions& page) {
    std::string notice(text(language, key_of(page.notice)));
    if (page.notice != Sessions::Notice::one_ended) return notice;
    const auto known = device_called(page.ended_device);
    const bool own_name = !page.ended_device.empty() && known.browser.empty() && known.system.empty();
    return (own_name ? page.ended_device : describe(language, known)) + notice;
}

} // namespace

std::string device_in_words(Language language, std::string_view name) {
    return describe(language, device_called(name));
}

std::string words_of(Language language, PasswordChange::Error error, Seconds retry_after) {
    if (error == PasswordChange::Error::throttled) return throttled(language, retry_after);
    return std::string(text(language, key_of(error)));
}

std::string login_page(const Frame& frame, const Login& page) {
    const bool throttle = page.error == Login::Error::throttled;
    View view;
    view.set("csrf", page.csrf).set("target", page.target).set("identifier", page.identifier);
    view.set("keep_me", keep_me_for(frame.language, page.kept_for)).flag("remember", page.remember);
    view.flag("invalid", page.error == Login::Error::failed);
    view.set("error", throttle ? throttled(frame.language, page.retry_after)
                               : std::string(text(frame.language, key_of(page.error))));
    view.set("notice", text(frame.language, key_of(page.notice))).set("site", page.site);
    view.flag("offers_reset", page.offers_reset).flag("offers_registration", page.offers_registration);
    view.flag("info", page.notice == Login::Notice::session_ended); // nothing that the person has done
    offer_languages(frame, "/login", page.target, view);
    return render(frame, Template::login, "login_title", view);
}

std::string logout_page(const Frame& frame, const Logout& page) {
    View view;
    view.set("csrf", page.csrf).set("email", page.email).set("target", page.target).flag("failed", page.failed);
    view.set("error", text(frame.language, key_of(page.error)));
    return render(frame, Template::logout, page.failed ? "logout_failed_title" : "logout_title", view);
}

std::string sessions_page(const Frame& frame, const Sessions& page) {
    std::vector<View> here, others;
    std::map<std::string, int> taken;
    for (const auto& row : page.rows) {
        auto& view = (row.current ? here : others).emplace_back(row_view(frame.language, page, row));
        view.set("spoken", row.current ? std::string(text(frame.language, "this_device"))
                                       : spoken_name(frame.language, page, row, taken));
    }
    const auto count = static_cast<std::int64_t>(others.size());
    View view;
    view.set("csrf", page.csrf).set("count", std::to_string(count)).flag("others", count > 0);
    view.set("end_others", text_with(frame.language, "end_others", count));
    view.list("here", std::move(here)).list("rows", std::move(others));
    view.set("notice", notice_of(frame.language, page));
    view.set("error", text(frame.language, key_of(page.error)));
    view.flag("member").flag("at_sessions");
    return render(frame, Template::sessions, "sessions_title", view);
}

std::string password_page(const Frame& frame, const PasswordChange& page) {
    View view;
    view.set("csrf", page.csrf).set("email", page.email).set("min_length", std::to_string(page.min_length));
    view.set("hint", text_with(frame.language, "password_hint", static_cast<std::int64_t>(page.min_length)));
    view.set("error", words_of(frame.language, page.error, page.retry_after));
    const bool about_current = page.error == PasswordChange::Error::wrong_current;
    const bool about_new = is_about_new_password(page.error);
    view.flag("current_invalid", about_current).flag("new_invalid", about_new);
    view.flag("above_the_form", page.error != PasswordChange::Error::none && !about_current && !about_new);
    view.flag("member").flag("at_password");
    return render(frame, Template::password, "password_title", view);
}

std::string account_page(const Frame& frame, const Account& page) {
    std::vector<View> permissions;
    for (const auto& name : page.permissions)
        permissions.emplace_back().set("name", name);
    View view;
    view.set("email", page.email).set("role", page.role).set("context", page.context);
    view.flag("owns_account", page.owns_account).flag("offers_address", page.offers_address);
    view.flag("offers_verification", !page.verified && !page.email.empty());
    view.set("notice", text(frame.language, key_of(page.notice)));
    view.flag("is_verified", page.verified).flag("has_permissions", !permissions.empty());
    view.list("permissions", std::move(permissions));
    view.flag("member").flag("at_account");
    return render(frame, Template::account_facts, "account_title", view);
}

std::string preferences_page(const Frame& frame, const Preferences& page) {
    View view;
    view.set("csrf", page.csrf).flag("saved", page.saved);
    view.set("error", text(frame.language, key_of(page.error)));
    view.set("browser", as_the_browser_says);
    view.flag("light", page.theme == "light").flag("dark", page.theme == "dark");
    std::vector<View> languages;
    for (const auto language : http::all_languages) {
        auto& one = languages.emplace_back();
        one.set("code", http::code_of(language)).set("name", own_name(language));
        one.flag("chosen", page.language == language);
    }
    view.list("languages", std::move(languages));
    view.flag("member").flag("at_preferences");
    return render(frame, Template::preferences, "preferences_title", view);
}

std::string error_page(const Frame& frame, int status, std::string_view request_id) {
    constexpr std::array described = {400, 403, 404, 405, 413, 415, 429, 500, 503};
    const bool known = std::find(described.begin(), described.end(), status) != described.end();
    const auto key = "error_" + std::to_string(known ? status : 500);
    View view;
    view.set("hint", text(frame.language, key + "_hint")).set("request_id", request_id);
    return render(frame, Template::error, key, view);
}

std::string recorded_page(const Frame& frame, const Recorded& page) {
    View view;
    view.set("what", text(frame.language, key_of(page.what))).set("request_id", page.request_id);
    view.flag("member", page.what != Recorded::What::signed_out && page.what != Recorded::What::account_deleted);
    return render(frame, Template::recorded, "recorded_title", view);
}

std::string not_ended_page(const Frame& frame, const NotEnded& page) {
    View view;
    view.set("csrf", page.csrf).set("handle", page.handle).set("device_name", page.device).flag("member");
    return render(frame, Template::not_ended, page.handle.empty() ? "others_not_ended" : "one_not_ended", view);
}

} // namespace gatehouse::pages
