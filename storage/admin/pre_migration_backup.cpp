// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/pre_migration_backup.h"

#include "storage/admin/contents.h"

#include <algorithm>

namespace gatehouse {

bool holds_data(const std::string& url, Millis connect_timeout) {
    const auto target = sql::parse_url(url, connect_timeout);
    if (!sql::database_is_there(target)) return false;
    sql::TextConnection database(target, sql::TextConnection::Mode::read_only);
    return sql::has_rows(database);
}

bool wants_backup(const std::string& url, Database database, Millis connect_timeout) {
    const auto migrations = Migrator(url, database, connect_timeout).status();
    const bool pending =
        std::ranges::any_of(migrations, [](const Migration& one) { return one.state == Migration::State::pending; });
    return pending && holds_data(url, connect_timeout);
}

std::optional<Backup> back_up_before_migrating(const std::string& url, Database database, Millis connect_timeout) {
    const auto target = sql::parse_url(url, connect_timeout);
    if (target.backend == sql::Backend::postgresql || !wants_backup(url, database, connect_timeout)) return {};
    const auto beside = std::filesystem::absolute(target.connect).parent_path();
    return back_up(url, beside, connect_timeout);
}

} // namespace gatehouse
