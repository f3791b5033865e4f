// SPDX-License-Identifier: Apache-2.0
// A POST before anything is done with it: its fields, and whether it came from one of our own pages. Loop thread.
#pragma once

#include "gateway/endpoints/endpoint.h"
#include "gateway/http/cookie.h"
#include "gateway/http/fields.h"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

struct Submission {
    enum class Trouble {
        none,
        body,    ///< unreadable; see body_error
        origin,  ///< sent by a page of somebody else
        token,   ///< the form's token is missing or not ours
        expired, ///< the form's token was ours, long ago
    };
    Trouble trouble = Trouble::none;
    http::BodyError body_error{};
    std::optional<http::Fields> fields; ///< unless the body was unreadable

    [[nodiscard]] bool ok() const noexcept { return trouble == Trouble::none; }
};

/// Reads and checks. A form needs a token for `form` that is bound to `binding`; for JSON the content type, which no
/// foreign page can send without being asked, and the Origin stand in. `object`: the one field that is an object in
/// JSON (json_body.h).
[[nodiscard]] Submission read_submission(const Call& call, std::string_view form, std::string_view binding,
                                         std::string_view object = {});

/// The answer to a submission in trouble, where showing the form again would not help.
[[nodiscard]] http::Response refuse(const Call& call, const Submission& submission);

/// The token to put into a form.
[[nodiscard]] std::string form_token(const Call& call, std::string_view form, std::string_view binding);

/// What binds forms to a browser that has no session yet: a random value in a cookie of its own.
struct PreLogin {
    std::string value;
    std::optional<std::string> set_cookie; ///< if the browser has no good one yet
};
[[nodiscard]] PreLogin pre_login(const Call& call);
/// The value that the browser sent, or empty: then no token is good.
[[nodiscard]] std::string sent_pre_login(const Call& call);

} // namespace gatehouse
