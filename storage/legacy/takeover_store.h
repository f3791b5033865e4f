// SPDX-License-Identifier: Apache-2.0
// What we remember of the system that is being replaced, beside its own stores: whose its users are here, and what has
// become of its tokens. A token of it is named by its stored id, like one of ours, and is found by SessionStore::find
// under that name once it stands for a session here; *ended* is final, whatever the older system says.
// Threads, deadlines and errors as in session_store.h.
#pragma once

#include "storage/legacy/legacy_store.h"
#include "storage/session_store.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

/// As the table has it: "redis", "sessions", "users".
[[nodiscard]] std::string_view name_of(LegacyPlace place) noexcept;

/// A user of the older system on the way in.
struct Newcomer {
    LegacyUser user;
    std::string id;       ///< the UUID here, the same whoever makes it
    std::string email;    ///< canonical, or empty
    std::string phone;    ///< E.164, or empty
    std::string role;     ///< one of ours
    bool refresh = false; ///< what has changed there since is to change here
    std::string context;  ///< in which it is asked for
    /// The token by which it came, if by one, and since when that is known to exist.
    std::string token_id;
    std::optional<Instant> born;
};

struct Introduced {
    User user;
    std::string password_hash;
    /// False: the sessions of the older system were ended for this user after that token was made.
    bool token_counts = true;
};

/// An old token becomes another name of a new session.
struct Adoption {
    NewSession session;
    std::string token_id;
    LegacyPlace place = LegacyPlace::sessions;
    std::optional<Instant> born;
};

enum class Adopted {
    moved,
    exists,  ///< the token is known already: ask SessionStore::find
    refused, ///< the user is disabled, has changed, or the token does not count
};

/// What is remembered of a token that stands for no session (yet).
struct Vouched {
    SessionKey token;
    std::optional<std::string> session_id; ///< the session that it stands for
    LegacyPlace place = LegacyPlace::sessions;
    Instant since;
    Instant expires_at;
};

struct TakeoverCounts {
    std::uint64_t users = 0;    ///< that have an id in the older system
    std::uint64_t sessions = 0; ///< live ones here
    std::uint64_t named = 0;    ///< of those: with a name in the older system
    std::uint64_t ended = 0;    ///< tokens of the older system that are over
};

/// A token of the older system that has a record here.
struct KnownToken {
    std::string id;
    bool ended = false;
    bool live = false;          ///< stands for a session that lives
    std::string session_id;     ///< empty: stands for none
    std::string handle;         ///< of that session
    std::string legacy_user_id; ///< of that session's user
};

struct ForgottenHashes {
    std::size_t count = 0;
    std::string last; ///< where to go on; empty: that were all
};

/// What a gateway has said of its strategy.
struct Announcement {
    std::string node;
    std::string strategy;
    Instant at;
};

class TakeoverStore {
  public:
    virtual ~TakeoverStore() = default;

    /// The user here: made if there is none, linked to the one with the same address if the older system has confirmed
    /// that. conflict: somebody else has the address or the phone number.
    virtual boost::asio::awaitable<Result<Introduced>> introduce(Newcomer newcomer, Instant now, Deadline deadline) = 0;

    /// Both rows or none.
    virtual boost::asio::awaitable<Result<Adopted>> adopt(Adoption adoption, Deadline deadline) = 0;

    /// The token was made here, or is accepted, now. False: it is over, and stays so.
    virtual boost::asio::awaitable<Result<bool>> vouch(Vouched token, Deadline deadline) = 0;

    /// Where the older system had the token when it was first used here; nullopt: it is not known here.
    virtual boost::asio::awaitable<Result<std::optional<LegacyPlace>>> place_of(SessionKey token,
                                                                                Deadline deadline) = 0;

    /// For ever. Everything that ended with it: itself, the session that it stood for, that one's other names.
    virtual boost::asio::awaitable<Result<std::vector<EndedSession>>> end_old(EndedSession token, Instant now,
                                                                              Deadline deadline) = 0;

    /// The names in the older system of these sessions, as far as they have any.
    virtual boost::asio::awaitable<Result<std::vector<EndedSession>>> names_of(std::vector<SessionKey> sessions,
                                                                               Deadline deadline) = 0;

    /// The user's id in the older system; empty: none.
    virtual boost::asio::awaitable<Result<std::string>> legacy_id_of(std::string user_id, Deadline deadline) = 0;
    /// Likewise, of the user whose session this is or was.
    virtual boost::asio::awaitable<Result<std::string>> legacy_id_of_session(SessionKey session, Deadline deadline) = 0;

    /// This hash is the one that the older system has of the user's password, and is no reason to change ours.
    virtual boost::asio::awaitable<Result<void>> note_hash(std::string user_id, std::string hash,
                                                           Deadline deadline) = 0;

    /// Those of these tokens that have a record.
    virtual boost::asio::awaitable<Result<std::vector<KnownToken>>>
    known_tokens(std::string context, std::vector<std::string> ids, Instant now, Deadline deadline) = 0;

    virtual boost::asio::awaitable<Result<void>> announce(Announcement announcement, Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<std::vector<Announcement>>> announced(Deadline deadline) = 0;

    virtual boost::asio::awaitable<Result<TakeoverCounts>> takeover_counts(std::string context, Instant now,
                                                                           Deadline deadline) = 0;

    // When the older system is gone for good, and never before: without its records, what has ended comes back.

    /// Deletes the records of at most `limit` of its tokens. How many; 0: there are none left.
    virtual boost::asio::awaitable<Result<std::size_t>> forget_tokens(std::size_t limit, Deadline deadline) = 0;
    /// Forgets its password hashes, of at most `limit` users behind `after` (empty: from the start).
    virtual boost::asio::awaitable<Result<ForgottenHashes>> forget_hashes(std::string after, std::size_t limit,
                                                                          Deadline deadline) = 0;
};

} // namespace gatehouse
