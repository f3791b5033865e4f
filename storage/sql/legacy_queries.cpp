// SPDX-License-Identifier: Apache-2.0
// A parameter that a layout has no column for is named in a condition that always holds: SQLite refuses to bind what is
// not there. Names are in brackets for SQLite, because it takes an unknown name in double quotes for a string.
#include "storage/sql/legacy_queries.h"

#include <fmt/format.h>
#include <string_view>
#include <utility>

namespace gatehouse::sql {
namespace {

using legacy::IdKind;
using legacy::Layout;

/// Makes the pieces of SQL for one layout.
class Writer {
  public:
    Writer(Backend backend, const Layout& layout) : postgres_(backend == Backend::postgresql), l_(layout) {}

    [[nodiscard]] std::string name(std::string_view one) const {
        return postgres_ ? fmt::format("\"{}\"", one) : fmt::format("[{}]", one);
    }
    [[nodiscard]] std::string table(std::string_view one) const {
        const auto dot = one.find('.');
        if (dot == std::string_view::npos) return name(one);
        return name(one.substr(0, dot)) + "." + name(one.substr(dot + 1));
    }
    [[nodiscard]] std::string users() const { return table(l_.users_table); }
    [[nodiscard]] std::string sessions() const { return table(l_.sessions_table); }

    /// A parameter that is compared with, or put into, a column of ids.
    [[nodiscard]] std::string id(std::string_view parameter) const {
        return fmt::format("CAST({} AS {})", parameter, id_type());
    }
    [[nodiscard]] std::string ids_in(std::string_view parameter) const {
        return postgres_ ? fmt::format("(SELECT CAST(e AS {}) FROM jsonb_array_elements_text(CAST({} AS jsonb)) AS e)",
                                       id_type(), parameter)
                         : fmt::format("(SELECT CAST(value AS {}) FROM json_each({}))", id_type(), parameter);
    }

    /// A column as text; none, NULL: empty.
    [[nodiscard]] std::string text(std::string_view of, const std::string& column) const {
        if (column.empty()) return "CAST('' AS text)";
        return fmt::format("coalesce(CAST({}.{} AS text), '')", of, name(column));
    }
    /// What LegacyRow has between the place and the session's own columns, of the user `u`.
    [[nodiscard]] std::string user_columns() const {
        std::string columns = text("u", l_.user_id);
        for (const auto* column :
             {&l_.user_email, &l_.user_phone, &l_.user_password, &l_.user_role, &l_.user_verified, &l_.user_created})
            columns += ", " + text("u", *column);
        return columns;
    }
    /// Rows of the table of sessions `s` with their users.
    [[nodiscard]] std::string select_sessions(std::string_view condition) const {
        std::string columns = text("s", l_.session_token) + ", 'sessions', " + user_columns();
        for (const auto* column : {&l_.session_created, &l_.session_active, &l_.session_expires, &l_.session_revoked,
                                   &l_.session_address, &l_.session_agent})
            columns += ", " + text("s", *column);
        return fmt::format("SELECT {} FROM {} AS s JOIN {} AS u ON u.{} = s.{} WHERE {}", columns, sessions(), users(),
                           name(l_.user_id), name(l_.session_user), condition);
    }
    /// Users `u`, each with its own token; a session of theirs began when they logged in.
    [[nodiscard]] std::string select_users(std::string_view condition) const {
        return fmt::format("SELECT {}, 'users', {}, {}, '', '', '', '', '' FROM {} AS u WHERE {}",
                           text("u", l_.user_token), user_columns(), text("u", l_.user_last_login), users(), condition);
    }
    [[nodiscard]] std::string in_context() const {
        if (l_.session_context.empty()) return "CAST(:context AS text) IS NOT NULL";
        // As text: an enum would refuse to be compared with what is none of its words.
        return fmt::format("CAST(s.{} AS text) = :context", name(l_.session_context));
    }
    [[nodiscard]] std::string of_user(std::string_view column) const {
        return fmt::format("{} = {}", column, id(":user"));
    }
    [[nodiscard]] std::string find() const;
    [[nodiscard]] std::string by_phone() const;
    [[nodiscard]] std::string not_past(std::string_view row) const;
    [[nodiscard]] std::string standing_tokens() const;
    [[nodiscard]] std::string insert() const;
    [[nodiscard]] std::string end() const;
    [[nodiscard]] LegacyQueries::Count count(const std::string& of, const std::string& column) const;

    [[nodiscard]] std::string_view lock() const { return postgres_ ? " FOR UPDATE" : ""; }

