// SPDX-License-Identifier: Apache-2.0
// What has changed in the authority: sessions that ended, users that are no longer what they were. A reader asks again
// and again, from where its last look left off, and misses nothing that was committed, however late the commit came.
// And the nodes that read it, so that one can learn whether all others have seen a change. Threads, deadlines and
// errors as in session_store.h.
#pragma once

#include "storage/records.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>
#include <vector>

namespace gatehouse {

/// A user who is no longer what it was: anything with a lower generation is out of date.
struct ChangedUser {
    std::string id; ///< UUID
    std::int64_t generation = 0;

    bool operator==(const ChangedUser&) const = default;
};

/// What one look at the feed has found. The same change may be found by several looks.
struct FeedPage {
    std::vector<EndedSession> ended;
    std::vector<ChangedUser> users;
    std::string position; ///< opaque: where the next look goes on
    Instant looked_at;    ///< by the clock of the authority, before the look: what was committed by then has been seen
    /// The position is not of this history (restored, failed over), or too much lies between: anything may have been
    /// missed. `ended` and `users` are empty then.
    bool gap = false;
};

class ChangeFeed {
  public:
    virtual ~ChangeFeed() = default;

    /// `position` empty: begin here, with nothing found. More than `limit` changes are a gap.
    virtual boost::asio::awaitable<Result<FeedPage>> look(std::string position, std::size_t limit,
                                                          Deadline deadline) = 0;

    /// Users that have changed since `since`, as far as the feed still remembers: each once, with its latest
    /// generation, ordered by id, those after `after` (empty: from the start), at most `limit`.
    virtual boost::asio::awaitable<Result<std::vector<ChangedUser>>>
    users_since(Instant since, std::string after, std::size_t limit, Deadline deadline) = 0;

    /// The authority's clock, now: what has been committed before is seen by every look that begins later.
    virtual boost::asio::awaitable<Result<Instant>> clock(Deadline deadline) = 0;

    /// This node has seen, and acted upon, everything that was committed before `looked_at`. Registers the node.
    virtual boost::asio::awaitable<Result<void>> seen(std::string node, Instant looked_at, Deadline deadline) = 0;

    /// This node goes away and holds no copy of anything any more.
    virtual boost::asio::awaitable<Result<void>> leave(std::string node, Deadline deadline) = 0;

    /// How many other nodes have not yet seen everything that was committed before `since`. Nodes that have not been
    /// heard of for `forget_after` (by the authority's clock) do not count.
    virtual boost::asio::awaitable<Result<std::size_t>> nodes_behind(std::string self, Instant since,
                                                                     Seconds forget_after, Deadline deadline) = 0;

    /// Deletes at most `limit` changes of before `before`, and as many nodes that were heard of last before
    /// `nodes_before`. Returns how many of both. A reader that has not looked since `before` may miss changes.
    virtual boost::asio::awaitable<Result<std::size_t>> forget(Instant before, Instant nodes_before, std::size_t limit,
                                                               Deadline deadline) = 0;
};

} // namespace gatehouse
