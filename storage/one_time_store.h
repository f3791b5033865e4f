// SPDX-License-Identifier: Apache-2.0
// One-time tokens: what the links in mails stand for. A token is for one purpose and one person, works once, and for a
// short time. Its use and what it allows are one transaction. Threads, deadlines and errors as in session_store.h.
#pragma once

#include "storage/instant.h"
#include "storage/result.h"
#include "storage/user_store.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

enum class Purpose {
    reset_password,   ///< used by UserStore::set_password
    register_account, ///< used by OneTimeStore::register_account
};
/// As it is stored.
[[nodiscard]] constexpr std::string_view name_of(Purpose purpose) noexcept {
    return purpose == Purpose::reset_password ? "reset_password" : "register_account";
}

struct OneTimeToken {
    std::string id; ///< the stored id of the token: SHA-256, base64url
    Purpose purpose{};
    std::string user_id; ///< empty: of somebody who has no account yet
    std::string address; ///< canonical; where it was sent
    Instant created_at;
    Instant expires_at;

    bool operator==(const OneTimeToken&) const = default;
};

enum class Registered {
    yes,
    no_token, ///< it was used, is too old, or was never issued: nothing was written
    taken,    ///< the address has an account by now; the token is used
};

class OneTimeStore {
  public:
    virtual ~OneTimeStore() = default;

    /// Older tokens of the same purpose for this address end. False: there is no such user, or the user is disabled.
    virtual boost::asio::awaitable<Result<bool>> issue(OneTimeToken token, Deadline deadline) = 0;
    /// Does not use the token.
    virtual boost::asio::awaitable<Result<std::optional<OneTimeToken>>> find_token(std::string id, Purpose purpose,
                                                                                   Instant now, Deadline deadline) = 0;
    /// Uses the token and creates the account. The account has the token's address, which is verified thereby.
    virtual boost::asio::awaitable<Result<Registered>> register_account(std::string token_id, NewAccount account,
                                                                        Deadline deadline) = 0;
    /// Deletes tokens that expired before `before`. The number of them.
    virtual boost::asio::awaitable<Result<std::size_t>> forget_one_time(Instant before, std::size_t limit,
                                                                        Deadline deadline) = 0;
};

} // namespace gatehouse
