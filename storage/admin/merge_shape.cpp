// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/merge_shape.h"

#include <fmt/format.h>

namespace gatehouse::sql {
namespace {

constexpr auto postgres_types =
    "SELECT attname, format_type(atttypid, NULL) FROM pg_catalog.pg_attribute"
    " WHERE attrelid = format('gatehouse.%I', CAST($1 AS text))::regclass AND attnum > 0 AND NOT attisdropped";

} // namespace

Shape::Shape(TextConnection& source, TextConnection& target, const std::string& table,
             const std::vector<std::string>& columns)
    : from_postgres_(source.postgres()), to_postgres_(target.postgres()), columns_(columns) {
    if (from_postgres_ == to_postgres_) return;
    for (const auto& row : (from_postgres_ ? source : target).rows(postgres_types, {table}))
        types_[row[0].value_or("")] = row[1].value_or("");
}

std::string Shape::type(const std::string& column) const {
    const auto found = types_.find(column);
    return found == types_.end() ? "" : found->second;
}

/// Cuts to the millisecond and does not round: a value that comes back is then never newer than the original.
std::string Shape::for_sqlite(const std::string& column) const {
    auto one = "s." + TextConnection::quoted(column);
    const auto kind = type(column);
    if (kind == "timestamp with time zone")
        return fmt::format("CAST(floor(extract(epoch FROM {}) * 1000) AS bigint)", one);
    if (kind == "inet") return fmt::format("host({})", one);
    if (kind == "jsonb" || kind == "numeric") return fmt::format("CAST({} AS text)", one);
    return one;
}

std::string Shape::for_postgres(const std::string& column) const {
    auto one = "s." + TextConnection::quoted(column);
    const auto kind = type(column);
    if (kind == "timestamp with time zone")
        return fmt::format("strftime('%Y-%m-%dT%H:%M:%S', {0} / 1000, 'unixepoch') || printf('.%03dZ', {0} % 1000)",
                           one);
    if (kind == "boolean") return fmt::format("json(CASE {} WHEN 0 THEN 'false' WHEN 1 THEN 'true' END)", one);
    if (kind == "jsonb") return fmt::format("json({})", one);
    return one;
}

std::string Shape::json() const {
    if (from_postgres_ && to_postgres_) return "row_to_json(s)";
    std::string pairs;
    for (const auto& column : columns_) {
        auto value = "s." + TextConnection::quoted(column);
        if (from_postgres_) value = for_sqlite(column);
        if (to_postgres_) value = for_postgres(column);
        pairs += fmt::format("{}'{}', {}", pairs.empty() ? "" : ", ", column, value);
    }
    return fmt::format("{}({})", from_postgres_ ? "json_build_object" : "json_object", pairs);
}

std::string Shape::compared(const std::string& column, const std::string& value) const {
    if (!to_postgres_ && type(column) == "jsonb") return fmt::format("canonical_json({})", value);
    // Removes zeros, because PostgreSQL writes 12.50000000 for 12.5.
    if (!to_postgres_ && type(column) == "numeric")
        return fmt::format("CASE WHEN instr({0}, '.') > 0 THEN rtrim(rtrim({0}, '0'), '.') ELSE {0} END", value);
    return fmt::format("({})", value);
}

std::string batch(const TextConnection& database, const std::string& table, const std::vector<std::string>& columns,
                  const std::string& parameter) {
    if (database.postgres())
        return fmt::format("json_populate_recordset(NULL::gatehouse.{}, CAST({} AS json))",
                           TextConnection::quoted(table), parameter);
    std::string values;
    for (const auto& column : columns)
        values += fmt::format("{}json_extract(value, '$.{}') AS {}", values.empty() ? "" : ", ", column,
                              TextConnection::quoted(column));
    return fmt::format("(SELECT {} FROM json_each({}))", values, parameter);
}

std::string json_array(const std::vector<std::string>& texts) {
    std::string all = "[";
    for (const auto& text : texts)
        all += (all.size() == 1 ? "" : ",") + text;
    return all + "]";
}

std::string json_strings(const std::vector<std::string>& plain) {
    std::vector<std::string> quoted;
    for (const auto& one : plain)
        quoted.push_back(TextConnection::quoted(one));
    return json_array(quoted);
}

} // namespace gatehouse::sql
