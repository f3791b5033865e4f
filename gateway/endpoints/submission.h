// SPDX-License-Identifier: Apache-2.0
// A POST before it is acted upon: its fields, and whether one of our own pages sent it. Loop thread.
#pragma once

#include "gateway/http/cookie.h"
#include "gateway/http/fields.h"
#include "gateway/http/message.h"
#include "gateway/pages/pages.h"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

struct Call;

struct Submission {
    enum class Trouble {
        none,
        body,    ///< unreadable; see body_error
        origin,  ///< sent by a page of another site
        token,   ///< the form's token is missing or was not made by Gatehouse
        expired, ///< the form's token was made by Gatehouse, but too long ago
    };
    Trouble trouble = Trouble::none;
    http::BodyError body_error{};
    std::optional<http::Fields> fields; ///< unless the body was unreadable

    [[nodiscard]] bool ok() const noexcept { return trouble == Trouble::none; }
};

/// Reads and checks a POST. A form needs a token for `form` that is bound to `binding`. JSON needs none: its content
/// type, which no other site's page can send without permission, and the Origin take its place. `object`: the one field
/// that is an object in JSON (json_body.h).
[[nodiscard]] Submission read_submission(const Call& call, std::string_view form, std::string_view binding,
                                         std::string_view object = {});

/// Checks a POST whose fields do not matter, such as a logout: another application may forward its own logout unchanged
/// (307). If the browser says that one of our own pages sent the POST, any body is accepted, also none. If the browser
/// says nothing, JSON is accepted by its content type, and any other body is read as above.
[[nodiscard]] Submission read_bare_submission(const Call& call, std::string_view form, std::string_view binding);

/// Why the form is to be shown again, with a new token and with what was typed except passwords. `none`: the form
/// cannot be shown, because the body was unreadable or a program has sent it; then `refuse` has the answer.
[[nodiscard]] pages::FormError shown_again(const Call& call, const Submission& submission);

/// The answer to a refused submission, where showing the form again would not help.
[[nodiscard]] http::Response refuse(const Call& call, const Submission& submission);

/// Why a form was not acted upon, for a program: `origin`, or a token that does not count.
[[nodiscard]] std::string_view message_of(Submission::Trouble trouble) noexcept;

/// The token to put into a form.
[[nodiscard]] std::string form_token(const Call& call, std::string_view form, std::string_view binding);

/// Whether form_token has made this token, for the same form and binding, and lately.
[[nodiscard]] bool is_form_token(const Call& call, std::string_view form, std::string_view binding,
                                 std::string_view token);

/// Binds forms to a browser that has no session yet: a random value in a cookie of its own.
struct PreLogin {
    std::string value;
    std::optional<std::string> set_cookie; ///< set if the browser has no valid cookie yet
};
[[nodiscard]] PreLogin pre_login(const Call& call);
/// The value that the browser sent. Empty: then no token is valid.
[[nodiscard]] std::string sent_pre_login(const Call& call);

} // namespace gatehouse
