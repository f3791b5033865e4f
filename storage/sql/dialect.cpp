// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/dialect.h"

#include <fmt/format.h>

namespace gatehouse::sql {

std::string Dialect::milliseconds(std::string_view column) const {
    // extract() gives a numeric, so that nothing is rounded in binary fractions.
    return postgres_ ? fmt::format("CAST(extract(epoch FROM {}) * 1000 AS bigint)", column) : std::string(column);
}

std::string Dialect::instant(std::string_view value) const {
    return postgres_ ? fmt::format("to_timestamp(CAST({} AS bigint) / 1000.0)", value) : std::string(value);
}

std::string Dialect::now() const {
    return postgres_ ? "clock_timestamp()" : "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)";
}

std::string Dialect::before_now(std::string_view span) const {
    return postgres_ ? fmt::format("(clock_timestamp() - CAST({} AS bigint) * interval '1 millisecond')", span)
                     : fmt::format("({} - {})", now(), span);
}

std::string Dialect::uuid(std::string_view value) const {
    return postgres_ ? fmt::format("CAST({} AS uuid)", value) : std::string(value);
}

std::string Dialect::json(std::string_view value) const {
    return postgres_ ? fmt::format("CAST({} AS json)", value) : std::string(value);
}

std::string Dialect::uuid_text(std::string_view column) const {
    return by_bytes(postgres_ ? fmt::format("CAST({} AS text)", column) : std::string(column));
}

std::string Dialect::canonical(std::string_view column) const {
    // Like SQLite, the collation "C" lowers ASCII only and sorts by bytes, whatever the locale of the database.
    return postgres_ ? fmt::format(R"(lower({} COLLATE "C"))", column) : fmt::format("lower({})", column);
}

std::string Dialect::address(std::string_view column) const {
    return postgres_ ? fmt::format("coalesce(host({}), '')", column) : fmt::format("coalesce({}, '')", column);
}

std::string Dialect::by_bytes(std::string_view column) const {
    return postgres_ ? fmt::format(R"({} COLLATE "C")", column) : std::string(column);
}

std::string Dialect::lines(std::string_view column) const {
    return postgres_ ? fmt::format("string_agg({}, chr(10))", column)
                     : fmt::format("group_concat({}, char(10))", column);
}

std::string Dialect::permissions(std::string_view user, std::string_view context, std::string_view now) const {
    return fmt::format("(SELECT {} FROM user_permissions p WHERE p.user_id = {} AND p.application_context = {}"
                       " AND (p.expires_at IS NULL OR p.expires_at > {}))",
                       postgres_
                           ? fmt::format("coalesce(CAST(json_agg(json_build_array(p.permission, {})) AS text), '[]')",
                                         milliseconds("p.expires_at"))
                           : "json_group_array(json_array(p.permission, p.expires_at))",
                       user, context, now);
}

std::string Dialect::batch() const {
    return postgres_ ? "(SELECT e ->> 0 AS context, e ->> 1 AS id, CAST(e ->> 2 AS bigint) AS at"
                       " FROM jsonb_array_elements(CAST(:batch AS jsonb)) AS e)"
                     : "(SELECT json_extract(value, '$[0]') AS context, json_extract(value, '$[1]') AS id,"
                       " json_extract(value, '$[2]') AS at FROM json_each(:batch))";
}

std::string Dialect::texts(std::string_view parameter) const {
    return postgres_ ? fmt::format("(SELECT jsonb_array_elements_text(CAST({} AS jsonb)) AS value)", parameter)
                     : fmt::format("json_each({})", parameter);
}

std::string Dialect::granted() const {
    return postgres_ ? "(SELECT e ->> 0 AS context, e ->> 1 AS permission, CAST(e ->> 2 AS bigint) AS expires,"
                       " CAST(e ->> 3 AS bigint) AS granted, CAST(e ->> 4 AS uuid) AS granter"
                       " FROM jsonb_array_elements(CAST(:permissions AS jsonb)) AS e)"
                     : "(SELECT json_extract(value, '$[0]') AS context, json_extract(value, '$[1]') AS permission,"
                       " json_extract(value, '$[2]') AS expires, json_extract(value, '$[3]') AS granted,"
                       " json_extract(value, '$[4]') AS granter FROM json_each(:permissions))";
}

std::string_view Dialect::skip_locked() const {
    return postgres_ ? " FOR UPDATE SKIP LOCKED" : "";
}

} // namespace gatehouse::sql
