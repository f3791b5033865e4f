// SPDX-License-Identifier: Apache-2.0
// What Gatehouse remembers of the older system, outside that system's own stores: which user here belongs to which user
// there, and what has become of its tokens. An older token is named by its stored id, like a token of Gatehouse. Once
// it stands for a session here, it is an alias of that session (SessionStore::find, end_name, names_of). *Ended* is
// final, whatever the older system says. Threads, deadlines and errors as in session_store.h.
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

/// The value in the table's column: "redis", "sessions", "users".
[[nodiscard]] std::string_view name_of(LegacyPlace place) noexcept;

/// A user of the older system who is being taken over.
struct Newcomer {
    LegacyUser user;
    std::string id;       ///< the UUID here, the same whichever gateway makes it
    std::string email;    ///< canonical, or empty
    std::string phone;    ///< E.164, or empty
    std::string role;     ///< a role of Gatehouse
    bool refresh = false; ///< changes in the older system are also made here
    /// JSON, sorted: [context, name, expires (ms) or null, granted (ms) or null, granted by (UUID here) or null] of
    /// each permission. nullopt: the permissions are not known.
    std::optional<std::string> permissions{};
    std::string context; ///< in which the user is asked for
    /// The older token with which the user came, if any, and since when the token is known to exist.
    std::string token_id;
    std::optional<Instant> born;
};

struct Introduced {
    User user;
    std::string password_hash;
    /// False: the older system's sessions of this user were ended after that token was made.
    bool token_counts = true;
    bool written = false; ///< the row is new here, or differed from the older system's
};

/// An older token becomes an alias of a new session.
struct Adoption {
    NewSession session;
    std::string token_id;
    std::string sealed{}; ///< the token, as in OlderName
    LegacyPlace place = LegacyPlace::sessions;
    std::optional<Instant> born{};
    std::optional<Instant> lives_until{};
};

enum class Adopted {
    moved,
    exists,  ///< the token is known already: call SessionStore::find
    refused, ///< the user is disabled, has changed, or the token does not count
};

/// The record of a token that stands for no session (yet).
struct AcceptedToken {
    SessionKey token;
    std::optional<std::string> session_id; ///< the session that it stands for
    std::string sealed;                    ///< the token, as in OlderName
    LegacyPlace place = LegacyPlace::sessions;
    Instant since;
    Instant expires_at;
    std::optional<Instant> lives_until;
};

/// An older token that is an alias of a session here: what is needed to ask whether the token still lives in the older
/// system when the browser has not sent it.
struct OlderName {
    std::string id;
    std::string sealed; ///< the token, encrypted (TokenSeal); empty: not known
    LegacyPlace place = LegacyPlace::sessions;
    std::optional<Instant>
        lives_until{}; ///< end in the older system unless somebody ends the session first; nullopt: no end, or unknown
    bool ended = false;
    std::string legacy_user_id;
    /// Gatehouse was the last to clear the user's only token in the older system: its absence is then no logout there.
    bool cleared_here = false;
};

struct TakeoverCounts {
    std::uint64_t users = 0;       ///< users with an id in the older system
    std::uint64_t sessions = 0;    ///< live ones here
    std::uint64_t named = 0;       ///< of those: with an alias
    std::uint64_t ended = 0;       ///< older tokens that are over
    std::uint64_t fresh = 0;       ///< of those with an alias: the alias became known at that moment or later
    std::uint64_t permissions = 0; ///< permissions that came from the older system
};

/// An older token that has a record here.
struct KnownToken {
    std::string id;
    bool ended = false;
    bool live = false;          ///< the token stands for a live session
    std::string session_id;     ///< empty: the token stands for none
    std::string handle;         ///< of that session
    std::string legacy_user_id; ///< of that session's user
    Instant since;              ///< since when the token is known
};

/// Sessions of the user that began before a moment do not count.
struct CutOff {
    std::string legacy_id;
    std::optional<Instant> until; ///< the moment; nullopt: the user is disabled, and no session counts
};

struct ForgottenHashes {
    std::size_t count = 0;
    std::string last; ///< where the next call starts; empty: these were all
};

