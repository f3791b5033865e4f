// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/copy.h"

#include "storage/admin/merge_shape.h"
#include "storage/sql/dialect.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <random>

namespace gatehouse {
namespace {

using sql::TextConnection;

constexpr std::size_t copy_page = 500;

TextConnection open(const std::string& url, Millis connect_timeout,
                    TextConnection::Mode mode = TextConnection::Mode::read_only) {
    return TextConnection(sql::parse_url(url, connect_timeout), mode);
}

/// Calls `work` with the rows of each page of `statement`. Each page has the rows whose first column is above `last`
/// ($1).
template <class Work>
void page_through(TextConnection& database, const std::string& statement, std::string last, const Work& work) {
    for (;;) {
        const auto rows = database.rows(fmt::format("{} LIMIT {}", statement, copy_page), {last});
        if (rows.empty()) return;
        work(rows);
        last = rows.back()[0].value_or("");
    }
}

std::vector<std::string> first_values(const std::vector<TextConnection::Row>& rows) {
    std::vector<std::string> values;
    for (const auto& row : rows)
        values.push_back(row[0].value_or(""));
    return values;
}

} // namespace

bool same_database(const std::string& one, const std::string& other, Millis connect_timeout) {
    const auto here = sql::parse_url(one, connect_timeout);
    const auto there = sql::parse_url(other, connect_timeout);
    if (here.backend != there.backend) return false;
    if (here.backend == sql::Backend::sqlite) {
        std::error_code ignored; // one of the files is missing
        return here.connect == there.connect || std::filesystem::equivalent(here.connect, there.connect, ignored);
    }
    // Many addresses may lead to one server. So one connection takes a lock: if the other connection cannot get the
    // same lock, both lead to one database.
    TextConnection holder(here, TextConnection::Mode::read_only);
    TextConnection asker(there, TextConnection::Mode::read_only);
    const auto number = std::to_string((std::uint64_t{std::random_device{}()} << 31U) | std::random_device{}() >> 1U);
    holder.rows("SELECT pg_advisory_lock(CAST($1 AS bigint))", {number});
    return asker.value("SELECT pg_try_advisory_lock(CAST($1 AS bigint))", {number}) == "f";
}

bool has_our_tables(const std::string& url, Millis connect_timeout) {
    const auto target = sql::parse_url(url, connect_timeout);
    if (!sql::database_is_there(target)) return false;
    TextConnection database(target, TextConnection::Mode::read_only);
    return !database
                .rows(database.postgres()
                          ? "SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = 'gatehouse' AND tablename = 'users'"
                          : "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'users'")
                .empty();
}

std::vector<Stranger> strangers(const std::string& source, const std::string& target, Millis connect_timeout) {
    auto from = open(source, connect_timeout);
    auto to = open(target, connect_timeout);
    std::vector<Stranger> found;
    const auto unknown =
        fmt::format("SELECT value FROM {} e WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.id = CAST(e.value AS {}))",
                    sql::Dialect(from.target().backend).texts("$1"), from.postgres() ? "uuid" : "text");
    page_through(to,
                 "SELECT id, coalesce(nullif(email, ''), phone, CAST(id AS text)) FROM users WHERE id > $1 ORDER BY id",
                 "00000000-0000-0000-0000-000000000000", [&](const std::vector<TextConnection::Row>& rows) {
                     for (const auto& row : from.rows(unknown, {sql::json_strings(first_values(rows))})) {
                         const auto id = row[0].value_or("");
                         const auto* one =
                             &*std::ranges::find_if(rows, [&](const auto& candidate) { return candidate[0] == id; });
                         found.push_back({id, one->at(1).value_or("")});
                     }
                 });
    return found;
}

void delete_people(const std::string& target, const std::vector<Stranger>& people, Millis connect_timeout) {
    auto to = open(target, connect_timeout, TextConnection::Mode::read_write);
    to.transaction([&] {
        for (const auto& person : people) {
            to.rows("DELETE FROM users WHERE id = $1", {person.id});
            for (const auto* table : {"user_preferences", "web_user_cache", "web_sessions"})
                to.rows(fmt::format("DELETE FROM {} WHERE user_id = $1", table), {person.id});
        }
    });
}

std::size_t end_what_has_gone(const std::string& source, const std::string& target, Millis connect_timeout) {
    auto from = open(source, connect_timeout);
    auto to = open(target, connect_timeout, TextConnection::Mode::read_write);
    const auto now = [](const TextConnection& database) { return sql::Dialect(database.target().backend).now(); };
    // A session that has come back since does not count as ended: its row decides.
    const auto gone =
        fmt::format("SELECT DISTINCT c.session_id FROM changes c WHERE c.lost = true AND c.session_id > $1"
                    " AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.id = c.session_id AND s.revoked = false"
                    " AND s.expires_at > {}) AND NOT EXISTS (SELECT 1 FROM legacy_tokens l WHERE l.id = c.session_id"
                    " AND l.ended_at IS NULL) ORDER BY 1",
                    now(from));
    const auto named = fmt::format("(SELECT value FROM {} e)", sql::Dialect(to.target().backend).texts("$1"));
    const auto end_sessions = fmt::format("UPDATE sessions SET revoked = true, revoked_at = {} WHERE id IN {}"
                                          " AND revoked = false AND expires_at > {}",
                                          now(to), named, now(to));
    const auto end_tokens =
        fmt::format("UPDATE legacy_tokens SET ended_at = {} WHERE id IN {} AND ended_at IS NULL", now(to), named);
    std::size_t ended = 0;
    page_through(from, gone, "", [&](const std::vector<TextConnection::Row>& rows) {
        const auto ids = sql::json_strings(first_values(rows));
        ended += to.change(end_sessions, {ids}) + to.change(end_tokens, {ids});
    });
    return ended;
}

} // namespace gatehouse
