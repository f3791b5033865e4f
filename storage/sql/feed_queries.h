// SPDX-License-Identifier: Apache-2.0
// The statements on the feed and its readers, made once for a dialect. Immutable; any thread.
#pragma once

#include "storage/sql/dialect.h"
#include "storage/sql/statement.h"

#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse::sql {

struct FeedQueries {
    explicit FeedQueries(Backend backend);

    /// Where the feed stood when it was read, and one change: an ended session, or a user. If there are no changes, the
    /// result is one row in which the change is NULL.
    struct LookRow {
        std::string history;
        std::int64_t seq;
        std::string snapshot;
        std::optional<Instant> clock; ///< the database's clock before the look; NULL: the gateway's own clock counts
        std::string nodes;            ///< names of the gateways, one on each line
        std::optional<std::string> context, session;
        std::optional<Instant> expires_at;
        std::optional<std::string> user;
        std::optional<std::int64_t> generation;
    };
    using Look = As<LookRow, std::string, std::int64_t, std::string, std::optional<Instant>, std::string,
                    std::optional<std::string>, std::optional<std::string>, std::optional<Instant>,
                    std::optional<std::string>, std::optional<std::int64_t>>;

    Query<In<std::int64_t, std::string, std::int64_t>, Look> look;                             ///< seq, snapshot, limit
    Query<In<Instant, std::string, std::int64_t>, Out<std::string, std::int64_t>> users_since; ///< since, after, limit
    Query<In<>, Out<std::optional<Instant>>> clock; ///< rounded up; NULL: the gateway's own clock counts
    Query<In<std::string, Instant>, Out<>> seen;    ///< node, looked_at
    Query<In<std::string>, Out<>> leave;            ///< node
    Query<In<std::string, Instant, std::int64_t>, Out<std::int64_t>> nodes_behind; ///< self, since, forget after (ms)
    /// since, now, after, limit
    Query<In<Instant, Instant, std::string, std::int64_t>, Out<std::string, std::string, Instant>> lost_since;
    Query<In<Instant, std::int64_t>, Out<>> forget_changes; ///< before, limit
    Query<In<Instant, std::int64_t>, Out<>> forget_lost;    ///< before, limit
    Query<In<Instant, std::int64_t>, Out<>> forget_nodes;   ///< before, limit
};

} // namespace gatehouse::sql
