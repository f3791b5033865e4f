// SPDX-License-Identifier: Apache-2.0
// What a forgotten password and a new account have in common: an address is typed, a mail with a link is queued after
// the answer, and the link's token comes back in a cookie. Whether the address has an account changes neither the
// answer nor its time. Loop thread.
#pragma once

#include "gateway/accounts/secret.h"
#include "gateway/endpoints/new_password.h"
#include "gateway/http/message.h"
#include "gateway/pages/by_mail.h"
#include "storage/one_time_store.h"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

[[nodiscard]] bool offers_reset(const Call& call);
[[nodiscard]] bool offers_registration(const Call& call);
/// Whether people can give their account another address, or prove the one that it has.
[[nodiscard]] bool offers_addresses(const Call& call);

/// The first step: the page with the form, and its POST.
[[nodiscard]] http::Response ask_for_mail(const Call& call, pages::ByMail what);
boost::asio::awaitable<http::Response> queue_mail(const Call& call, pages::ByMail what);

/// The second step: the token that the link has brought.
struct LinkVisit {
    std::optional<OneTimeToken> token; ///< nullopt: the link does not work any more
    bool unknown = false;              ///< no store could tell
};
boost::asio::awaitable<LinkVisit> link_visit(const Call& call, pages::ByMail what, Deadline until);
boost::asio::awaitable<LinkVisit> link_visit(const Call& call, Purpose purpose, Deadline until);
/// Without a token: the page that says so, or 503. Removes the cookie if the link is dead.
[[nodiscard]] http::Response no_link(const Call& call, const LinkVisit& visit, pages::ByMail what);

/// The page on which a password is chosen.
[[nodiscard]] http::Response choose_password(const Call& call, const OneTimeToken& token, pages::ByMail what);
/// The page again, with the reason; a program gets JSON.
[[nodiscard]] http::Response refuse_choice(const Call& call, const OneTimeToken& token, pages::ByMail what,
                                           const PasswordRefusal& why);

/// A POST of that page, judged: the password and its hash.
struct ChosenPassword {
    std::optional<http::Response> refusal;
    Secret plain;
    std::string hash;
};
boost::asio::awaitable<ChosenPassword> read_chosen_password(const Call& call, const OneTimeToken& token,
                                                            pages::ByMail what, Deadline& until);

/// After the second step: the login page with a notice, without the link's cookie.
[[nodiscard]] http::Response link_used(const Call& call, std::string_view notice);

/// The page with a button, and its POST; without a refusal the token may be used.
[[nodiscard]] http::Response ask_to_confirm(const Call& call, const OneTimeToken& token, pages::ByMail what,
                                            int status = 200, pages::ConfirmLink::Error error = {});
[[nodiscard]] std::optional<http::Response> refuse_confirmation(const Call& call, const OneTimeToken& token,
                                                                pages::ByMail what, std::string& target);
/// 503: nothing was changed, and the button is there again.
[[nodiscard]] http::Response confirmation_unavailable(const Call& call, const OneTimeToken& token, pages::ByMail what);
/// After the button: `target`, else the account page, or the login page for whoever is not signed in here; with a
/// notice, and without the link's cookie.
boost::asio::awaitable<http::Response> confirmed(const Call& call, std::string_view notice, std::string target = {});

/// Queues a link for this account before the answer, three in an hour. False: that many were asked for.
boost::asio::awaitable<Result<bool>> queue_link_for(const Call& call, std::string_view kind, std::string user_id,
                                                    std::string address, std::string facts, Deadline until);
/// A mail of this request's language and context.
[[nodiscard]] NewMail mail_of(const Call& call, std::string_view kind, std::string user_id, std::string address,
                              std::string facts);

/// The owner of the account learns of a login in a browser that has not logged in before.
void tell_of_new_device(const Call& call, const User& user);

/// Queues a mail about this user, after the answer.
void notify_by_mail(const Call& call, std::string_view kind, const std::string& user_id, const std::string& address,
                    std::string facts = {});

} // namespace gatehouse
