// SPDX-License-Identifier: Apache-2.0
// The pages for browsers: one struct of values per page, one function that makes HTML of it. Every value is escaped. No
// inline script, no inline style: the pages work under the CSP that the response writer sends. Loop thread only.
#pragma once

#include "gateway/http/accept.h"
#include "storage/instant.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::pages {

inline constexpr std::array<std::string_view, 2> themes{"light", "dark"};

/// The values that every page needs.
struct Frame {
    http::Language language = http::Language::en;
    std::string_view prefix;  ///< of our own URLs, for example /auth
    std::string_view theme{}; ///< one of `themes`; empty: the browser's setting
    std::string app{};        ///< what people call the application; empty: the name of the site
    std::string home = "/";   ///< where the way back to the application leads
    bool in_query = false;    ///< a stranger has chosen the language, in the address of the page
};

/// Why a form is shown again instead of being acted upon.
enum class FormError { none, expired_form, forbidden_origin };

/// GET login, and a POST login that failed.
struct Login {
    enum class Error {
        none,
        failed,      ///< unknown user, wrong password, disabled …: one text for all
        incomplete,  ///< a field is empty
        throttled,   ///< states when to come back
        unavailable, ///< a store did not answer or the password queue was full; nothing was decided
        expired_form,
        forbidden_origin
    };
    enum class Notice {
        none,
        signed_out,
        password_changed,
        session_ended,
        account_created,
        account_exists,
        account_deleted,
        address_changed,
        address_taken,
        address_verified
    };

    std::string csrf;
    std::string target;     ///< rd
    std::string identifier; ///< the name that was typed before
    bool remember = false;
    Error error = Error::none;
    Notice notice = Notice::none;
    Seconds retry_after{0};           ///< for `throttled`
    Seconds kept_for{0};              ///< how long a session lasts without a visit if the person stays signed in
    std::string site{};               ///< what the person signs in to; empty: not named
    bool offers_reset = false;        ///< there is a way for a forgotten password
    bool offers_registration = false; ///< whoever comes can make an account
};
[[nodiscard]] std::string login_page(const Frame& frame, const Login& page);

/// GET logout: asks for confirmation. With `failed` the page answers a POST that could not end the session, and says
/// so.
struct Logout {
    std::string csrf;
    std::string email;
    std::string target; ///< where "no, stay" leads
    bool failed = false;
    FormError error = FormError::none;
};
[[nodiscard]] std::string logout_page(const Frame& frame, const Logout& page);

/// 503: sessions were ended for good, but perhaps not every gateway knows.
struct Recorded {
    enum class What { signed_out, password_changed, one_ended, others_ended, account_deleted };

    What what = What::signed_out;
    std::string_view request_id;
};
[[nodiscard]] std::string recorded_page(const Frame& frame, const Recorded& page);

/// The person's devices, this one first.
struct Sessions {
    enum class Notice { none, one_ended, others_ended, password_changed, named };
    struct Row {
        std::string handle;
        std::string user_agent;
        std::string address;
        std::string context; ///< what people call the application; empty: there is one only
        Instant created_at;
        Instant last_activity;
        bool current = false;
        std::string name{}; ///< what the person calls the device; empty: nothing
    };

    std::string csrf;
    std::vector<Row> rows;
    Instant now;
    Notice notice = Notice::none;
    FormError error = FormError::none;
    std::string ended_device; ///< for `one_ended`: what it was called on the page before; empty: not known
};
[[nodiscard]] std::string sessions_page(const Frame& frame, const Sessions& page);

/// 503: another session, or all others, could not be ended. The page has the form to try again.
struct NotEnded {
    std::string csrf;
    std::string handle; ///< empty: all others
    std::string device; ///< what it was called on the page before; empty: not known
};
[[nodiscard]] std::string not_ended_page(const Frame& frame, const NotEnded& page);

/// GET password/change, and a POST that did not change the password.
struct PasswordChange {
    enum class Error {
        none,
        wrong_current,
        too_short,
        too_long,
        unchanged, ///< the new password equals the old one
        too_common,
        contains_identifier, ///< the e-mail address or the part before the @
        incomplete,
        throttled,
        unavailable,
        expired_form,
        forbidden_origin
    };

    std::string csrf;
    std::string email; ///< for password managers
    std::size_t min_length = 0;
    Error error = Error::none;
    Seconds retry_after{0};
};
[[nodiscard]] std::string password_page(const Frame& frame, const PasswordChange& page);

/// "Who am I."
struct Account {
    std::string email;
    std::string role;    ///< empty: not worth a line
    std::string context; ///< what people call the application; empty: not shown
    bool verified = false;
    std::vector<std::string> permissions;
    enum class Notice { none, address_changed, address_taken, address_verified, phone_changed };
    Notice notice = Notice::none;
    bool owns_account = false;   ///< the person can change and delete it here
    bool offers_address = false; ///< the same for the address, which needs mail
};
[[nodiscard]] std::string account_page(const Frame& frame, const Account& page);

/// The look and the language of our pages.
struct Preferences {
    std::string csrf;
    std::string_view theme;                 ///< one of `themes`; empty: the browser's setting
    std::optional<http::Language> language; ///< nullopt: the browser's setting
    bool saved = false;
    FormError error = FormError::none;
};
[[nodiscard]] std::string preferences_page(const Frame& frame, const Preferences& page);

/// The value in the form and in JSON that means "the browser's setting".
inline constexpr std::string_view as_the_browser_says = "auto";

/// A page for 400, 403, 404, 405, 413, 415, 429, 500 and 503; any other status has the text of 500. The request id
/// helps an operator to find the line in the log.
[[nodiscard]] std::string error_page(const Frame& frame, int status, std::string_view request_id);

/// The style sheet of the look in force, as text/css; charset=utf-8.
[[nodiscard]] std::string_view style_sheet();
/// The name under which the pages load the style sheet: style-<hash of the content>.css. A browser may keep what it has
/// got under this name for ever.
[[nodiscard]] std::string_view style_name();

/// The text with the name in place of {site}.
[[nodiscard]] std::string naming(std::string_view text, std::string_view site);

} // namespace gatehouse::pages
