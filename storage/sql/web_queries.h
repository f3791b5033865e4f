// SPDX-License-Identifier: Apache-2.0
// Every statement on the web tables that are ours, made once for a dialect. Immutable; any thread.
#pragma once

#include "storage/sql/dialect.h"
#include "storage/sql/statement.h"

#include <cstdint>
#include <string>

namespace gatehouse::sql {

struct WebQueries {
    explicit WebQueries(Backend backend);

    using Text = std::string;
    /// theme, language, the application's own
    using PreferencesRow = Out<Text, Text, Text>;

    Query<In<Text>, PreferencesRow> find;              ///< user
    Query<In<Text>, PreferencesRow> hold;              ///< user: holds the row until the end of the transaction
    Query<In<Text, Instant>, PreferencesRow> make;     ///< user, now: the same; the row is there afterwards
    Query<In<Text, Text, Text, Text>, Out<>> keep;     ///< user, theme, language, the application's own
    Query<In<Text, Text, Text, Text>, Out<>> keep_all; ///< likewise, in all of the user's sessions
    /// session, user, theme, language, the application's own, expires_at, now
    Query<In<Text, Text, Text, Text, Text, Instant, Instant>, Out<>> enter;
    Query<In<Instant, std::int64_t>, Out<>> purge; ///< before, limit
    Query<In<>, Out<std::int64_t>> ping;
};

} // namespace gatehouse::sql
