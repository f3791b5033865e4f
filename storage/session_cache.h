// SPDX-License-Identifier: Apache-2.0
// The copies of live sessions and users: in Redis, or in memory in tests. The cache holds only what the database has
// decided, with one exception that only makes checks stricter: a tombstone alone makes a session *invalid*. Loop
// thread; deadlines as in session_store.h. Every method can return StoreError::unavailable, timed_out, overloaded or
// refused. An unreadable value is deleted, counted and reported as absent, never as an error.
#pragma once

#include "storage/records.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

struct SessionCopy {
    enum class Kind { absent, live, tombstone };
    Kind kind = Kind::absent;
    std::optional<Session> session; ///< if live
    std::optional<User> user;       ///< if live, and if the user's record exists and is not past its soft age
};

/// What a gateway has reported in the cache about itself.
struct NodeReport {
    static constexpr std::int64_t here = 0;  ///< the gateway is running
    static constexpr std::int64_t gone = -1; ///< the gateway went away, and honours no session any more

    std::string node;
    std::int64_t heard = here; ///< the gateway has heard of every announcement up to this number (end_before_sql)
    Instant at;                ///< when it reported last, by its own clock

    bool operator==(const NodeReport&) const = default;
};

class SessionCache {
  public:
    virtual ~SessionCache() = default;

    virtual boost::asio::awaitable<Result<SessionCopy>> find(SessionKey key, Instant now, Deadline deadline) = 0;

    /// Stores a copy of a session that the database has just called live, for `ttl`. Never overwrites anything (SET NX
    /// EX), so it can neither replace a tombstone nor move a newer value back.
    virtual boost::asio::awaitable<Result<void>> populate(Session session, Seconds ttl, Deadline deadline) = 0;

    /// Stores a copy of a user for one context. A record with a higher generation stays.
    virtual boost::asio::awaitable<Result<void>> put_user(User user, std::string context, Instant now,
                                                          Deadline deadline) = 0;

    /// Reports that the user has changed: records of a lower generation are no longer believed and no longer accepted.
    virtual boost::asio::awaitable<Result<void>> outdate_user(std::string user_id, std::int64_t generation,
                                                              std::vector<std::string> contexts, Instant now,
                                                              Deadline deadline) = 0;

    /// Writes a tombstone over each session for as long as the session might have lived, whether a copy existed or not.
    virtual boost::asio::awaitable<Result<void>> tombstone(std::vector<EndedSession> ended, Instant now,
                                                           Deadline deadline) = 0;

    /// Used while the database is away: writes a tombstone, a note for the first gateway that reaches the database, and
    /// an announcement, which every gateway hears on its invalidation link (keys::Announcement). All or nothing.
    /// Returns the announcement's number, which grows with each announcement.
    virtual boost::asio::awaitable<Result<std::int64_t>> end_before_sql(PendingEnd end, Instant now,
                                                                        Deadline deadline) = 0;
    /// About `limit` of those notes at most; empty if there are none.
    virtual boost::asio::awaitable<Result<std::vector<PendingEnd>>> pending_ends(std::size_t limit,
                                                                                 Deadline deadline) = 0;
    /// The database has these ends now: deletes their notes.
    virtual boost::asio::awaitable<Result<void>> settled(std::vector<SessionKey> keys, Deadline deadline) = 0;

    /// Replaces the gateway's last report; the number that it has heard never goes back, except to `gone`.
    virtual boost::asio::awaitable<Result<void>> report(NodeReport report, Deadline deadline) = 0;
    /// The last report of every gateway. A gateway that has not reported for a day is forgotten.
    virtual boost::asio::awaitable<Result<std::vector<NodeReport>>> reports(Deadline deadline) = 0;

    /// Notes activity: moves last_activity and the time to live of a live value. Never changes a tombstone, never
    /// creates a value.
    virtual boost::asio::awaitable<Result<void>> extend(Session session, Seconds ttl, Deadline deadline) = 0;

    virtual boost::asio::awaitable<Result<void>> ping(Deadline deadline) = 0;

    /// Identifies the server and its run; empty while no server answers. The view is valid until control returns to the
    /// loop.
    [[nodiscard]] virtual std::string_view run_id() const noexcept = 0;
};

} // namespace gatehouse
