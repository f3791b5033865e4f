// SPDX-License-Identifier: Apache-2.0
// What has changed in the database: ended sessions and changed users. A reader asks again and again, each time from
// where its last look left off, and misses no committed change, however late the commit came. The feed also lists the
// gateways that read it, so that one gateway can learn whether all others have seen a change. Threads, deadlines and
// errors as in session_store.h.
#pragma once

#include "storage/records.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>
#include <vector>

namespace gatehouse {

/// A changed user. Everything with a lower generation is out of date.
struct ChangedUser {
    std::string id; ///< UUID
    std::int64_t generation = 0;

    bool operator==(const ChangedUser&) const = default;
};

/// A gateway that has not reported for this time is treated as gone.
inline constexpr std::chrono::minutes node_gone_after{10};

/// The result of one look at the feed. Several looks may find the same change.
struct FeedPage {
    std::vector<EndedSession> ended;
    std::vector<ChangedUser> users;
    std::string position; ///< opaque; the next look starts there
    Instant looked_at; ///< the database's clock before the look: every change that was committed by then has been seen
    std::vector<std::string> nodes; ///< all gateways that read the feed and reported lately
    /// True: changes may have been missed, because the position belongs to another history (restored, failed over), or
    /// because too many changes lie between. `ended` and `users` are empty then.
    bool gap = false;
};

class ChangeFeed {
  public:
    virtual ~ChangeFeed() = default;

    /// An empty `position` starts at the present and finds nothing. More than `limit` changes are reported as a gap.
    virtual boost::asio::awaitable<Result<FeedPage>> look(std::string position, std::size_t limit,
                                                          Deadline deadline) = 0;

    /// Users that have changed since `since`, as far as the feed still holds the changes: each user once, with its
    /// latest generation. Ordered by id, those after `after` (empty: from the start), at most `limit`.
    virtual boost::asio::awaitable<Result<std::vector<ChangedUser>>>
    users_since(Instant since, std::string after, std::size_t limit, Deadline deadline) = 0;

    /// The database's clock, now: every look that begins later sees what was committed before.
    virtual boost::asio::awaitable<Result<Instant>> clock(Deadline deadline) = 0;

    /// Reports that this gateway has seen, and acted upon, every change that was committed before `looked_at`.
    /// Registers the gateway.
    virtual boost::asio::awaitable<Result<void>> seen(std::string node, Instant looked_at, Deadline deadline) = 0;

    /// Reports that this gateway goes away and holds no copy of anything any more.
    virtual boost::asio::awaitable<Result<void>> leave(std::string node, Deadline deadline) = 0;

    /// How many other gateways have not yet seen every change that was committed before `since`. Gateways that have not
    /// reported for `forget_after` (by the database's clock) do not count.
    virtual boost::asio::awaitable<Result<std::size_t>> nodes_behind(std::string self, Instant since,
                                                                     Seconds forget_after, Deadline deadline) = 0;

    /// Deletes at most `limit` changes from before `before`, and as many gateways that last reported before
    /// `nodes_before`. An end that only the feed records stays as long as the session would have lived
    /// (SessionStore::ended_since). Returns the number of both. A reader that has not looked since `before` may miss
    /// changes.
    virtual boost::asio::awaitable<Result<std::size_t>> forget(Instant before, Instant nodes_before, std::size_t limit,
                                                               Deadline deadline) = 0;
};

} // namespace gatehouse
