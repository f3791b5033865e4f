// SPDX-License-Identifier: Apache-2.0
// The authority on users: SQL (PostgreSQL, SQLite), or memory in tests. Threads, deadlines and errors as in
// session_store.h. A change of a user raises the user's generation by one, in the same transaction. The caller passes
// canonical identifiers only (accounts/identifier.h).
#pragma once

#include "storage/records.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {

struct NewAccount {
    std::string id; ///< UUID
    std::string email;
    std::string password_hash;
    std::string role;
    bool verified = false;
    Instant created_at;
};

/// A change of a user that ended sessions. `found` is false if the user does not exist (then nothing happened).
struct UserChange {
    bool found = false;
    std::int64_t generation = 0; ///< the new one
    std::vector<EndedSession> ended;
};

/// What allows a change of the password.
struct PasswordProof {
    std::optional<std::int64_t> generation{}; ///< the user's, as read before the proof; nullopt: any
    /// The stored id of a one-time token for the password (one_time_store.h), which the change uses; empty: none. Its
    /// holder reads the mail of its address, so the address is verified if it is still the user's.
    std::string token_id{};
    /// The token is one of Purpose::take_back_address: the account gets the token's address back, verified.
    bool takes_back_address = false;
};

/// What becomes of the ways to reach a person; nullopt stays. An empty phone number removes it.
struct Contact {
    std::optional<std::string> email{}; ///< as it is shown. Every one-time token of the user ends
    std::optional<std::string> phone{}; ///< a login name
    std::optional<std::string> claimed_phone{};
    std::optional<bool> verified{}; ///< whether the address is known to be theirs
};

/// A permission that an operator gives.
struct Grant {
    Grant(Permission its, std::string who = {}) : permission(std::move(its)), by(std::move(who)) {}
    Grant(std::string name, std::optional<Instant> expires_at) : permission{std::move(name), expires_at} {}

    Permission permission;
    std::string by; ///< the operator's login name; empty: unknown
};

class UserStore {
  public:
    virtual ~UserStore() = default;

    virtual boost::asio::awaitable<Result<std::optional<Account>>> find_by_email(std::string email,
                                                                                 Deadline deadline) = 0;
    /// E.164, as accounts/identifier.h makes it.
    virtual boost::asio::awaitable<Result<std::optional<Account>>> find_by_phone(std::string phone,
                                                                                 Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<std::optional<Account>>> find(std::string user_id, Deadline deadline) = 0;

    /// The user as a check in `context` sees it.
    virtual boost::asio::awaitable<Result<std::optional<User>>>
    find_in_context(std::string user_id, std::string context, Instant now, Deadline deadline) = 0;

    /// conflict: the e-mail is taken.
    virtual boost::asio::awaitable<Result<void>> create(NewAccount account, Deadline deadline) = 0;

    /// Accounts in order of e-mail, after `after` (empty: from the start), at most `limit`.
    virtual boost::asio::awaitable<Result<std::vector<Account>>> list(std::string after, std::size_t limit,
                                                                      Deadline deadline) = 0;

    /// Sets a new password that a person has chosen: raises the generation, and ends every session except `keep` and
    /// every one-time token of the user in one transaction. `found` is false if the proof does not hold any more.
    virtual boost::asio::awaitable<Result<UserChange>> set_password(std::string user_id, std::string password_hash,
                                                                    PasswordProof proof, std::optional<SessionKey> keep,
                                                                    Instant now, Deadline deadline) = 0;

    /// Stores the same password, hashed anew at login: no session ends and the generation stays. Does nothing if the
    /// stored hash is no longer `old_hash`.
    virtual boost::asio::awaitable<Result<void>> replace_hash(std::string user_id, std::string old_hash,
                                                              std::string new_hash, Deadline deadline) = 0;

    /// Disabling also ends every session of the user.
    virtual boost::asio::awaitable<Result<UserChange>> set_disabled(std::string user_id, bool disabled, Instant now,
                                                                    Deadline deadline) = 0;

    /// Deletes the user and the user's rows: permissions, one-time tokens, mail, also mail and tokens that were for the
    /// user's address before the account was; and sessions, which are ended in the same transaction so that the feed
    /// reports them. `found` is false if the user has changed since this generation; nullopt: any.
    virtual boost::asio::awaitable<Result<UserChange>>
    remove(std::string user_id, std::optional<std::int64_t> generation, Instant now, Deadline deadline) = 0;

    /// conflict: somebody else has the address or the phone number.
    virtual boost::asio::awaitable<Result<UserChange>> set_contact(std::string user_id, Contact contact, Instant now,
                                                                   Deadline deadline) = 0;

    virtual boost::asio::awaitable<Result<UserChange>> set_role(std::string user_id, std::string role,
                                                                Deadline deadline) = 0;

    /// Granting again replaces the expiry. A permission that came from an older system belongs to Gatehouse from then
    /// on.
    virtual boost::asio::awaitable<Result<UserChange>> grant(std::string user_id, std::string context, Grant grant,
                                                             Instant now, Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<UserChange>> withdraw(std::string user_id, std::string context,
                                                                std::string permission, Deadline deadline) = 0;
};

} // namespace gatehouse
