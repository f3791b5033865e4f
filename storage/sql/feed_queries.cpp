// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/feed_queries.h"

#include "storage/planted.h"

#include <fmt/format.h>

namespace gatehouse::sql {
namespace {

/// One statement has one snapshot: what it finds and the position it gives belong together.
///
/// A change is new if it was written after the last look (a higher seq), or if it was written before and its
/// transaction was not to be seen then: committed late. Each half goes down an index and stops at the limit. The xid
/// alone would do if none was ever given twice; but one that was rolled back, and not yet in the log when the server
/// crashed, is given again. While a transaction goes on for long elsewhere in the cluster, the second half reads all
/// changes since its begin again and again, and passes over those that have been seen. An xid of the future came out of
/// a dump.
///
/// The clock is that of the transaction, which is this statement: statement_timestamp() is taken again after the
/// snapshot, when a prepared statement is executed.
std::string look_postgres(const Dialect& d) {
    constexpr auto columns = "seq, context, session_id, expires_at, user_id, generation";
    return fmt::format(
        "SELECT concat_ws('-', (SELECT system_identifier FROM pg_control_system()),"
        " left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), CAST(CAST('changes' AS regclass) AS oid)),"
        " greatest(CAST(:seq AS bigint), (SELECT max(seq) FROM changes)), CAST(pg_current_snapshot() AS text),"
        " CAST(floor(extract(epoch FROM transaction_timestamp()) * 1000) AS bigint),"
        " c.context, c.session_id, {0}, c.user_id, c.generation FROM (SELECT 1) AS always LEFT JOIN ("
        "(SELECT {1} FROM changes WHERE seq > CAST(:seq AS bigint) ORDER BY seq LIMIT :limit) UNION"
        " (SELECT {1} FROM changes WHERE xid >= pg_snapshot_xmin(CAST(:snapshot AS pg_snapshot))"
        " AND xid < pg_snapshot_xmax(pg_current_snapshot())"
        " AND NOT pg_visible_in_snapshot(xid, CAST(:snapshot AS pg_snapshot)){2} ORDER BY xid LIMIT :limit)"
        ") AS c ON true ORDER BY c.seq",
        d.milliseconds("c.expires_at"), columns, planted(Bug::feed_by_number) ? " AND seq > CAST(:seq AS bigint)" : "");
}

/// There is one writer at a time: the order of numbers is the order of commits. sqlite_sequence knows the highest one
/// even after it has been purged. A snapshot is not needed and comes back as it went in.
std::string look_sqlite() {
    return "SELECT 'sqlite', last.seq, :snapshot, NULL, c.context, c.session_id, c.expires_at, c.user_id, c.generation"
           " FROM (SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0) AS seq) AS last"
           " LEFT JOIN (SELECT * FROM changes WHERE seq > :seq ORDER BY seq LIMIT :limit) AS c ON true ORDER BY c.seq";
}

std::string clock(Backend backend) {
    return backend == Backend::postgresql ? "SELECT CAST(ceil(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)"
                                          : "SELECT NULL";
}

/// Never back; but a time that has not come yet (the clock was set back, another server has taken over) proves nothing.
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

std::string forget(const Dialect& d, std::string_view table, std::string_view key, std::string_view at) {
    return fmt::format(
        "DELETE FROM {0} WHERE {1} IN (SELECT {1} FROM {0} WHERE {2} < {3} ORDER BY {2} LIMIT :limit{4})", table, key,
        at, d.instant(":before"), d.skip_locked());
}

} // namespace

FeedQueries::FeedQueries(Backend backend)
    : look{backend == Backend::postgresql ? look_postgres(Dialect(backend)) : look_sqlite(),
           {"seq", "snapshot", "limit"}},
      users_since{fmt::format("SELECT {0}, max(generation) FROM changes WHERE at >= {1} AND {0} > :after"
                              " GROUP BY {0} ORDER BY {0} LIMIT :limit",
                              Dialect(backend).uuid_text("user_id"), Dialect(backend).instant(":since")),
                  {"since", "after", "limit"}},
      clock{sql::clock(backend), {}},
      seen{sql::seen(Dialect(backend)), {"node", "looked"}},
      leave{"DELETE FROM nodes WHERE node = :node", {"node"}},
      nodes_behind{sql::nodes_behind(Dialect(backend)), {"self", "since", "forget"}},
      forget_changes{forget(Dialect(backend), "changes", "seq", "at"), {"before", "limit"}},
      forget_nodes{forget(Dialect(backend), "nodes", "node", "looked_at"), {"before", "limit"}} {}

} // namespace gatehouse::sql
