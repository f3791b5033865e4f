// SPDX-License-Identifier: Apache-2.0
// The authority on sessions: SQL (PostgreSQL, SQLite), or memory in tests. Every method is called on the loop thread,
// suspends, and resumes on the loop thread no later than its deadline (plus scheduling). Every method can return
// StoreError::unavailable, timed_out, overloaded, refused or corrupt; a method names any other error.
#pragma once

#include "storage/records.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {

struct NewSession {
    Session session;
    Origin origin;
    std::int64_t user_generation = 0; ///< the generation that was read before the password was checked
    std::size_t max_per_user = 0;     ///< live sessions of this user in this context, the new one included; 0: no limit
};

/// The result of an insert.
struct Inserted {
    bool accepted = false; ///< false: the user was disabled, deleted or changed meanwhile; nothing was written
    std::vector<EndedSession> evicted; ///< the oldest sessions, ended to keep max_per_user
};

struct Activity {
    SessionKey key;
    Instant at;
};

class SessionStore {
  public:
    virtual ~SessionStore() = default;

    /// Session, user and the user's unexpired permissions in the session's context, in one query. Ended and expired
    /// sessions are returned as they are: the caller judges. nullopt: unknown. A session that was taken over from an
    /// older system is also found, and touched, by its alias.
    virtual boost::asio::awaitable<Result<std::optional<StoredSession>>> find(SessionKey key, Deadline deadline) = 0;

    /// Returns after COMMIT. The user row is locked meanwhile, so an acknowledged change of the user is never missed.
    /// Also sets the user's last_login_at. conflict: the id exists.
    virtual boost::asio::awaitable<Result<Inserted>> insert(NewSession session, Deadline deadline) = 0;

    /// Moves last_activity forward, never back; unknown and ended sessions are unchanged.
    virtual boost::asio::awaitable<Result<void>> touch(std::vector<Activity> batch, Deadline deadline) = 0;

    /// Ends a session; idempotent. Returns the session that this or an earlier call ended; nullopt: unknown.
    virtual boost::asio::awaitable<Result<std::optional<EndedSession>>> revoke(SessionKey key, Instant now,
                                                                               Deadline deadline) = 0;

    /// Ends a session by its public handle, and only if it belongs to this user.
    virtual boost::asio::awaitable<Result<std::optional<EndedSession>>>
    revoke_by_handle(std::string user_id, std::string handle, Instant now, Deadline deadline) = 0;

    /// Ends every live session of the user, in every context, except `keep`. Returns those that this call ended.
    virtual boost::asio::awaitable<Result<std::vector<EndedSession>>>
    revoke_all(std::string user_id, std::optional<SessionKey> keep, Instant now, Deadline deadline) = 0;

    /// Ends for ever a session that may have an alias (`find`), by that name, whether the name is known or not. Returns
    /// everything that ended with it: the name, its session, and the session's other aliases. Returns nothing where
    /// sessions cannot have aliases.
    virtual boost::asio::awaitable<Result<std::vector<EndedSession>>> end_name(EndedSession name, Instant now,
                                                                               Deadline deadline) = 0;

    /// The aliases of these sessions.
    virtual boost::asio::awaitable<Result<std::vector<EndedSession>>> names_of(std::vector<SessionKey> sessions,
                                                                               Deadline deadline) = 0;

    /// Sessions that were ended since `since` and would still live: the ends that a cache may have missed. Ordered by
    /// id, those after `after` (empty: from the start), at most `limit`. May include some that ended earlier.
    virtual boost::asio::awaitable<Result<std::vector<EndedSession>>>
    ended_since(Instant since, std::string after, std::size_t limit, Deadline deadline) = 0;

    /// Live sessions of the user (not ended, absolute end after `now`), in every context, latest activity first, at
    /// most 200.
    virtual boost::asio::awaitable<Result<std::vector<ListedSession>>> list(std::string user_id, Instant now,
                                                                            Deadline deadline) = 0;

    /// Names the device of a live session of this user; an empty name takes the name away. False: no such session.
    virtual boost::asio::awaitable<Result<bool>> name_device(std::string user_id, std::string handle, std::string name,
                                                             Deadline deadline) = 0;

    /// Deletes at most `limit` sessions whose absolute end is before `before`. Returns how many.
    virtual boost::asio::awaitable<Result<std::size_t>> purge(Instant before, std::size_t limit, Deadline deadline) = 0;

    /// A cheap round trip, for `ready`.
    virtual boost::asio::awaitable<Result<void>> ping(Deadline deadline) = 0;
};

} // namespace gatehouse
