// SPDX-License-Identifier: Apache-2.0
// One-time tokens: what the links in mails stand for. A token is for one purpose and one person, works once, and for a
// short time. Its use and what it allows are one transaction. Threads, deadlines and errors as in session_store.h.
#pragma once

#include "storage/instant.h"
#include "storage/mail_store.h"
#include "storage/result.h"
#include "storage/user_store.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

enum class Purpose {
    reset_password,    ///< used by UserStore::set_password
    register_account,  ///< used by OneTimeStore::register_account
    invitation,        ///< the same, with what the inviting operator gives
    new_address,       ///< used by OneTimeStore::change_address
    take_back_address, ///< used by UserStore::set_password; a new password does not end it
    verify_address,    ///< used by OneTimeStore::verify_address
};
/// As it is stored.
[[nodiscard]] constexpr std::string_view name_of(Purpose purpose) noexcept {
    switch (purpose) {
    case Purpose::reset_password: return "reset_password";
    case Purpose::register_account: return "register_account";
    case Purpose::invitation: return "invitation";
    case Purpose::new_address: return "new_address";
    case Purpose::take_back_address: return "take_back_address";
    case Purpose::verify_address: break;
    }
    return "verify_address";
}

struct OneTimeToken {
    std::string id; ///< the stored id of the token: SHA-256, base64url
    Purpose purpose{};
    std::string user_id; ///< empty: of somebody who has no account yet
    std::string address; ///< canonical; where it was sent
    Instant created_at;
    Instant expires_at;
    std::string grants{}; ///< of an invitation: JSON, for whoever follows the link; empty: nothing

    bool operator==(const OneTimeToken&) const = default;
};

enum class Registered {
    yes,
    no_token, ///< it was used, is too old, or was never issued: nothing was written
    taken,    ///< the address has an account by now; the token is used
};

/// A permission in one context, for a new account.
struct FirstPermission {
    std::string context;
    std::string name;
};

struct AddressChange {
    enum class Outcome {
        yes,
        no_token, ///< as in Registered
        taken,    ///< somebody else has the address by now; the token is used
    };
    Outcome outcome = Outcome::no_token;
    std::string user_id;         ///< for `yes`, as the following
    std::int64_t generation = 0; ///< the new one
    std::string before;          ///< the address of before; empty: there was none
};

class OneTimeStore {
  public:
    virtual ~OneTimeStore() = default;

    /// Older tokens of the same purpose for this address end. False: there is no such user, or the user is disabled.
    virtual boost::asio::awaitable<Result<bool>> issue(OneTimeToken token, Deadline deadline) = 0;
    /// Does not use the token.
    virtual boost::asio::awaitable<Result<std::optional<OneTimeToken>>> find_token(std::string id, Purpose purpose,
                                                                                   Instant now, Deadline deadline) = 0;
    /// Uses the token, of one of the two purposes, and creates the account with these permissions. The account has the
    /// token's address, which is verified thereby.
    virtual boost::asio::awaitable<Result<Registered>> register_account(std::string token_id, Purpose purpose,
                                                                        NewAccount account,
                                                                        std::vector<FirstPermission> permissions,
                                                                        Deadline deadline) = 0;
    /// Uses the token: the user has its address from now on, verified. The user's other tokens end, except those that
    /// take an address back. `notice` is queued for the address of before, if there was one; its user and its recipient
    /// are filled in here.
    virtual boost::asio::awaitable<Result<AddressChange>> change_address(std::string token_id, NewMail notice,
                                                                         Instant now, Deadline deadline) = 0;
    /// Uses the token: the address is verified, if it is still the user's. `found` is false
    /// without a token that counts.
    virtual boost::asio::awaitable<Result<UserChange>> verify_address(std::string token_id, Instant now,
                                                                      Deadline deadline) = 0;
    /// Deletes tokens that expired before `before`. The number of them.
    virtual boost::asio::awaitable<Result<std::size_t>> forget_one_time(Instant before, std::size_t limit,
                                                                        Deadline deadline) = 0;
};

} // namespace gatehouse
