// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/takeover_queries.h"

#include <fmt/format.h>

namespace gatehouse::sql {
namespace {

/// A token counts if it is provably younger than the cut-off: by the older system's own date, or by the date of our
/// first record.
std::string counts(const Dialect& d) {
    return fmt::format("(users.legacy_cutoff IS NULL OR users.legacy_cutoff < {} OR EXISTS (SELECT 1 FROM legacy_tokens"
                       " t WHERE t.id = :token AND t.ended_at IS NULL AND t.known_since > users.legacy_cutoff))",
                       d.instant(":born"));
}

std::string find_user(const Dialect& d) {
    return fmt::format("SELECT id, email, coalesce(phone, ''), coalesce(hashed_password, ''), role, is_verified,"
                       " disabled, generation, {}, coalesce(legacy_hash, ''), {}, legacy_permissions FROM users"
                       " WHERE legacy_id = :legacy",
                       d.permissions("users.id", ":context", d.instant(":now")), counts(d));
}

std::string create_user(const Dialect& d) {
    return fmt::format("INSERT INTO users (id, email, phone, hashed_password, legacy_hash, role, is_verified,"
                       " created_at, updated_at, legacy_id) VALUES (:id, :email, nullif(:phone, ''), nullif(:hash, ''),"
                       " nullif(:hash, ''), :role, :verified, {0}, {0}, :legacy) ON CONFLICT DO NOTHING",
                       d.instant(":created"));
}

/// An address or a number that another user has here is not taken over. A password that was changed here stays as long
/// as the older system still has the password that was taken over.
std::string refresh_user(const Dialect& d) {
    const auto taken = [&](std::string_view column, std::string_view parameter) {
        return fmt::format("EXISTS (SELECT 1 FROM users o WHERE {0} = {1} AND {0} <> '' AND o.id <> users.id)", column,
                           parameter);
    };
    return fmt::format("UPDATE users SET email = CASE WHEN {} THEN email ELSE :email END,"
                       " phone = CASE WHEN {} THEN phone ELSE nullif(:phone, '') END, role = :role,"
                       " is_verified = :verified,"
                       " hashed_password = CASE WHEN coalesce(legacy_hash, '') <> :hash THEN nullif(:hash, '')"
                       " ELSE hashed_password END, legacy_hash = nullif(:hash, ''), generation = generation + 1,"
                       " updated_at = {} WHERE legacy_id = :legacy",
                       taken(d.canonical("o.email"), ":email"), taken("o.phone", ":phone"), d.instant(":now"));
}

/// Leaves permissions that an operator has granted here unchanged.
std::string grant_permissions(const Dialect& d) {
    return fmt::format("INSERT INTO user_permissions (user_id, application_context, permission, granted_at, granted_by,"
                       " expires_at, from_legacy) SELECT u.id, b.context, b.permission, {}, b.granter, {}, true"
                       " FROM {} AS b JOIN users u ON u.legacy_id = :legacy WHERE true"
                       " ON CONFLICT (user_id, permission, application_context) DO UPDATE SET"
                       " granted_at = excluded.granted_at, granted_by = excluded.granted_by,"
                       " expires_at = excluded.expires_at WHERE user_permissions.from_legacy = true"
                       " AND (user_permissions.expires_at IS DISTINCT FROM excluded.expires_at"
                       " OR user_permissions.granted_by IS DISTINCT FROM excluded.granted_by)",
                       d.instant("coalesce(b.granted, :now)"), d.instant("b.expires"), d.granted());
}

/// Inserts a token's record. The caller appends the ON CONFLICT action.
std::string insert_token(const Dialect& d, std::string_view columns, std::string_view values) {
    return fmt::format("INSERT INTO legacy_tokens (id, application_context, expires_at, {})"
                       " VALUES (:id, :context, {}, {}) ON CONFLICT (id) DO ",
                       columns, d.instant(":expires"), values);
}

std::string names(const Dialect& d, std::string_view condition) {
    return fmt::format("SELECT t.id, coalesce(t.sealed, ''), t.place, {}, t.ended_at IS NOT NULL,"
                       " coalesce(u.legacy_id, ''), u.legacy_cleared FROM legacy_tokens t"
                       " JOIN sessions s ON s.id = t.session_id JOIN users u ON u.id = s.user_id WHERE {}",
                       d.milliseconds("t.lives_until"), condition);
}

std::string counts_query(const Dialect& d) {
    const auto live = fmt::format("FROM sessions s WHERE s.application_context = :context AND s.revoked = false"
                                  " AND s.expires_at > {}",
                                  d.instant(":now"));
    return fmt::format("SELECT (SELECT count(*) FROM users WHERE legacy_id IS NOT NULL), (SELECT count(*) {0}),"
                       " (SELECT count(*) {0} AND EXISTS (SELECT 1 FROM legacy_tokens t WHERE t.session_id = s.id"
                       " AND t.ended_at IS NULL)), (SELECT count(*) FROM legacy_tokens WHERE ended_at IS NOT NULL),"
                       " (SELECT count(*) {0} AND EXISTS (SELECT 1 FROM legacy_tokens t WHERE t.session_id = s.id"
                       " AND t.ended_at IS NULL AND t.known_since >= {1})),"
                       " (SELECT count(*) FROM user_permissions WHERE from_legacy = true)",
                       live, d.instant(":since"));
}

} // namespace

TakeoverQueries::TakeoverQueries(const Dialect& d)
    : find_user{sql::find_user(d), {"legacy", "token", "born", "context", "now"}},
      create_user{sql::create_user(d), {"id", "email", "phone", "hash", "role", "verified", "created", "legacy"}},
      link_user{fmt::format("UPDATE users SET legacy_id = :legacy, legacy_hash = nullif(:hash, ''),"
                            " generation = generation + 1"
                            " WHERE {} = :email AND email <> '' AND legacy_id IS NULL",
                            d.canonical("email")),
                {"email", "legacy", "hash"}},
      refresh_user{sql::refresh_user(d), {"legacy", "email", "phone", "hash", "role", "verified", "now"}},
      note_permissions{"UPDATE users SET legacy_permissions = :permissions WHERE legacy_id = :legacy",
                       {"legacy", "permissions"}},
      withdraw_permissions{
          fmt::format("DELETE FROM user_permissions WHERE user_id = (SELECT id FROM users WHERE legacy_id = :legacy)"
                      " AND from_legacy = true AND NOT EXISTS (SELECT 1 FROM {} AS b WHERE b.context ="
                      " user_permissions.application_context AND b.permission = user_permissions.permission)",
                      d.granted()),
          {"legacy", "permissions"}},
      grant_permissions{sql::grant_permissions(d), {"legacy", "permissions", "now"}},
      cut_off{fmt::format("UPDATE users SET legacy_cutoff = {} WHERE id = :user", d.instant(":now")), {"user", "now"}},
      hold_user{"UPDATE users SET updated_at = updated_at WHERE id = :user AND disabled = false"
                " AND generation = :generation AND " +
                    sql::counts(d),
                {"user", "generation", "token", "born"}},
      record{insert_token(d, "place, known_since", ":place, " + d.instant(":since")) + "NOTHING",
             {"id", "context", "place", "since", "expires"}},
      accept_token{insert_token(d, "place, known_since, session_id, sealed, lives_until",
                                fmt::format(":place, {}, :session, nullif(:sealed, ''), {}", d.instant(":since"),
                                            d.instant(":until"))) +
                       "UPDATE SET known_since = CASE WHEN excluded.known_since > legacy_tokens.known_since"
                       " THEN excluded.known_since ELSE legacy_tokens.known_since END,"
                       " session_id = coalesce(legacy_tokens.session_id, excluded.session_id),"
                       " sealed = coalesce(legacy_tokens.sealed, excluded.sealed),"
                       " lives_until = coalesce(excluded.lives_until, legacy_tokens.lives_until)"
                       " WHERE legacy_tokens.ended_at IS NULL",
                   {"id", "context", "place", "since", "expires", "session", "sealed", "until"}},
      name{fmt::format("UPDATE legacy_tokens SET session_id = :session, sealed = nullif(:sealed, ''), lives_until = {}"
                       " WHERE id = :id AND session_id IS NULL AND ended_at IS NULL",
                       d.instant(":until")),
           {"id", "session", "sealed", "until"}},
      older_names{names(d, "t.application_context = :context AND (t.session_id = :id OR t.id = :id)"),
                  {"id", "context"}},
      older_names_of{names(d, fmt::format("s.user_id = :user AND t.lives_until > {}", d.instant(":now"))),
                     {"user", "now"}},
      live_names{names(d, fmt::format("t.application_context = :context AND t.ended_at IS NULL AND s.revoked = false"
                                      " AND s.expires_at > {} AND {} > :after ORDER BY {} LIMIT :limit",
                                      d.instant(":now"), d.by_bytes("t.id"), d.by_bytes("t.id"))),
                 {"context", "after", "now", "limit"}},
      note_alive{fmt::format("UPDATE legacy_tokens SET sealed = coalesce(nullif(:sealed, ''), sealed),"
                             " lives_until = {} WHERE id = :id AND application_context = :context AND ended_at IS NULL",
                             d.instant(":until")),
                 {"id", "context", "sealed", "until"}},
      note_cleared{"UPDATE users SET legacy_cleared = :cleared WHERE legacy_id = :legacy", {"legacy", "cleared"}},
      find{fmt::format("SELECT coalesce(session_id, ''), ended_at IS NOT NULL, {} FROM legacy_tokens"
                       " WHERE id = :id AND application_context = :context",
                       d.milliseconds("expires_at")),
           {"id", "context"}},
      end{insert_token(d, "place, known_since, ended_at", fmt::format("'', {0}, {0}", d.instant(":now"))) +
              "UPDATE SET ended_at = coalesce(legacy_tokens.ended_at, excluded.ended_at)"
              " RETURNING coalesce(session_id, '')",
          {"id", "context", "now", "expires"}},
      ended_since{fmt::format("SELECT application_context, id, {0} FROM legacy_tokens WHERE ended_at IS NOT NULL"
                              " AND ended_at >= {1} AND expires_at > {2} AND {3} > :after ORDER BY {3} LIMIT :limit",
                              d.milliseconds("expires_at"), d.instant(":since"), d.instant(":now"), d.by_bytes("id")),
                  {"since", "now", "after", "limit"}},
      names_of{fmt::format("SELECT application_context, id, {} FROM legacy_tokens WHERE session_id = :session",
                           d.milliseconds("expires_at")),
               {"session"}},
      touch{fmt::format("UPDATE sessions SET last_activity = {0} FROM {1} AS b, legacy_tokens t WHERE t.id = b.id"
                        " AND t.application_context = b.context AND sessions.id = t.session_id"
                        " AND sessions.revoked = false AND sessions.last_activity < {0}",
                        d.instant("b.at"), d.batch()),
            {"batch"}},
      legacy_id{"SELECT coalesce(legacy_id, '') FROM users WHERE id = :user", {"user"}},
      note_hash{"UPDATE users SET legacy_hash = nullif(:hash, '') WHERE id = :user", {"user", "hash"}},
      known{fmt::format("SELECT t.id, t.ended_at IS NOT NULL,"
                        " coalesce(s.revoked = false AND s.expires_at > {}, false), coalesce(t.session_id, ''),"
                        " coalesce(CAST(s.handle AS text), ''), coalesce(u.legacy_id, ''), {} FROM {} AS b"
                        " JOIN legacy_tokens t ON t.id = b.id AND t.application_context = b.context"
                        " LEFT JOIN sessions s ON s.id = t.session_id LEFT JOIN users u ON u.id = s.user_id",
                        d.instant(":now"), d.milliseconds("t.known_since"), d.batch()),
            {"batch", "now"}},
      cut_off_users{
          fmt::format("SELECT legacy_id, disabled, {} FROM users WHERE legacy_id IN (SELECT value FROM {} AS e)"
                      " AND (disabled = true OR legacy_cutoff IS NOT NULL)",
                      d.milliseconds("legacy_cutoff"), d.texts(":ids")),
          {"ids"}},
      announce{fmt::format("INSERT INTO strategies (node, strategy, at, refused, refused_at)"
                           " VALUES (:node, :strategy, {}, nullif(:refused, ''), {})"
                           " ON CONFLICT (node) DO UPDATE SET strategy = excluded.strategy, at = excluded.at,"
                           " refused = excluded.refused, refused_at = excluded.refused_at",
                           d.instant(":at"), d.instant(":refused_at")),
               {"node", "strategy", "at", "refused", "refused_at"}},
      announced{fmt::format("SELECT node, strategy, {}, coalesce(refused, ''), coalesce({}, 0) FROM strategies"
                            " ORDER BY node",
                            d.milliseconds("at"), d.milliseconds("refused_at")),
                {}},
      counts{counts_query(d), {"context", "since", "now"}},
      forget_tokens{"DELETE FROM legacy_tokens WHERE id IN (SELECT id FROM legacy_tokens ORDER BY id LIMIT :limit)",
                    {"limit"}},
      last_id{"SELECT coalesce(max(p.legacy_id), '') FROM (SELECT legacy_id FROM users WHERE legacy_id > :after"
              " ORDER BY legacy_id LIMIT :limit) AS p",
              {"after", "limit"}},
      forget_hashes{"UPDATE users SET legacy_hash = NULL, legacy_permissions = NULL WHERE legacy_id > :after"
                    " AND legacy_id <= :last AND (legacy_hash IS NOT NULL OR legacy_permissions IS NOT NULL)",
                    {"after", "last"}} {}

} // namespace gatehouse::sql
