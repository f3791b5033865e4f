// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/feed_queries.h"

#include "storage/change_feed.h"
#include "storage/planted.h"

#include <fmt/format.h>

namespace gatehouse::sql {
namespace {

/// The names of the gateways that reported lately, one on each line.
std::string living_nodes(const Dialect& d) {
    const auto forget = fmt::format("{}", Millis(node_gone_after).count());
    return fmt::format("(SELECT coalesce({}, '') FROM nodes WHERE looked_at >= {})", d.lines("node"),
                       d.before_now(forget));
}

/// One statement has one snapshot, so the changes and the position belong together.
///
/// A change is new in two cases: it was written after the last look (a higher seq), or it was written before and
/// committed after the last look (late). Each half of the query uses an index and stops at the limit.
///
/// The xid alone would do if PostgreSQL never assigned an xid twice. But an xid that was rolled back before it reached
/// the log is assigned again after a crash of the server. While a long transaction runs elsewhere in the cluster, the
/// second half reads all changes since that transaction's begin again and again, and skips those that were seen. An xid
/// of the future came from a dump.
///
/// The clock is that of the transaction, which is this statement: for a prepared statement, statement_timestamp() is
/// taken only after the snapshot.
std::string look_postgres(const Dialect& d) {
    constexpr auto columns = "seq, context, session_id, expires_at, user_id, generation";
    return fmt::format(
        "SELECT concat_ws('-', (SELECT system_identifier FROM pg_control_system()),"
        " left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), CAST(CAST('changes' AS regclass) AS oid)),"
        " greatest(CAST(:seq AS bigint), (SELECT max(seq) FROM changes)), CAST(pg_current_snapshot() AS text),"
        " CAST(floor(extract(epoch FROM transaction_timestamp()) * 1000) AS bigint), {3},"
        " c.context, c.session_id, {0}, c.user_id, c.generation FROM (SELECT 1) AS always LEFT JOIN ("
        "(SELECT {1} FROM changes WHERE seq > CAST(:seq AS bigint) ORDER BY seq LIMIT :limit) UNION"
        " (SELECT {1} FROM changes WHERE xid >= pg_snapshot_xmin(CAST(:snapshot AS pg_snapshot))"
        " AND xid < pg_snapshot_xmax(pg_current_snapshot())"
        " AND NOT pg_visible_in_snapshot(xid, CAST(:snapshot AS pg_snapshot)){2} ORDER BY xid LIMIT :limit)"
        ") AS c ON true ORDER BY c.seq",
        d.milliseconds("c.expires_at"), columns, planted(Bug::feed_by_number) ? " AND seq > CAST(:seq AS bigint)" : "",
        living_nodes(d));
}

/// SQLite has one writer at a time, so the order of numbers is the order of commits. sqlite_sequence keeps the highest
/// number even after that row is purged. SQLite needs no snapshot; the snapshot is returned unchanged.
std::string look_sqlite(const Dialect& d) {
    return fmt::format(
        "SELECT 'sqlite', last.seq, :snapshot, NULL, {}, c.context, c.session_id, c.expires_at, c.user_id, c.generation"
        " FROM (SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0) AS seq) AS last"
        " LEFT JOIN (SELECT * FROM changes WHERE seq > :seq ORDER BY seq LIMIT :limit) AS c ON true ORDER BY c.seq",
        living_nodes(d));
}

std::string clock(Backend backend) {
    return backend == Backend::postgresql ? "SELECT CAST(ceil(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)"
                                          : "SELECT NULL";
}

/// Never moves looked_at back, unless looked_at is in the future: then the clock was set back or another server took
/// over, and looked_at proves nothing.
std::string seen(const Dialect& d) {
    return fmt::format("INSERT INTO nodes (node, looked_at) VALUES (:node, {}) ON CONFLICT (node) DO UPDATE"
                       " SET looked_at = excluded.looked_at"
                       " WHERE nodes.looked_at < excluded.looked_at OR nodes.looked_at > {}",
                       d.instant(":looked"), d.now());
}

std::string nodes_behind(const Dialect& d) {
    return fmt::format("SELECT count(*) FROM nodes WHERE node <> :self AND looked_at >= {}"
                       " AND (looked_at < {} OR looked_at > {})",
                       d.before_now(":forget"), d.instant(":since"), d.now());
}

std::string lost_since(const Dialect& d) {
    return fmt::format("SELECT context, session_id, {0} FROM changes WHERE lost = true AND {1} > :after AND at >= {2}"
                       " AND expires_at > {3} GROUP BY context, session_id ORDER BY {1}, context LIMIT :limit",
                       d.milliseconds("max(expires_at)"), d.by_bytes("session_id"), d.instant(":since"),
                       d.instant(":now"));
}

/// `which` is a condition; `at` is the column with the age of a row.
std::string forget(const Dialect& d, std::string_view from, std::string_view which, std::string_view at) {
    const auto table = from.substr(0, from.find('.'));
    const auto key = from.substr(from.find('.') + 1);
    return fmt::format(
        "DELETE FROM {0} WHERE {1} IN (SELECT {1} FROM {0} WHERE {5}{2} < {3} ORDER BY {2} LIMIT :limit{4})", table,
        key, at, d.instant(":before"), d.skip_locked(), which);
}

} // namespace

FeedQueries::FeedQueries(Backend backend)
    : look{backend == Backend::postgresql ? look_postgres(Dialect(backend)) : look_sqlite(Dialect(backend)),
           {"seq", "snapshot", "limit"}},
      users_since{
          fmt::format("SELECT {0}, max(generation) FROM changes WHERE lost = false AND at >= {1} AND {0} > :after"
                      " GROUP BY {0} ORDER BY {0} LIMIT :limit",
                      Dialect(backend).uuid_text("user_id"), Dialect(backend).instant(":since")),
          {"since", "after", "limit"}},
      clock{sql::clock(backend), {}},
      seen{sql::seen(Dialect(backend)), {"node", "looked"}},
      leave{"DELETE FROM nodes WHERE node = :node", {"node"}},
      nodes_behind{sql::nodes_behind(Dialect(backend)), {"self", "since", "forget"}},
      lost_since{sql::lost_since(Dialect(backend)), {"since", "now", "after", "limit"}},
      forget_changes{forget(Dialect(backend), "changes.seq", "lost = false AND ", "at"), {"before", "limit"}},
      forget_lost{forget(Dialect(backend), "changes.seq", "lost = true AND ", "expires_at"), {"before", "limit"}},
      forget_nodes{forget(Dialect(backend), "nodes.node", "", "looked_at"), {"before", "limit"}} {}

} // namespace gatehouse::sql
