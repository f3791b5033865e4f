// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/web_queries.h"

#include <fmt/format.h>

namespace gatehouse::sql {
namespace {

constexpr std::string_view preferences =
    "coalesce(theme, ''), coalesce(language, ''), coalesce(CAST(preferences AS text), '')";

std::string enter_session(const Dialect& d) {
    return fmt::format("INSERT INTO web_sessions"
                       " (id, user_id, theme, language, preferences, expires_at, created_at, last_activity)"
                       " VALUES (:id, :user, nullif(:theme, ''), nullif(:language, ''), :free, {0}, {1}, {1})"
                       " ON CONFLICT (id) DO UPDATE SET last_activity = excluded.last_activity",
                       d.instant(":expires"), d.instant(":now"));
}

} // namespace

WebQueries::WebQueries(Backend backend)
    : find{fmt::format("SELECT {} FROM user_preferences WHERE user_id = :user", preferences), {"user"}},
      hold{fmt::format("UPDATE user_preferences SET updated_at = updated_at WHERE user_id = :user RETURNING {}",
                       preferences),
           {"user"}},
      make{fmt::format("INSERT INTO user_preferences (user_id, updated_at) VALUES (:user, {})"
                       " ON CONFLICT (user_id) DO UPDATE SET updated_at = excluded.updated_at RETURNING {}",
                       Dialect(backend).instant(":now"), preferences),
           {"user", "now"}},
      keep{fmt::format("UPDATE user_preferences SET theme = nullif(:theme, ''), language = nullif(:language, ''),"
                       " preferences = {} WHERE user_id = :user RETURNING {}",
                       backend == Backend::postgresql ? "CAST(:free AS jsonb)" : "json(:free)",
                       backend == Backend::postgresql ? "octet_length(CAST(preferences AS text))"
                                                      : "length(CAST(preferences AS blob))"),
           {"user", "theme", "language", "free"}},
      keep_all{"UPDATE web_sessions SET theme = nullif(:theme, ''), language = nullif(:language, ''),"
               " preferences = :free WHERE user_id = :user",
               {"user", "theme", "language", "free"}},
      enter{enter_session(Dialect(backend)), {"id", "user", "theme", "language", "free", "expires", "now"}},
      forget{"DELETE FROM user_preferences WHERE user_id = :user", {"user"}},
      forget_cache{"DELETE FROM web_user_cache WHERE user_id = :user", {"user"}},
      forget_sessions{"DELETE FROM web_sessions WHERE user_id = :user", {"user"}},
      purge{fmt::format("DELETE FROM web_sessions WHERE id IN (SELECT id FROM web_sessions WHERE expires_at < {}"
                        " ORDER BY expires_at LIMIT :limit{})",
                        Dialect(backend).instant(":before"), Dialect(backend).skip_locked()),
            {"before", "limit"}},
      ping{"SELECT 1", {}} {}

} // namespace gatehouse::sql
