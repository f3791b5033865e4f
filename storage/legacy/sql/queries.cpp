// SPDX-License-Identifier: Apache-2.0
// SQLite refuses to bind an unused parameter, so a parameter without a column in the layout appears in a condition that
// is always true. Names are in brackets for SQLite, because SQLite takes an unknown name in double quotes for a string.
#include "storage/legacy/sql/queries.h"

#include <cctype>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>
#include <utility>

namespace gatehouse::sql {
namespace {

using legacy::IdKind;
using legacy::Layout;

/// Writes the pieces of SQL for one layout.
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

    /// A parameter that is compared with, or stored in, a column of ids.
    [[nodiscard]] std::string id(std::string_view parameter) const {
        return fmt::format("CAST({} AS {})", parameter, id_type());
    }
    [[nodiscard]] std::string ids_in(std::string_view parameter) const {
        return postgres_ ? fmt::format("(SELECT CAST(e AS {}) FROM jsonb_array_elements_text(CAST({} AS jsonb)) AS e)",
                                       id_type(), parameter)
                         : fmt::format("(SELECT CAST(value AS {}) FROM json_each({}))", id_type(), parameter);
    }

    /// A column as text; empty for NULL and for a missing column.
    [[nodiscard]] std::string text(std::string_view of, const std::string& column) const {
        if (column.empty()) return "CAST('' AS text)";
        return fmt::format("coalesce(CAST({}.{} AS text), '')", of, name(column));
    }
    /// The columns of LegacyRow between the place and the session's own columns, for the user `u`.
    [[nodiscard]] std::string user_columns() const {
        std::string columns = text("u", l_.user_id);
        for (const auto* column :
             {&l_.user_email, &l_.user_phone, &l_.user_password, &l_.user_role, &l_.user_verified, &l_.user_created})
            columns += ", " + text("u", *column);
        return columns;
    }
    /// JSON: for each permission of the user `u` an array of texts, in the order of LegacyPermission.
    [[nodiscard]] std::string permissions() const {
        if (l_.permissions_table.empty()) return "CAST('' AS text)";
        std::string columns;
        for (const auto* column : {&l_.permission_context, &l_.permission_name, &l_.permission_granted,
                                   &l_.permission_granted_by, &l_.permission_expires})
            columns += (columns.empty() ? "" : ", ") + text("p", *column);
        const auto all = postgres_ ? fmt::format("CAST(json_agg(json_build_array({})) AS text)", columns)
                                   : fmt::format("json_group_array(json_array({}))", columns);
        return fmt::format("(SELECT coalesce({}, '[]') FROM {} AS p WHERE p.{} = u.{})", all,
                           table(l_.permissions_table), name(l_.permission_user), name(l_.user_id));
    }
    /// Rows of the table of sessions `s` with their users.
    [[nodiscard]] std::string select_sessions(std::string_view condition) const {
        std::string columns = text("s", l_.session_token) + ", 'sessions', " + user_columns();
        for (const auto* column : {&l_.session_created, &l_.session_active, &l_.session_expires, &l_.session_revoked,
                                   &l_.session_address, &l_.session_agent})
            columns += ", " + text("s", *column);
        columns += ", " + permissions();
        return fmt::format("SELECT {} FROM {} AS s JOIN {} AS u ON u.{} = s.{} WHERE {}", columns, sessions(), users(),
                           name(l_.user_id), name(l_.session_user), condition);
    }
    /// Users `u`, each with the token in the user's row. Such a session began when the user logged in.
    [[nodiscard]] std::string select_users(std::string_view condition) const {
        return fmt::format("SELECT {}, 'users', {}, {}, '', '', '', '', '', {} FROM {} AS u WHERE {}",
                           text("u", l_.user_token), user_columns(), text("u", l_.user_last_login), permissions(),
                           users(), condition);
    }
    [[nodiscard]] std::string in_context() const {
        if (l_.session_context.empty()) return "CAST(:context AS text) IS NOT NULL";
        // As text, because comparing an enum with an unknown word would fail.
        return fmt::format("CAST(s.{} AS text) = :context", name(l_.session_context));
    }
    [[nodiscard]] std::string of_user(std::string_view column) const {
        return fmt::format("{} = {}", column, id(":user"));
    }
    [[nodiscard]] LegacyQueries::Index any_case_index() const;
    [[nodiscard]] LegacyQueries::Index phone_index() const;
    [[nodiscard]] Query<In<>, Out<Text>> indexes() const;
    [[nodiscard]] std::string find() const;
    [[nodiscard]] std::string by_phone() const;
    [[nodiscard]] std::string not_past(std::string_view row) const;
    [[nodiscard]] std::string standing_tokens() const;
    [[nodiscard]] std::string insert() const;
    [[nodiscard]] std::string extend() const;
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

    /// On PostgreSQL, created without a lock on the table.
    [[nodiscard]] LegacyQueries::Index index(std::string_view suffix, const std::string& expression) const {
        const auto plain = l_.users_table.substr(l_.users_table.find('.') + 1); // npos + 1 is 0
        return {expression, fmt::format("CREATE INDEX {}{}_{} ON {} ({});", postgres_ ? "CONCURRENTLY " : "", plain,
                                        suffix, users(), expression)};
    }