  private:
    [[nodiscard]] std::string_view id_type() const {
        switch (l_.user_id_kind) {
        case IdKind::uuid: return postgres_ ? "uuid" : "text";
        case IdKind::integer: return postgres_ ? "bigint" : "integer";
        default: return "text";
        }
    }

    bool postgres_;
    const Layout& l_;
};

std::string Writer::find() const {
    std::string both;
    if (!l_.sessions_table.empty())
        both = select_sessions(fmt::format("s.{} = :token AND {}", name(l_.session_token), in_context()));
    if (l_.user_token.empty()) return both;
    const auto own = select_users(fmt::format("u.{} = :token", name(l_.user_token)));
    return both.empty() ? own + " AND CAST(:context AS text) IS NOT NULL" : both + " UNION ALL " + own;
}

/// By what is left without what people write between the digits: two rows are enough to say that it is nobody's.
std::string Writer::by_phone() const {
    std::string digits = text("u", l_.user_phone);
    if (postgres_) {
        digits = fmt::format("translate({}, ' +-().', '')", digits);
    } else {
        for (const char c : std::string_view(" +-()."))
            digits = fmt::format("replace({}, '{}', '')", digits, c);
    }
    return select_users(fmt::format("{} IN (:digits, :trunk) LIMIT 2", digits));
}

/// Whether a row of the table of sessions has not come to its end. The connection's time zone is UTC.
std::string Writer::not_past(std::string_view row) const {
    if (l_.session_expires.empty()) return "true";
    std::string now;
    switch (l_.instants) {
    case legacy::InstantKind::timestamp: now = postgres_ ? "now()" : "strftime('%Y-%m-%d %H:%M:%f', 'now')"; break;
    case legacy::InstantKind::seconds: now = postgres_ ? "extract(epoch FROM now())" : "unixepoch()"; break;
    case legacy::InstantKind::milliseconds:
        now = postgres_ ? "extract(epoch FROM now()) * 1000" : "unixepoch() * 1000";
        break;
    }
    return fmt::format("coalesce({}.{} > {}, true)", row, name(l_.session_expires), now);
}

/// None whose session was revoked, and none that two users have: `find` knows neither. None that has a live row of its
/// own, which is read before. What is not empty is greater than that, which an index can tell; OFFSET keeps PostgreSQL
/// from joining the whole tables for each part.
std::string Writer::standing_tokens() const {
    const auto token = name(l_.user_token);
    const auto user = name(l_.user_id);
    auto condition = fmt::format("u.{} > {} AND u.{} > '' AND NOT EXISTS (SELECT 1 FROM {} AS o WHERE o.{} = u.{}"
                                 " AND o.{} <> u.{} LIMIT 1 OFFSET 0)",
                                 user, id(":after"), token, users(), token, token, user, user);
    if (!l_.sessions_table.empty()) {
        const auto revoked =
            l_.session_revoked.empty() ? std::string{} : fmt::format(" OR s.{} IS TRUE", name(l_.session_revoked));
        condition +=
            fmt::format(" AND NOT EXISTS (SELECT 1 FROM {} AS s WHERE s.{} = u.{} AND ({}{}) LIMIT 1 OFFSET 0)",
                        sessions(), name(l_.session_token), token, not_past("s"), revoked);
    }
    return select_users(fmt::format("{} ORDER BY u.{} LIMIT :limit", condition, user));
}

std::string Writer::insert() const {
    std::string columns = fmt::format("{}, {}", name(l_.session_token), name(l_.session_user));
    std::string values = ":token, " + id(":user");
    std::string left_over = "''";
    const auto add = [&](const std::string& column, std::string_view parameter) {
        if (column.empty()) {
            left_over += fmt::format(" || coalesce(CAST({} AS text), '')", parameter);
        } else {
            columns += ", " + name(column);
            values += fmt::format(", {}", parameter);
        }
    };
    add(l_.session_context, ":context");
    add(l_.session_created, ":now");
    if (!l_.session_active.empty()) add(l_.session_active, ":now");
    add(l_.session_expires, ":expires");
    add(l_.session_address, ":address");
    add(l_.session_agent, ":agent");
    return fmt::format("INSERT INTO {} ({}) VALUES ({}) RETURNING {}", sessions(), columns, values, left_over);
}

std::string Writer::end() const {
    const auto token = name(l_.session_token);
    constexpr std::string_view always = "CAST(:now AS text) IS NOT NULL";
    if (l_.session_revoked.empty())
        return fmt::format("DELETE FROM {} WHERE {} = :token AND {}", sessions(), token, always);
    const auto revoked = name(l_.session_revoked);
    const bool noted = !l_.session_revoked_at.empty();
    return fmt::format("UPDATE {} SET {} = true{} WHERE {} = :token AND {} IS NOT TRUE{}{}", sessions(), revoked,
                       noted ? fmt::format(", {} = :now", name(l_.session_revoked_at)) : "", token, revoked,
                       noted ? "" : " AND ", noted ? "" : always);
}

/// PostgreSQL keeps an estimate of its rows, and of how many have a NULL in this column.
LegacyQueries::Count Writer::count(const std::string& of, const std::string& column) const {
    if (of.empty()) return {};
    const auto exact = fmt::format("SELECT count({}) FROM {}", column.empty() ? "*" : name(column), table(of));
    if (!postgres_) return {{"SELECT -1", {}}, {exact, {}}};
    const auto nulls =
        column.empty() ? "0"
                       : fmt::format("coalesce((SELECT p.null_frac FROM pg_stats AS p WHERE p.schemaname = n.nspname"
                                     " AND p.tablename = c.relname AND p.attname = '{}'), 0)",
                                     column);
    return {{fmt::format("SELECT CAST(round(CAST(c.reltuples * (1 - {}) AS numeric)) AS bigint) FROM pg_class AS c"
                         " JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = CAST('{}' AS regclass)",
                         nulls, table(of)),
             {}},
            {exact, {}}};
}

} // namespace

LegacyQueries::LegacyQueries(Backend backend, const Layout& l) {
    const Writer w(backend, l);
    const auto user_id = "u." + w.name(l.user_id);
    find = {w.find(), {"token", "context"}};
    user = {w.select_users(w.of_user(user_id)), {"user"}};
    users_named = {w.select_users(user_id + " IN " + w.ids_in(":ids")), {"ids"}};
    users = {w.select_users(fmt::format("{0} > {1} ORDER BY {0} LIMIT :limit", user_id, w.id(":after"))),
             {"after", "limit"}};
    if (!l.user_email.empty()) {
        const auto email = "u." + w.name(l.user_email);
        by_email = {w.select_users(email + " = :email LIMIT 2"), {"email"}};
        by_email_in_any_case = {w.select_users(fmt::format("lower({}) = :email LIMIT 2", email)), {"email"}};
    }
    if (!l.user_phone.empty()) by_phone = {w.by_phone(), {"digits", "trunk"}};
    if (!l.user_token.empty()) {
        const auto token = w.name(l.user_token);
        const auto standing =
            fmt::format("SELECT {} FROM {} AS u WHERE {}", w.text("u", l.user_token), w.users(), w.of_user(user_id));
        standing_tokens = {w.standing_tokens(), {"after", "limit"}};
        token_of = {standing, {"user"}};
        lock_token = {standing + std::string(w.lock()), {"user"}};
        const bool noted = !l.user_last_login.empty();
        put_token = {fmt::format("UPDATE {} SET {} = :token{} WHERE {}{}", w.users(), token,
                                 noted ? fmt::format(", {} = :now", w.name(l.user_last_login)) : "",
                                 w.of_user(w.name(l.user_id)), noted ? "" : " AND CAST(:now AS text) IS NOT NULL"),
                     {"token", "user", "now"}};
        clear_token = {fmt::format("UPDATE {} SET {} = NULL WHERE {} = :token", w.users(), token, token), {"token"}};
    }
    if (!l.sessions_table.empty()) {
        const auto owner = "s." + w.name(l.session_user);
        sessions = {w.select_sessions(fmt::format("{0} > {1} AND {2} ORDER BY {0} LIMIT :limit", owner, w.id(":after"),
                                                  w.in_context())),
                    {"after", "context", "limit"}};
        sessions_of = {w.select_sessions(w.of_user(owner) + " AND " + w.in_context()), {"user", "context"}};
        insert = {w.insert(), {"token", "user", "context", "now", "expires", "address", "agent"}};
        end = {w.end(), {"token", "now"}};
        tokens_of = {
            fmt::format(
                "SELECT {} FROM {} AS s WHERE {}{}", w.text("s", l.session_token), w.sessions(), w.of_user(owner),
                l.session_revoked.empty() ? "" : fmt::format(" AND s.{} IS NOT TRUE", w.name(l.session_revoked))),
            {"user"}};
    }
    if (!l.user_password.empty()) {
        set_password = {fmt::format("UPDATE {0} SET {1} = :new WHERE {2} AND {1} = :old", w.users(),
                                    w.name(l.user_password), w.of_user(w.name(l.user_id))),
                        {"user", "old", "new"}};
    }
    users_there = w.count(l.users_table, "");
    rows_there = w.count(l.sessions_table, "");
    if (!l.user_token.empty()) tokens_there = w.count(l.users_table, l.user_token);
}

} // namespace gatehouse::sql
