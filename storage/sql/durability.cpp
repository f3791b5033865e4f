// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/durability.h"

#include "storage/sql/soci.h"
#include "storage/sql/store_impl.h"

namespace gatehouse {

boost::asio::awaitable<Result<Durability>> SqlIdentityStore::durability(Deadline deadline) {
    return impl_->serve(
        [](sql::Connection& connection, const sql::IdentityQueries&) {
            Durability found;
            if (connection.target().backend == sql::Backend::sqlite) return found;
            int flushes = 0;
            int waits = 0;
            int standby = 0;
            // reset_val is the configured value, before this connection set its own.
            connection.session() << "SELECT CAST(current_setting('fsync') = 'on' AS integer),"
                                    " (SELECT CAST(reset_val NOT IN ('off', 'local') AS integer) FROM pg_settings"
                                    "  WHERE name = 'synchronous_commit'),"
                                    " CAST(current_setting('synchronous_standby_names') <> '' AS integer)",
                soci::into(flushes), soci::into(waits), soci::into(standby);
            found.flushes = flushes != 0;
            found.waits = waits != 0;
            found.synchronous_standby = standby != 0;
            return found;
        },
        deadline);
}

} // namespace gatehouse
