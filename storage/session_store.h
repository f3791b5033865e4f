// SPDX-License-Identifier: Apache-2.0
// The authority on sessions: SQL (PostgreSQL, SQLite), or memory in tests.
// Every method is called on the loop thread, suspends, and resumes on the loop thread no later than its deadline (plus
// scheduling). Every method can give StoreError::unavailable, timed_out, overloaded, refused or corrupt; others are
// named.
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
    std::int64_t user_generation = 0; ///< the one that was read before the password was checked
    std::size_t max_per_user = 0;     ///< live sessions of this user in this context, the new one included; 0: no limit
};

/// What became of an insert.
struct Inserted {
    bool accepted = false; ///< false: the user was disabled, deleted or changed meanwhile; nothing was written
    std::vector<EndedSession> evicted; ///< the oldest sessions, revoked to keep max_per_user
};

struct Activity {
    SessionKey key;
    Instant at;
};

class SessionStore {
  public:
    virtual ~SessionStore() = default;

    /// Session, user and the user's unexpired permissions in the session's context, in one query.
    /// Revoked and expired sessions are returned as they are: the caller judges. nullopt: never heard of it.
    virtual boost::asio::awaitable<Result<std::optional<StoredSession>>> find(SessionKey key, Deadline deadline) = 0;

    /// Returns after COMMIT. The user row is locked meanwhile, so an acknowledged change of the user is never missed.
    /// Also sets the user's last_login_at. conflict: the id exists.
    virtual boost::asio::awaitable<Result<Inserted>> insert(NewSession session, Deadline deadline) = 0;

    /// Moves last_activity forward, never back; unknown and revoked sessions are left alone.
    virtual boost::asio::awaitable<Result<void>> touch(std::vector<Activity> batch, Deadline deadline) = 0;

    /// Idempotent. The session that was (or had been) revoked; nullopt: never heard of it.
    virtual boost::asio::awaitable<Result<std::optional<EndedSession>>> revoke(SessionKey key, Instant now,
                                                                               Deadline deadline) = 0;

    /// As above, by public handle, and only if it belongs to this user.
    virtual boost::asio::awaitable<Result<std::optional<EndedSession>>>
    revoke_by_handle(std::string user_id, std::string handle, Instant now, Deadline deadline) = 0;

    /// Revokes every live session of the user, in every context, except `keep`. Returns those that this call ended.
    virtual boost::asio::awaitable<Result<std::vector<EndedSession>>>
    revoke_all(std::string user_id, std::optional<SessionKey> keep, Instant now, Deadline deadline) = 0;

    /// Sessions that were ended since `since` and would still live: what a cache may have missed. Ordered by id, those
    /// after `after` (empty: from the start), at most `limit`. May also name some that ended earlier.
    virtual boost::asio::awaitable<Result<std::vector<EndedSession>>>
    ended_since(Instant since, std::string after, std::size_t limit, Deadline deadline) = 0;

    /// Live (not revoked, absolute end after `now`) sessions of the user, in every context, latest activity first, at
    /// most 200.
    virtual boost::asio::awaitable<Result<std::vector<ListedSession>>> list(std::string user_id, Instant now,
                                                                            Deadline deadline) = 0;

    /// Deletes at most `limit` sessions whose absolute end is before `before`. Returns how many.
    virtual boost::asio::awaitable<Result<std::size_t>> purge(Instant before, std::size_t limit, Deadline deadline) = 0;

    /// A cheap round trip, for `ready`.
    virtual boost::asio::awaitable<Result<void>> ping(Deadline deadline) = 0;
};

} // namespace gatehouse
