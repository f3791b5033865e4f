// SPDX-License-Identifier: Apache-2.0
// The pages that browsers get: one struct of values per page, one function that makes HTML of it. Everything a value
// says is escaped. No script, no inline style: they work under the CSP that the response writer sends. Loop thread
// only.
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

/// What every page needs.
struct Frame {
    http::Language language = http::Language::en;
    std::string_view prefix;  ///< of our own URLs, for example /auth
    std::string_view theme{}; ///< one of `themes`; empty: as the browser says
};

/// GET login, and POST login that did not lead on.
struct Login {
    enum class Error {
        none,
        failed,      ///< unknown user, wrong password, disabled …: one text for all
        incomplete,  ///< a field is empty
        throttled,   ///< says when to come back
        unavailable, ///< a store or the password pool has no time; nothing was decided
        expired_form,
        forbidden_origin
    };
    enum class Notice { none, signed_out, password_changed, session_ended };

    std::string csrf;
    std::string target;     ///< rd
    std::string identifier; ///< what was typed before
    bool remember = false;
    Error error = Error::none;
    Notice notice = Notice::none;
    Seconds retry_after{0}; ///< of `throttled`
};
[[nodiscard]] std::string login_page(const Frame& frame, const Login& page);

/// GET logout: asks first. With `failed` it is the answer to a POST that could not end the session, and says so.
struct Logout {
    std::string csrf;
    std::string email;
    std::string target; ///< where "no, stay" leads
    bool failed = false;
};
[[nodiscard]] std::string logout_page(const Frame& frame, const Logout& page);

/// 503: sessions were ended for good, but not every server is known to have heard of it.
[[nodiscard]] std::string recorded_page(const Frame& frame, std::string_view request_id);

/// "Where am I signed in."
struct Sessions {
    enum class Notice { none, one_ended, others_ended };
    struct Row {
        std::string handle;
        std::string user_agent;
        std::string address;
        std::string context;
        Instant created_at;
        Instant last_activity;
        bool current = false;
    };

    std::string csrf;
    std::vector<Row> rows;
    Instant now;
    Notice notice = Notice::none;
};
[[nodiscard]] std::string sessions_page(const Frame& frame, const Sessions& page);

/// GET password/change, and POST that did not change it.
struct PasswordChange {
    enum class Error {
        none,
        wrong_current,
        too_short,
        too_long,
        unchanged, ///< the new one is the old one
        too_common,
        contains_identifier, ///< the e-mail address or its first part
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
    std::string role;
    std::string context;
    bool verified = false;
    std::vector<std::string> permissions;
};
[[nodiscard]] std::string account_page(const Frame& frame, const Account& page);

/// How our pages look, and in which language they speak.
struct Preferences {
    std::string csrf;
    std::string_view theme;                 ///< one of `themes`; empty: as the browser says
    std::optional<http::Language> language; ///< likewise
    bool saved = false;
};
[[nodiscard]] std::string preferences_page(const Frame& frame, const Preferences& page);

/// What the form and the programs call the choice of the browser.
inline constexpr std::string_view as_the_browser_says = "auto";

/// A page for 400, 403, 404, 405, 413, 415, 429, 500 and 503; any other status reads like 500. The id lets somebody
/// find the line in the log.
[[nodiscard]] std::string error_page(const Frame& frame, int status, std::string_view request_id);

/// What is served at <prefix>/style.css, as text/css; charset=utf-8.
[[nodiscard]] std::string_view style_sheet();

} // namespace gatehouse::pages
