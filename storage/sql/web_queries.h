// SPDX-License-Identifier: Apache-2.0
// Every statement on Gatehouse's own tables in the web database, made once for a dialect. Immutable; any thread.
#pragma once

#include "storage/sql/dialect.h"
#include "storage/sql/statement.h"

#include <cstdint>
#include <string>

namespace gatehouse::sql {

struct WebQueries {
    explicit WebQueries(Backend backend);

    using Text = std::string;
    /// theme, language, the application's own preferences
    using PreferencesRow = Out<Text, Text, Text>;

    Query<In<Text>, PreferencesRow> find;          ///< user
    Query<In<Text>, PreferencesRow> hold;          ///< user: locks the row until the end of the transaction
    Query<In<Text, Instant>, PreferencesRow> make; ///< user, now: as `hold`, but creates the row if it is missing
    /// user, theme, language, the application's own preferences → size in bytes of the stored preferences
    Query<In<Text, Text, Text, Text>, Out<std::int64_t>> keep;
    Query<In<Text, Text, Text, Text>, Out<>> keep_all; ///< the same parameters; writes all of the user's sessions
    /// session, user, theme, language, the application's own preferences, expires_at, now
    Query<In<Text, Text, Text, Text, Text, Instant, Instant>, Out<>> enter;
    Query<In<Text>, Out<>> forget;                 ///< user
    Query<In<Text>, Out<>> forget_cache;           ///< user: what the application keeps of the user
    Query<In<Text>, Out<>> forget_sessions;        ///< user
    Query<In<Instant, std::int64_t>, Out<>> purge; ///< before, limit
    Query<In<>, Out<std::int64_t>> ping;
};

} // namespace gatehouse::sql
