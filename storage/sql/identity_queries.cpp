// SPDX-License-Identifier: Apache-2.0
// Write `revoked = false`, never `NOT revoked` or `0`: SQLite uses a partial index only if the condition has the same
// words as the index.
#include "storage/sql/identity_queries.h"

#include "storage/one_time_store.h"
#include "storage/planted.h"

#include <fmt/format.h>

namespace gatehouse::sql {
namespace {

std::string ended(const Dialect& d) {
    return fmt::format(" RETURNING application_context, id, {}", d.milliseconds("expires_at"));
}

std::string account(const Dialect& d, std::string_view condition, std::string_view more = "") {
    return fmt::format(
        "SELECT {}id, email, coalesce(hashed_password, ''), role, is_verified, disabled, generation, {}, {},"
        " coalesce(phone, ''), coalesce(claimed_phone, '') FROM users WHERE {}",
        more, d.milliseconds("created_at"), d.milliseconds("last_login_at"), condition);
}

std::string change(const Dialect& d, std::string_view what) {
    return fmt::format("UPDATE users SET {}generation = generation + 1, updated_at = {} WHERE id = :user", what,
                       d.instant(":now"));
}

std::string create(const Dialect& d) {
    return fmt::format("INSERT INTO users (id, email, hashed_password, role, is_verified, created_at, updated_at)"
                       " VALUES (:id, :email, nullif(:hash, ''), :role, :verified, {0}, {0})",
                       d.instant(":created"));
}

/// Sets `column` to the parameter, where an empty text removes and NULL stays.
std::string replaced(std::string_view column, std::string_view parameter) {
    return fmt::format("{0} = CASE WHEN CAST({1} AS text) IS NULL THEN {0} ELSE nullif(CAST({1} AS text), '') END, ",
                       column, parameter);
}

std::string set_contact(const Dialect& d) {
    return change(d, "email = coalesce(CAST(:email AS text), email), " + replaced("phone", ":phone") +
                         replaced("claimed_phone", ":claimed") +
                         "is_verified = CASE WHEN CAST(:verified AS bigint) IS NULL THEN is_verified"
                         " ELSE CAST(:verified AS bigint) = 1 END, ") +
           " RETURNING generation";
}

/// Of the user's address.
std::string nobodys(const Dialect& d, std::string_view table, const std::string& column) {
    return fmt::format("DELETE FROM {} WHERE user_id IS NULL AND {} ="
                       " (SELECT {} FROM users WHERE id = :user AND email <> '')",
                       table, column, d.canonical("email"));
}

std::string find_session(const Dialect& d) {
    return fmt::format("SELECT s.handle, s.user_id, {}, {}, {}, s.remember, {},"
                       " u.email, u.role, u.is_verified, u.disabled, u.generation, {}, coalesce(u.legacy_id, ''),"
                       " coalesce(u.phone, '')"
                       " FROM sessions s JOIN users u ON u.id = s.user_id"
                       " WHERE s.id = :id AND s.application_context = :context",
                       d.milliseconds("s.created_at"), d.milliseconds("s.last_activity"),
                       d.milliseconds("s.expires_at"), planted(Bug::revoked_ignored) ? "false" : "s.revoked",
                       d.permissions("s.user_id", "s.application_context", d.instant(":now")));
}

/// The oldest live sessions of a user in a context, except the new one and `keep` others.
std::string evict(const Dialect& d) {
    const auto now = d.instant(":now");
    return fmt::format("UPDATE sessions SET revoked = true, revoked_at = {} WHERE id IN (SELECT id FROM sessions"
                       " WHERE user_id = :user AND application_context = :context AND revoked = false"
                       " AND expires_at > {} AND id <> :id ORDER BY created_at DESC, id LIMIT 1000000 OFFSET :keep)",
                       now, now) +
           ended(d);
}

std::string revoke(const Dialect& d, std::string_view condition) {
    return fmt::format("UPDATE sessions SET revoked = true, revoked_at = coalesce(revoked_at, {}) WHERE {}",
                       d.instant(":now"), condition) +
           ended(d);
}

std::string list_sessions(const Dialect& d) {
    return fmt::format("SELECT application_context, id, handle, {}, {}, {}, remember, {}, coalesce(user_agent, ''),"
                       " coalesce(device_name, '')"
                       " FROM sessions WHERE user_id = :user AND revoked = false AND expires_at > {}"
                       " ORDER BY last_activity DESC, id LIMIT 200",
                       d.milliseconds("created_at"), d.milliseconds("last_activity"), d.milliseconds("expires_at"),
                       d.address("ip_address"), d.instant(":now"));
}

std::string list_live(const Dialect& d) {
    return fmt::format("SELECT s.application_context, s.id, s.handle, {}, {}, {}, s.remember, {},"
                       " coalesce(s.user_agent, ''), u.email, coalesce(u.phone, ''), {} FROM sessions s"
                       " JOIN users u ON u.id = s.user_id WHERE s.id > :after AND s.revoked = false"
                       " AND s.expires_at > {} ORDER BY s.id LIMIT :limit",
                       d.milliseconds("s.created_at"), d.milliseconds("s.last_activity"),
                       d.milliseconds("s.expires_at"), d.address("s.ip_address"), d.uuid_text("s.user_id"),
                       d.instant(":now"));
}

std::string insert_session(const Dialect& d) {
    return fmt::format("INSERT INTO sessions (application_context, id, handle, user_id, created_at, last_activity,"
                       " expires_at, remember, ip_address, user_agent)"
                       " VALUES (:context, :id, :handle, :user, {}, {}, {}, :remember, :address, :agent)",
                       d.instant(":created"), d.instant(":active"), d.instant(":expires"));
}

} // namespace

SessionQueries::SessionQueries(const Dialect& d)
    : find{find_session(d), {"context", "id", "now"}},
      // An UPDATE alone locks the row. FOR SHARE followed by an UPDATE of the same row would deadlock two logins of one
      // user.
      log_in{
          fmt::format("UPDATE users SET last_login_at = CASE WHEN last_login_at > {0} THEN last_login_at ELSE {0} END"
                      " WHERE id = :user AND disabled = false AND generation = :generation{1}",
                      d.instant(":now"), planted(Bug::no_generation_check) ? " OR id = :user" : ""),
          {"user", "generation", "now"}},
      insert{insert_session(d),
             {"context", "id", "handle", "user", "created", "active", "expires", "remember", "address", "agent"}},
      evict{sql::evict(d), {"user", "context", "id", "keep", "now"}},
      touch{fmt::format("UPDATE sessions SET last_activity = {0} FROM {1} AS b WHERE sessions.id = b.id"
                        " AND sessions.application_context = b.context AND sessions.revoked = false"
                        " AND sessions.last_activity < {0}",
                        d.instant("b.at"), d.batch()),
            {"batch"}},
      revoke{sql::revoke(d, "id = :id AND application_context = :context"), {"context", "id", "now"}},
      revoke_by_handle{sql::revoke(d, "handle = :handle AND user_id = :user"), {"user", "handle", "now"}},
      revoke_all{sql::revoke(d, fmt::format("user_id = :user AND revoked = false AND expires_at > {}"
                                            " AND NOT (id = :id AND application_context = :context)",
                                            d.instant(":now"))),
                 {"user", "context", "id", "now"}},
      ended_since{fmt::format("SELECT application_context, id, {0} FROM sessions WHERE revoked = true"
                              " AND revoked_at >= {1} AND expires_at > {2} AND {3} > :after ORDER BY {3} LIMIT :limit",
                              d.milliseconds("expires_at"), d.instant(":since"), d.instant(":now"), d.by_bytes("id")),
                  {"since", "now", "after", "limit"}},
      list{list_sessions(d), {"user", "now"}},
      name_device{"UPDATE sessions SET device_name = nullif(:name, '') WHERE handle = :handle AND user_id = :user"
                  " AND revoked = false",
                  {"user", "handle", "name"}},
      list_live{sql::list_live(d), {"after", "now", "limit"}},
      purge{fmt::format("DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < {}"
                        " ORDER BY expires_at LIMIT :limit{})",
                        d.instant(":before"), d.skip_locked()),
            {"before", "limit"}},
      ping{"SELECT 1", {}} {}

UserQueries::UserQueries(const Dialect& d)
    : find{account(d, "id = :user"), {"user"}},
      find_by_email{account(d, d.canonical("email") + " = :email AND email <> ''"),
                    {"email"}}, // the index has this condition
      find_by_phone{account(d, "phone = :phone"), {"phone"}},
      list{account(d, fmt::format("{0} > :after AND email <> '' ORDER BY {0} LIMIT :limit", d.canonical("email"))),
           {"after", "limit"}},
      list_unaddressed{account(d, "id > :after AND email = '' ORDER BY id LIMIT :limit", "coalesce(phone, ''), "),
                       {"after", "limit"}},
      find_in_context{fmt::format("SELECT email, role, is_verified, disabled, generation, {}, coalesce(legacy_id, ''),"
                                  " coalesce(phone, '') FROM users WHERE id = :user",
                                  d.permissions("users.id", ":context", d.instant(":now"))),
                      {"user", "context", "now"}},
      create{sql::create(d), {"id", "email", "hash", "role", "verified", "created"}},
      create_new{sql::create(d) + " ON CONFLICT DO NOTHING", {"id", "email", "hash", "role", "verified", "created"}},
      replace_hash{"UPDATE users SET hashed_password = :new WHERE id = :user AND hashed_password = :old",
                   {"user", "old", "new"}},
      unlock{fmt::format("UPDATE users SET unlocked_at = {} WHERE id = :user", d.instant(":now")), {"user", "now"}},
      unlocked_since{fmt::format("SELECT id, email, coalesce(phone, ''), {} FROM users WHERE unlocked_at > {}"
                                 " ORDER BY unlocked_at DESC LIMIT 1000",
                                 d.milliseconds("unlocked_at"), d.instant(":since")),
                     {"since"}},
      set_password{change(d, "hashed_password = nullif(:hash, ''), ") +
                       " AND (CAST(:expected AS bigint) IS NULL OR generation = CAST(:expected AS bigint))"
                       " RETURNING generation",
                   {"user", "hash", "expected", "now"}},
      set_disabled{change(d, "disabled = :disabled, ") + " RETURNING generation", {"user", "disabled", "now"}},
      set_role{change(d, "role = :role, ") + " RETURNING generation", {"user", "role", "now"}},
      touch{"UPDATE users SET generation = generation + 1 WHERE id = :user RETURNING generation", {"user"}},
      set_address{change(d, "email = :address, is_verified = true, ") +
                      fmt::format(" AND disabled = false AND NOT EXISTS (SELECT 1 FROM users o WHERE {} = :address"
                                  " AND o.email <> '' AND o.id <> :user) RETURNING generation",
                                  d.canonical("o.email")),
                  {"user", "address", "now"}},
      set_contact{sql::set_contact(d), {"user", "email", "phone", "claimed", "verified", "now"}},
      take_leave{change(d, "disabled = true, ") +
                     " AND (CAST(:expected AS bigint) IS NULL OR generation = CAST(:expected AS bigint))"
                     " RETURNING generation",
                 {"user", "expected", "now"}},
      remove{"DELETE FROM users WHERE id = :user", {"user"}},
      forget_mail{nobodys(d, "mail", d.canonical("recipient")), {"user"}},
      forget_tokens{nobodys(d, "one_time_tokens", "address"), {"user"}},
      lock{fmt::format("UPDATE users SET updated_at = {} WHERE id = :user", d.instant(":now")), {"user", "now"}},
      grant{
          fmt::format("INSERT INTO user_permissions (user_id, application_context, permission, granted_at, expires_at,"
                      " operator) VALUES (:user, :context, :permission, {}, {}, nullif(:operator, ''))"
                      " ON CONFLICT (user_id, permission, application_context) DO UPDATE SET granted_at ="
                      " excluded.granted_at, expires_at = excluded.expires_at, operator = excluded.operator,"
                      " granted_by = NULL, from_legacy = false",
                      d.instant(":now"), d.instant(":expires")),
          {"user", "context", "permission", "expires", "operator", "now"}},
      withdraw{"DELETE FROM user_permissions WHERE user_id = :user AND application_context = :context"
               " AND permission = :permission",
               {"user", "context", "permission"}} {}

OneTimeQueries::OneTimeQueries(const Dialect& d)
    // Of the same user, or of nobody: an address that two people ask for is not one link.
    : end_older{fmt::format("DELETE FROM one_time_tokens WHERE purpose = :purpose AND address = :address"
                            " AND (user_id = {0} OR (user_id IS NULL AND {0} IS NULL))",
                            d.uuid(":user")),
                {"purpose", "user", "address"}},
      // Without a user, or with one who may sign in.
      insert{fmt::format("INSERT INTO one_time_tokens (id, purpose, user_id, address, created_at, expires_at, grants)"
                         " SELECT :id, :purpose, {0}, :address, {1}, {2}, nullif(CAST(:grants AS text), '')"
                         " WHERE {0} IS NULL"
                         " OR EXISTS (SELECT 1 FROM users WHERE id = {0} AND disabled = false)",
                         d.uuid(":user"), d.instant(":created"), d.instant(":expires")),
             {"id", "purpose", "user", "address", "created", "expires", "grants"}},
      find{fmt::format("SELECT coalesce({}, ''), address, {}, {}, coalesce(grants, '') FROM one_time_tokens"
                       " WHERE id = :id AND purpose = :purpose AND expires_at > {}",
                       d.uuid_text("user_id"), d.milliseconds("created_at"), d.milliseconds("expires_at"),
                       d.instant(":now")),
           {"id", "purpose", "now"}},
      use{fmt::format("DELETE FROM one_time_tokens WHERE id = :id AND purpose = :purpose AND expires_at > {}"
                      " RETURNING coalesce({}, ''), address",
                      d.instant(":now"), d.uuid_text("user_id")),
          {"id", "purpose", "now"}},
      end_all{"DELETE FROM one_time_tokens WHERE user_id = :user", {"user"}},
      end_most{fmt::format("DELETE FROM one_time_tokens WHERE user_id = :user AND purpose <> '{}'",
                           name_of(Purpose::take_back_address)),
               {"user"}},
      verify{fmt::format("UPDATE users SET is_verified = true WHERE id = :user AND {} = :address AND email <> ''",
                         d.canonical("email")),
             {"user", "address"}},
      verify_alone{change(d, "is_verified = true, ") +
                       fmt::format(" AND {} = :address AND email <> '' RETURNING generation", d.canonical("email")),
                   {"user", "address", "now"}},
      forget{fmt::format("DELETE FROM one_time_tokens WHERE id IN (SELECT id FROM one_time_tokens WHERE expires_at < {}"
                         " ORDER BY expires_at LIMIT :limit{})",
                         d.instant(":before"), d.skip_locked()),
             {"before", "limit"}} {}

} // namespace gatehouse::sql
