// SPDX-License-Identifier: Apache-2.0
// A form of the account's owner that needs the current password: its page, and its POST up to the password. Loop
// thread.
#pragma once

#include "gateway/endpoints/current_password.h"
#include "gateway/endpoints/submission.h"
#include "gateway/pages/account.h"
#include "gateway/sessions/lookup.h"

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

inline constexpr PasswordRefusal owner_busy{503, PasswordRefusal::Error::unavailable, "unavailable",
                                            "Nothing was changed: not all stores answer just now. Try again."};

/// Whether accounts are Gatehouse's own in this context: then their owners change and delete them here.
[[nodiscard]] bool owns_accounts(const Call& call);

[[nodiscard]] http::Response show_owner_form(const Call& call, const Lookup& found, pages::OwnerForm content,
                                             int status = 200);

/// A POST of the form.
struct OwnerPost {
    std::optional<http::Response> refusal;
    std::string value;  ///< of the form's own field, if it has one
    std::string target; ///< rd: a path of the application; empty: none
    Secret current;
    Lookup found;
};
boost::asio::awaitable<OwnerPost> read_owner_post(const Call& call, pages::OwnerForm::What what);

/// The page again with the reason; a program gets JSON. `value`: what was typed.
[[nodiscard]] http::Response refuse_owner(const Call& call, const Lookup& found, pages::OwnerForm::What what,
                                          const PasswordRefusal& why, std::string_view value = {}, Seconds wait = {});

/// What was typed into the form's own field does not do.
struct ValueRefusal {
    pages::OwnerForm::ValueError error;
    std::string_view code, message;
};
[[nodiscard]] http::Response refuse_value(const Call& call, const OwnerPost& post, pages::OwnerForm::What what,
                                          const ValueRefusal& why);

/// Done: the page `path` of ours, which says so; a program gets this status.
[[nodiscard]] http::Response owner_done(const Call& call, int status, std::string_view code, std::string_view path);

} // namespace gatehouse