    bool postgres_;
    const Layout& l_;
};

LegacyQueries::Index Writer::any_case_index() const {
    return index("email_in_any_case", fmt::format("lower({})", name(l_.user_email)));
}

/// An index on the expression that by_phone compares.
LegacyQueries::Index Writer::phone_index() const {
    const auto phone = name(l_.user_phone);
    if (postgres_) return index("phone_digits", fmt::format("translate(coalesce({}::text, ''), ' +-().', '')", phone));
    std::string digits = fmt::format("coalesce(CAST({} AS text), '')", phone);
    for (const char c : std::string_view(" +-()."))
        digits = fmt::format("replace({}, '{}', '')", digits, c);
    return index("phone_digits", digits);
}

Query<In<>, Out<Text>> Writer::indexes() const {
    if (!postgres_)
        return {fmt::format("SELECT coalesce(sql, '') FROM sqlite_master WHERE type = 'index' AND tbl_name = '{}'",
                            l_.users_table),
                {}};
    return {fmt::format("SELECT pg_get_indexdef(i.indexrelid) FROM pg_index AS i WHERE i.indisvalid"
                        " AND i.indrelid = CAST('{}' AS regclass)",
                        users()),
            {}};
}

std::string Writer::find() const {
    std::string both;
    if (!l_.sessions_table.empty())
        both = select_sessions(fmt::format("s.{} = :token AND {}", name(l_.session_token), in_context()));
    if (l_.user_token.empty()) return both;
    const auto own = select_users(fmt::format("u.{} = :token", name(l_.user_token)));
    return both.empty() ? own + " AND CAST(:context AS text) IS NOT NULL" : both + " UNION ALL " + own;
}

/// Compares digits only. LIMIT 2 detects a number that two users have, which counts as nobody's.
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

/// Whether the end of a row in the table of sessions is still to come. The connection's time zone is UTC.
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

/// The tokens in users' rows, without three kinds: tokens whose session was revoked and tokens of two users, because
/// `find` refuses both; and tokens with a live row of their own, which was read before. "Greater than empty" selects
/// rows with a token through an index. OFFSET keeps PostgreSQL from joining the whole tables for each part.
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

std::string Writer::extend() const {
    std::string changes;
    std::string left_over;
    const auto set = [&](const std::string& column, std::string_view parameter) {
        if (column.empty()) {
            left_over += fmt::format(" AND CAST({} AS text) IS NOT NULL", parameter);
        } else {
            changes += fmt::format("{}{} = {}", changes.empty() ? "" : ", ", name(column), parameter);
        }
    };
    set(l_.session_active, ":now");
    set(l_.session_expires, ":until");
    if (changes.empty()) return {};
    if (!l_.session_revoked.empty()) left_over += fmt::format(" AND {} IS NOT TRUE", name(l_.session_revoked));
    return fmt::format("UPDATE {} SET {} WHERE {} = :token{}", sessions(), changes, name(l_.session_token), left_over);
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

/// PostgreSQL keeps an estimate of a table's rows, and of how many have a NULL in this column.
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

/// Removes the parts that two spellings of one expression may differ in.
std::string bare(std::string_view text) {
    std::string all;
    for (const char c : text)
        if (std::string_view(" \"[]()").find(c) == std::string_view::npos)
            all += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    for (const std::string_view cast : {"::text", "::charactervarying"})
        for (auto at = all.find(cast); at != std::string::npos; at = all.find(cast))
            all.erase(at, cast.size());
    return all;
}

} // namespace

bool is_index_on(std::string_view definition, std::string_view expression) {
    const auto on = definition.find('(');
    return on != std::string_view::npos && bare(definition.substr(on)) == bare(expression);
}

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
        wanted.push_back(w.any_case_index());
        by_email_in_any_case = {w.select_users(fmt::format("lower({}) = :email LIMIT 2", email)), {"email"}};
    }
    if (!l.user_phone.empty()) {
        wanted.push_back(w.phone_index());
        by_phone = {w.by_phone(), {"digits", "trunk"}};
    }
    indexes = w.indexes();
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
        extend = {w.extend(), {"token", "now", "until"}};
        end = {w.end(), {"token", "now"}};
        owner_of = {fmt::format("SELECT {} FROM {} AS s WHERE s.{} = :token", w.text("s", l.session_user), w.sessions(),
                                w.name(l.session_token)),
                    {"token"}};
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
    if (!l.permissions_table.empty()) permissions_there = {"SELECT count(*) FROM " + w.table(l.permissions_table), {}};
}

Query<In<>, Out<bool>> has_columns(Backend backend, const std::string& table, const std::vector<std::string>& columns) {
    const Layout nothing;
    const Writer w(backend, nothing);
    const auto dot = table.find('.');
    const auto schema = dot == std::string::npos ? "" : fmt::format(", '{}'", table.substr(0, dot));
    if (backend == Backend::sqlite)
        return {fmt::format("SELECT count(*) = {} FROM pragma_table_info('{}'{}) WHERE lower(name) IN (lower('{}'))",
                            columns.size(), table.substr(dot + 1), schema, fmt::join(columns, "'), lower('")),
                {}}; // npos + 1 is 0
    return {fmt::format("SELECT count(*) = {} FROM pg_attribute AS a WHERE a.attrelid = to_regclass('{}')"
                        " AND a.attname IN ('{}') AND NOT a.attisdropped"
                        " AND has_column_privilege(a.attrelid, a.attnum, 'SELECT')",
                        columns.size(), w.table(table), fmt::join(columns, "', '")),
            {}};
}

} // namespace gatehouse::sql
