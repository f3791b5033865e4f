// SPDX-License-Identifier: Apache-2.0
// The statements on the change feed and its readers, made once for a dialect. Immutable; any thread.
#pragma once

#include "storage/sql/dialect.h"
#include "storage/sql/statement.h"

#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse::sql {

struct FeedQueries {
    explicit FeedQueries(Backend backend);

    /// History, seq, snapshot and the authority's clock before the look (NULL: it is ours); then one change: context,
    /// id and expires_at of an ended session, or id and generation of a user. Without changes it is one row, and the
    /// change in it is NULL.
    using LookRow = Out<std::string, std::int64_t, std::string, std::optional<Instant>, std::optional<std::string>,
                        std::optional<std::string>, std::optional<Instant>, std::optional<std::string>,
                        std::optional<std::int64_t>>;

    Query<In<std::int64_t, std::string, std::int64_t>, LookRow> look;                          ///< seq, snapshot, limit
    Query<In<Instant, std::string, std::int64_t>, Out<std::string, std::int64_t>> users_since; ///< since, after, limit
    Query<In<>, Out<std::optional<Instant>>> clock;                                ///< rounded up; NULL: it is ours
    Query<In<std::string, Instant>, Out<>> seen;                                   ///< node, looked_at
    Query<In<std::string>, Out<>> leave;                                           ///< node
    Query<In<std::string, Instant, std::int64_t>, Out<std::int64_t>> nodes_behind; ///< self, since, forget after (ms)
    Query<In<Instant, std::int64_t>, Out<>> forget_changes;                        ///< before, limit
    Query<In<Instant, std::int64_t>, Out<>> forget_nodes;                          ///< before, limit
};

} // namespace gatehouse::sql
