// SPDX-License-Identifier: Apache-2.0
// The sessions and users of the older system, in all of its stores. The older system has raw tokens, so raw tokens come
// in and go out here; they are neither logged nor kept. Threads, deadlines and errors as in session_store.h. An answer
// needs the answers of every store of the older system that could know: if one of them does not answer, the result is
// an error, never *absent*.
#pragma once

#include "storage/records.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {

/// A permission of a user in the older system.
struct LegacyPermission {
    std::string context; ///< empty: the older system has no contexts
    std::string name;
    std::optional<Instant> granted_at;
    std::string granted_by; ///< a user's id in the older system, or empty
    std::optional<Instant> expires_at;
};

/// A user of the older system.
struct LegacyUser {
    std::string id; ///< as the older system writes it: a UUID, a number
    std::string email;
    std::string phone; ///< as the older system stores it
    std::string password_hash;
    std::string role; ///< empty: the older system has no roles
    bool verified = false;
    std::optional<Instant> created_at;
    std::optional<std::vector<LegacyPermission>> permissions{}; ///< nullopt: no permissions can be read
};

/// Where in the older system a session was found.
enum class LegacyPlace { redis, sessions, users };

struct LegacySession {
    LegacyUser user;
    LegacyPlace place = LegacyPlace::sessions;
    /// When the person logged in, if the older system records the moment.
    std::optional<Instant> created_at;
    /// If the older system stores only the end of a session: this end less the lifetime. The older system moves the end
    /// with every use, so the value says nothing about the login.
    std::optional<Instant> last_activity;
    std::optional<Instant> expires_at; ///< the older system moves it with every use
    Origin origin;
};

struct LegacyAnswer {
    enum class Kind {
        absent, ///< unknown, or deleted
        ended,  ///< known, and over: revoked, or past its end
        live,
    };
    Kind kind = Kind::absent;
    bool revoked = false;                 ///< if ended: somebody logged out there; no other place overrules this
    std::optional<LegacySession> session; ///< if live
};

/// A login that must be written to the older system.
struct LegacyLogin {
    std::string token;   ///< new, chosen by Gatehouse
    std::string user_id; ///< in the older system
    std::string context;
    Instant now;
    Instant expires_at;
    Origin origin;
};

/// The session that a login replaced, where the older system has one session per user.
struct LegacyDisplaced {
    std::string token; ///< empty: no session was replaced
};

/// Selects sessions of a user. By stored id, because nobody here knows most of the tokens.
struct LegacySelection {
    std::vector<std::string> ids; ///< stored ids: base64url(SHA-256(token))
    bool all_but = false;         ///< all of the user's sessions except these
};

/// One session of a bulk read.
struct LegacyItem {
    std::string token;
    LegacySession session;
};

/// One part of a bulk read.
struct LegacyPage {
    std::vector<LegacyItem> items; ///< live ones
    std::size_t seen = 0;          ///< rows and keys that were read, live or not
    std::size_t unreadable = 0;    ///< of those: not understood
    std::string next;              ///< where the next part starts; empty: this was the last part
};

struct LegacyCounts {
    std::uint64_t users = 0;
    std::uint64_t sessions = 0;                 ///< an estimate by the stores, without reading the sessions
    std::optional<std::uint64_t> permissions{}; ///< nullopt: no permissions can be read
};

class LegacyStore {
  public:
    virtual ~LegacyStore() = default;

    virtual boost::asio::awaitable<Result<LegacyAnswer>> find(std::string token, std::string context, Instant now,
                                                              Deadline deadline) = 0;

    /// Finds a user by canonical e-mail address as the older system stores it, or by phone number. A phone number
    /// matches in any way of writing ("+7 (900) 123-45-67", "79001234567"), if exactly one user has it.
    virtual boost::asio::awaitable<Result<std::optional<LegacyUser>>> find_user(std::string identifier,
                                                                                Deadline deadline) = 0;
    /// Finds a user by canonical e-mail address in upper or lower case, if exactly one user has it. Without an index
    /// for this question, the whole table is read.
    virtual boost::asio::awaitable<Result<std::optional<LegacyUser>>> find_user_in_any_case(std::string email,
                                                                                            Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<std::optional<LegacyUser>>> user(std::string id, Deadline deadline) = 0;

    /// Writes a login as the older system would: a row in its table of sessions if it has one, else a token in the
    /// user's row; and a key in its Redis if it has sessions there. After an error, a part may have been written. With
    /// `expected`, the user's only session is replaced only if it is still this one; otherwise `conflict`.
    virtual boost::asio::awaitable<Result<LegacyDisplaced>>
    write(LegacyLogin login, std::optional<std::string> expected, Deadline deadline) = 0;
    /// The user's only session, where the older system has one per user. Empty: no session, or not such a system.
    virtual boost::asio::awaitable<Result<std::string>> standing(std::string user_id, Deadline deadline) = 0;

    /// The token in the user's row; empty: none; nullopt: no such user. refused: users have no token in their row.
    virtual boost::asio::awaitable<Result<std::optional<std::string>>> user_token(std::string user_id,
                                                                                  Deadline deadline) = 0;
    /// Notes that the session is used: it lives until `until`, as if it had been used in the older system. A session
    /// that is over, or that is in the user's row, is unchanged.
    virtual boost::asio::awaitable<Result<void>> extend(std::string token, Instant now, Instant until,
                                                        Deadline deadline) = 0;

    /// Ends this session in every place, as the older system would: its row is revoked or deleted, the token in the
    /// user's row is cleared if it is still this one (unless the older system never clears it), the key is deleted.
    /// Idempotent.
    virtual boost::asio::awaitable<Result<void>> clear(std::string token, Instant now, Deadline deadline) = 0;
    /// Ends sessions of a user whose tokens are not at hand, in the same way. Redis has no list of a user's sessions:
    /// the keys there stay until they expire.
    virtual boost::asio::awaitable<Result<void>> clear_of(std::string user_id, LegacySelection which, Instant now,
                                                          Deadline deadline) = 0;

    /// conflict: the hash is no longer `old_hash`.
    virtual boost::asio::awaitable<Result<void>> set_password(std::string user_id, std::string old_hash,
                                                              std::string new_hash, Deadline deadline) = 0;

    // For the bulk commands: all sessions and users, in parts of about `limit`. `after` is empty, or the last part's
    // `next`, which may be kept in a file. A live session that exists during the whole read is returned at least once.
    virtual boost::asio::awaitable<Result<LegacyPage>>
    sessions(std::string after, std::size_t limit, std::string context, Instant now, Deadline deadline) = 0;
    /// Users in order of id, those after `after`.
    virtual boost::asio::awaitable<Result<std::vector<LegacyUser>>> users(std::string after, std::size_t limit,
                                                                          Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<LegacyCounts>> counts(Deadline deadline) = 0;

    /// A cheap round trip to each store of the older system, for `ready`.
    virtual boost::asio::awaitable<Result<void>> ping(Deadline deadline) = 0;
};

} // namespace gatehouse
