// SPDX-License-Identifier: Apache-2.0
// The pages of what needs a mail: a forgotten password and a new account. Each has two steps: say your address, then
// follow the link of the mail and choose a password. And the texts of the mails. Loop thread only.
#pragma once

#include "gateway/pages/pages.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse::pages {

enum class ByMail {
    reset_password,
    register_account,
    take_back_address, ///< begins with a mail: its first step is a forgotten password
    new_address,       ///< the first step, like that of the next, is a page of the account (account.h)
    verify_address,
};

/// The path of a step's page, after the prefix.
[[nodiscard]] std::string_view first_step(ByMail what) noexcept;
[[nodiscard]] std::string_view second_step(ByMail what) noexcept;

/// The first step. With `sent` the page answers a POST, whether or not a mail was sent.
struct AskForMail {
    enum class Error { none, no_address, throttled, unavailable, expired_form, forbidden_origin };

    ByMail what{};
    std::string csrf;
    std::string identifier; ///< what was typed before
    bool sent = false;
    Error error = Error::none;
    Seconds retry_after{0}; ///< for `throttled`
};
[[nodiscard]] std::string ask_for_mail_page(const Frame& frame, const AskForMail& page);

/// The second step.
struct ChoosePassword {
    ByMail what{};
    std::string csrf;
    std::string email; ///< for password managers, and so that the person sees whose password it is
    std::size_t min_length = 0;
    PasswordChange::Error error = PasswordChange::Error::none; ///< those about the new password or the form
    Seconds retry_after{0};
};
[[nodiscard]] std::string choose_password_page(const Frame& frame, const ChoosePassword& page);

/// The second step where no password is chosen: a button, because looking at a link must change nothing.
struct ConfirmLink {
    enum class Error { none, unavailable, expired_form, forbidden_origin };

    ByMail what{};
    std::string csrf;
    std::string address; ///< which is confirmed
    std::string target;  ///< where the person wanted to go; empty: nowhere
    Error error = Error::none;
};
[[nodiscard]] std::string confirm_link_page(const Frame& frame, const ConfirmLink& page);

/// The link was used, is too old, or was never sent. `can_ask`: people can ask for another one by themselves.
[[nodiscard]] std::string dead_link_page(const Frame& frame, ByMail what, bool can_ask = true);

/// What a mail says. `text` has the same words as `html`.
struct MailText {
    std::string subject;
    std::string text;
    std::string html;
};
enum class MailKind {
    reset_password,   ///< has a link
    register_account, ///< has a link
    account_exists,   ///< somebody wanted to register an address that has an account; its link leads to the login
    password_changed, ///< its link leads to the page for a forgotten password
    new_device,       ///< its link leads to the devices
    new_address,      ///< has a link
    verify_address,   ///< has a link
    address_changed,  ///< to the address of before; its link takes the change back
    invitation,       ///< has a link
};
/// `url` is the link; `site` names the site; `lives` is how long the link works, where it ends; `detail` is a line of
/// its own, such as a device.
[[nodiscard]] MailText mail_text(http::Language language, MailKind kind, std::string_view site, std::string_view url,
                                 Seconds lives = {}, std::string_view detail = {});

/// What device_name (device.h) has called a device, in this language.
[[nodiscard]] std::string device_in_words(http::Language language, std::string_view name);

} // namespace gatehouse::pages
