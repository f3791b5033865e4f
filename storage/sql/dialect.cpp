// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/dialect.h"

#include <fmt/format.h>

namespace gatehouse::sql {

std::string Dialect::milliseconds(std::string_view column) const {
    // extract() gives a numeric: no rounding of binary fractions.
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

std::string Dialect::uuid_text(std::string_view column) const {
    return postgres_ ? fmt::format(R"(CAST({} AS text) COLLATE "C")", column) : std::string(column);
}

std::string Dialect::canonical(std::string_view column) const {
    // "C" lowers ASCII only, as SQLite does, and sorts by bytes, whatever the locale of the database.
    return postgres_ ? fmt::format(R"(lower({} COLLATE "C"))", column) : fmt::format("lower({})", column);
}

std::string Dialect::address(std::string_view column) const {
    return postgres_ ? fmt::format("coalesce(host({}), '')", column) : fmt::format("coalesce({}, '')", column);
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

std::string_view Dialect::skip_locked() const {
    return postgres_ ? " FOR UPDATE SKIP LOCKED" : "";
}

} // namespace gatehouse::sql
