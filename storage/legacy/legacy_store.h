// SPDX-License-Identifier: Apache-2.0
// The sessions and users of the system that is being replaced, in whatever it keeps them. It has raw tokens; so tokens
// come in and go out here, and are neither logged nor kept. Threads, deadlines and errors as in session_store.h. An
// answer is given only when every store of that system that could know has answered: if one that could did not, it is
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

/// A user as the old system knows it.
struct LegacyUser {
    std::string id; ///< in the old system's words: a UUID, a number
    std::string email;
    std::string phone; ///< as it stands there
    std::string password_hash;
    std::string role; ///< empty: it has no roles
    bool verified = false;
    std::optional<Instant> created_at;
};

/// Where in the old system a session was found.
enum class LegacyPlace { redis, sessions, users };

struct LegacySession {
    LegacyUser user;
    LegacyPlace place = LegacyPlace::sessions;
    /// When the person logged in, if the old system has recorded that.
    std::optional<Instant> created_at;
    /// Where it keeps only an end: that, less its lifetime. It moves the end on with every use, so this says nothing of
    /// the login.
    std::optional<Instant> last_activity;
    std::optional<Instant> expires_at; ///< the old system moves it on with every use
    Origin origin;
};

struct LegacyAnswer {
    enum class Kind {
        absent, ///< never heard of it, or deleted
        ended,  ///< known, and over: revoked, or past its end
        live,
    };
    Kind kind = Kind::absent;
    bool revoked = false;                 ///< if ended: somebody logged it out there; no other place overrules that
    std::optional<LegacySession> session; ///< if live
};

/// A login that the old system is to know of.
struct LegacyLogin {
    std::string token;   ///< new, ours to choose
    std::string user_id; ///< of the old system
    std::string context;
    Instant now;
    Instant expires_at;
    Origin origin;
};

/// What a login replaced where there is one session per user.
struct LegacyDisplaced {
    std::string token; ///< empty: nothing
};

/// Which sessions of a user. By stored id: of most of them nobody here knows the token.
struct LegacySelection {
    std::vector<std::string> ids; ///< stored ids: base64url(SHA-256(token))
    bool all_but = false;         ///< all of the user's but these
};

/// One session of a bulk read.
struct LegacyItem {
    std::string token;
    LegacySession session;
};

/// A part of everything there is.
struct LegacyPage {
    std::vector<LegacyItem> items; ///< live ones
    std::size_t seen = 0;          ///< rows and keys that were looked at, live or not
    std::size_t unreadable = 0;    ///< of those: nothing that could be made sense of
    std::string next;              ///< where to go on; empty: that was all
};

struct LegacyCounts {
    std::uint64_t users = 0;
    std::uint64_t sessions = 0; ///< about: what the stores say without being read
};

class LegacyStore {
  public:
    virtual ~LegacyStore() = default;

    virtual boost::asio::awaitable<Result<LegacyAnswer>> find(std::string token, std::string context, Instant now,
                                                              Deadline deadline) = 0;

    /// By canonical e-mail address, or by phone number: then whatever way of writing it stands there counts ("+7 (900)
    /// 123-45-67", "79001234567"), if one user alone has it.
    virtual boost::asio::awaitable<Result<std::optional<LegacyUser>>> find_user(std::string identifier,
                                                                                Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<std::optional<LegacyUser>>> user(std::string id, Deadline deadline) = 0;

    /// Writes a login as the old system would: a row in its table of sessions if it has one, else into the user's row;
    /// and a key in its Redis if it has sessions there. All of it or an error; after an error a part may be there.
    /// With `expected` the user's one session is replaced only if it is still this one, else `conflict`.
    virtual boost::asio::awaitable<Result<LegacyDisplaced>>
    write(LegacyLogin login, std::optional<std::string> expected, Deadline deadline) = 0;
    /// The user's one session, where there is one per user (empty: none, or not that kind).
    virtual boost::asio::awaitable<Result<std::string>> standing(std::string user_id, Deadline deadline) = 0;

    /// Ends this session wherever it is: its row is revoked or deleted as the old system would, users' token is cleared
    /// if it is still this one (unless that never happens there), its key is deleted. Idempotent.
    virtual boost::asio::awaitable<Result<void>> clear(std::string token, Instant now, Deadline deadline) = 0;
    /// Likewise for sessions of a user whose tokens are not at hand. Redis has no such list: keys stay until they
    /// expire.
    virtual boost::asio::awaitable<Result<void>> clear_of(std::string user_id, LegacySelection which, Instant now,
                                                          Deadline deadline) = 0;

    /// conflict: the hash is no longer `old_hash`.
    virtual boost::asio::awaitable<Result<void>> set_password(std::string user_id, std::string old_hash,
                                                              std::string new_hash, Deadline deadline) = 0;

    // For the bulk commands: everything, in parts of about `limit`. `after` is empty, or what the last part called
    // `next`; it may be kept in a file. Live sessions that are there all the while are given at least once.
    virtual boost::asio::awaitable<Result<LegacyPage>>
    sessions(std::string after, std::size_t limit, std::string context, Instant now, Deadline deadline) = 0;
    /// Users in order of id, those after `after`.
    virtual boost::asio::awaitable<Result<std::vector<LegacyUser>>> users(std::string after, std::size_t limit,
                                                                          Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<LegacyCounts>> counts(Deadline deadline) = 0;

    /// A cheap round trip to each of its stores, for `ready`.
    virtual boost::asio::awaitable<Result<void>> ping(Deadline deadline) = 0;
};

} // namespace gatehouse
