// SPDX-License-Identifier: Apache-2.0
// Of what web_user_cache holds of a person, three keys are ours; the others are left alone.
#include "storage/sql/web_queries.h"

#include <fmt/format.h>

namespace gatehouse::sql {
namespace {

/// As text, whatever JSON has become of it.
constexpr std::string_view preferences =
    "coalesce(CAST(data ->> 'theme' AS text), ''), coalesce(CAST(data ->> 'language' AS text), ''),"
    " coalesce(CAST(data -> 'preferences' AS text), '')";

/// The person's data with our three keys in it.
std::string merged(bool postgres) {
    return postgres ? "CASE WHEN jsonb_typeof(data) = 'object' THEN data ELSE '{}' END"
                      " || jsonb_build_object('theme', nullif(:theme, ''), 'language', nullif(:language, ''),"
                      " 'preferences', CAST(:free AS jsonb))"
                    : "json_set(CASE WHEN json_type(data) = 'object' THEN data ELSE '{}' END,"
                      " '$.theme', nullif(:theme, ''), '$.language', nullif(:language, ''),"
                      " '$.preferences', json(:free))";
}

std::string enter_session(const Dialect& d) {
    return fmt::format("INSERT INTO web_sessions"
                       " (id, user_id, theme, language, preferences, expires_at, created_at, last_activity)"
                       " VALUES (:id, :user, nullif(:theme, ''), nullif(:language, ''), :free, {0}, {1}, {1})"
                       " ON CONFLICT (id) DO UPDATE SET last_activity = excluded.last_activity",
                       d.instant(":expires"), d.instant(":now"));
}

} // namespace

WebQueries::WebQueries(Backend backend)
    : find{fmt::format("SELECT {} FROM web_user_cache WHERE user_id = :user", preferences), {"user"}},
      hold{fmt::format("UPDATE web_user_cache SET updated_at = updated_at WHERE user_id = :user RETURNING {}",
                       preferences),
           {"user"}},
      make{fmt::format("INSERT INTO web_user_cache (user_id, data, updated_at) VALUES (:user, '{{}}', {})"
                       " ON CONFLICT (user_id) DO UPDATE SET updated_at = excluded.updated_at RETURNING {}",
                       Dialect(backend).instant(":now"), preferences),
           {"user", "now"}},
      keep{fmt::format("UPDATE web_user_cache SET data = {} WHERE user_id = :user",
                       merged(backend == Backend::postgresql)),
           {"user", "theme", "language", "free"}},
      keep_all{"UPDATE web_sessions SET theme = nullif(:theme, ''), language = nullif(:language, ''),"
               " preferences = :free WHERE user_id = :user",
               {"user", "theme", "language", "free"}},
      enter{enter_session(Dialect(backend)), {"id", "user", "theme", "language", "free", "expires", "now"}},
      purge{fmt::format("DELETE FROM web_sessions WHERE id IN (SELECT id FROM web_sessions WHERE expires_at < {}"
                        " ORDER BY expires_at LIMIT :limit{})",
                        Dialect(backend).instant(":before"), Dialect(backend).skip_locked()),
            {"before", "limit"}},
      ping{"SELECT 1", {}} {}

} // namespace gatehouse::sql