/// The strategy that a gateway has announced.
struct Announcement {
    std::string node;
    std::string strategy;
    Instant at;
    std::string refused = {}; ///< why the gateway refused its last reload; empty: it did not
    Instant refused_at = {};
};

class TakeoverStore {
  public:
    virtual ~TakeoverStore() = default;

    /// Makes the user here if there is none, or links the user with the same address if the older system has verified
    /// the address. conflict: another user has the address or the phone number.
    virtual boost::asio::awaitable<Result<Introduced>> introduce(Newcomer newcomer, Instant now, Deadline deadline) = 0;

    /// The account whose password counts for this user: the account that `introduce` would leave, but nothing is
    /// written. nullopt: the user is not here yet. conflict: as in `introduce`, as far as it can be seen. Does the same
    /// work whatever the result is.
    virtual boost::asio::awaitable<Result<std::optional<Account>>> preview(Newcomer newcomer, Instant now,
                                                                           Deadline deadline) = 0;

    /// Writes both rows or none.
    virtual boost::asio::awaitable<Result<Adopted>> adopt(Adoption adoption, Deadline deadline) = 0;

    /// Records that the token was made here, or is accepted, now. False: the token is over, and stays over.
    virtual boost::asio::awaitable<Result<bool>> accept_token(AcceptedToken token, Deadline deadline) = 0;

    /// The aliases of a session, by its id or by one of its aliases.
    virtual boost::asio::awaitable<Result<std::vector<OlderName>>> older_names(SessionKey session,
                                                                               Deadline deadline) = 0;
    /// The aliases of all sessions of a user, over or not, that the older system may still have.
    virtual boost::asio::awaitable<Result<std::vector<OlderName>>> older_names_of(std::string user_id, Instant now,
                                                                                  Deadline deadline) = 0;
    /// Aliases of live sessions, in order of id, those after `after`; at most `limit`.
    virtual boost::asio::awaitable<Result<std::vector<OlderName>>>
    live_names(std::string context, std::string after, std::size_t limit, Instant now, Deadline deadline) = 0;
    /// Records that the token lives in the older system, and until when.
    virtual boost::asio::awaitable<Result<void>> note_alive(SessionKey token, std::string sealed,
                                                            std::optional<Instant> lives_until, Deadline deadline) = 0;
    /// Records that Gatehouse is about to clear the user's only token in the older system, or (false) that a new token
    /// is there.
    virtual boost::asio::awaitable<Result<void>> note_cleared(std::string legacy_user_id, bool cleared,
                                                              Deadline deadline) = 0;

    /// The user's id in the older system; empty: none.
    virtual boost::asio::awaitable<Result<std::string>> legacy_id_of(std::string user_id, Deadline deadline) = 0;

    /// Records that this is the older system's hash of the user's password, and no reason to change the hash here.
    virtual boost::asio::awaitable<Result<void>> note_hash(std::string user_id, std::string hash,
                                                           Deadline deadline) = 0;

    /// The tokens among these that have a record.
    virtual boost::asio::awaitable<Result<std::vector<KnownToken>>>
    known_tokens(std::string context, std::vector<std::string> ids, Instant now, Deadline deadline) = 0;

    virtual boost::asio::awaitable<Result<void>> announce(Announcement announcement, Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<std::vector<Announcement>>> announced(Deadline deadline) = 0;

    /// The cut-offs of those among these users who have one. The ids are those of the older system.
    virtual boost::asio::awaitable<Result<std::vector<CutOff>>> cut_off(std::vector<std::string> legacy_ids,
                                                                        Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<TakeoverCounts>> takeover_counts(std::string context, Instant since,
                                                                           Instant now, Deadline deadline) = 0;

    // Use these only when the older system is gone for good: without the records, ended sessions become valid again.

    /// Deletes the records of at most `limit` older tokens. Returns how many; 0: none are left.
    virtual boost::asio::awaitable<Result<std::size_t>> forget_tokens(std::size_t limit, Deadline deadline) = 0;
    /// Forgets the older system's password hashes of at most `limit` users after `after` (empty: from the start), and
    /// which permissions came from it; the permissions stay.
    virtual boost::asio::awaitable<Result<ForgottenHashes>> forget_hashes(std::string after, std::size_t limit,
                                                                          Deadline deadline) = 0;
};

} // namespace gatehouse
