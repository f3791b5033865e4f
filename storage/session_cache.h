// SPDX-License-Identifier: Apache-2.0
// The fast copy of live sessions and users: Redis, or memory in tests. It never decides what SQL has not decided
// before, with one exception that only makes things stricter: a tombstone says *invalid* by itself. Loop thread;
// deadlines as in session_store.h. Every method can give StoreError::unavailable, timed_out, overloaded or refused. A
// value that cannot be read is deleted, counted and reported as absent, never as an error.
#pragma once

#include "storage/records.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

struct CachedSession {
    enum class Kind { absent, live, tombstone };
    Kind kind = Kind::absent;
    std::optional<Session> session; ///< if live
    std::optional<User> user;       ///< if live and the user's record is there and not past its soft age
};

class SessionCache {
  public:
    virtual ~SessionCache() = default;

    virtual boost::asio::awaitable<Result<CachedSession>> find(SessionKey key, Instant now, Deadline deadline) = 0;

    /// Remembers a session that SQL has just called live, for `ttl`. Never overwrites anything (SET NX EX), so it can
    /// neither revive a tombstone nor move a newer value back.
    virtual boost::asio::awaitable<Result<void>> populate(Session session, Seconds ttl, Deadline deadline) = 0;

    /// Remembers a user for one context. A record with a higher generation stays.
    virtual boost::asio::awaitable<Result<void>> put_user(User user, std::string context, Instant now,
                                                          Deadline deadline) = 0;

    /// The user has changed: what is remembered of a lower generation is no longer believed, and nothing of a lower
    /// generation is taken in any more.
    virtual boost::asio::awaitable<Result<void>> outdate_user(std::string user_id, std::int64_t generation,
                                                              std::vector<std::string> contexts, Instant now,
                                                              Deadline deadline) = 0;

    /// Writes a tombstone over each session for as long as it might have lived, whether it was cached or not.
    virtual boost::asio::awaitable<Result<void>> tombstone(std::vector<EndedSession> ended, Instant now,
                                                           Deadline deadline) = 0;

    /// SQL is away: a tombstone, and a note for whoever reaches SQL first. Both or neither.
    virtual boost::asio::awaitable<Result<void>> end_before_sql(PendingEnd end, Instant now, Deadline deadline) = 0;
    /// Some of those notes, at most about `limit`; none if there are none.
    virtual boost::asio::awaitable<Result<std::vector<PendingEnd>>> pending_ends(std::size_t limit,
                                                                                 Deadline deadline) = 0;
    /// SQL has heard of these.
    virtual boost::asio::awaitable<Result<void>> settled(std::vector<SessionKey> keys, Deadline deadline) = 0;

    /// Notes activity: moves last_activity and the time to live of a live value (never of a tombstone, never creates
    /// one).
    virtual boost::asio::awaitable<Result<void>> extend(Session session, Seconds ttl, Deadline deadline) = 0;

    virtual boost::asio::awaitable<Result<void>> ping(Deadline deadline) = 0;

    /// Which run of which server answers; empty while none does. Valid until control returns to the loop.
    [[nodiscard]] virtual std::string_view run_id() const noexcept = 0;
};

} // namespace gatehouse
