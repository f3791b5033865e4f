// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/merge.h"

#include "storage/admin/canonical_json.h"
#include "storage/admin/merge_users.h"
#include "storage/sql/dialect.h"

#include <algorithm>
#include <bit>
#include <fmt/format.h>
#include <optional>
#include <stdexcept>

namespace gatehouse {
namespace {

using sql::MergeTable;
using sql::TextConnection;

constexpr std::size_t page_size = 500;
constexpr std::size_t most_samples = 5;
constexpr int attempts = 8; // of a batch that conflicts with gateways

/// Tells PostgreSQL to look rows up by their indexes: it knows neither that a batch is small nor that the table may be
/// large.
void prefer_indexes(TextConnection& database) {
    if (!database.postgres()) return;
    for (const auto* way : {"enable_seqscan", "enable_hashjoin", "enable_mergejoin", "jit"})
        database.rows(fmt::format("SET {} = off", way));
}

/// Measures a table that has just been filled: without statistics, PostgreSQL takes the table for empty and reads all
/// of it for every batch.
void measure(TextConnection& database, const std::string& table) {
    if (!database.postgres()) return;
    database.rows(fmt::format("ANALYZE {}", TextConnection::quoted(table)));
    if (table == "users") database.rows("ANALYZE user_permissions");
}

std::string all_of(const std::vector<std::string>& conditions) {
    std::string text;
    for (const auto& one : conditions)
        text += fmt::format("{}({})", text.empty() ? "" : " AND ", one);
    return text;
}

} // namespace

struct Merge::Impl {
    Impl(const sql::Target& from, const sql::Target& to, Way way)
        : source(from, TextConnection::Mode::read_only),
          target(to, TextConnection::Mode::read_write),
          tables(tables_in_common(source, target, way)) {
        prefer_indexes(source);
        prefer_indexes(target);
        sql::add_canonical_json(target);
        if (const auto found = std::ranges::find(tables, "users", &MergeTable::name); found != tables.end())
            users.emplace(source, target, found->replaces);
    }

    struct Page {
        std::vector<std::pair<std::string, std::string>> rows; ///< first column of the key, and JSON
        std::string json;
        std::vector<std::string> last; ///< key of the last row, as the source writes it
    };

    [[nodiscard]] const MergeTable& table(const std::string& name) const {
        return *std::ranges::find(tables, name, &MergeTable::name);
    }
    Page next_page(const MergeTable& table, const std::vector<std::string>& last);
    void compare(const MergeTable& table, const std::string& json, MergeCount& count);
    void write(const MergeTable& table, const Page& page);
    void write_patiently(const MergeTable& table, const Page& page, bool better);
    MergeCount go_through(const std::string& name, bool writing, const Report& report);

    TextConnection source;
    TextConnection target;
    std::vector<MergeTable> tables;
    std::optional<sql::UserMerge> users; ///< the web database has no users
};

Merge::Impl::Page Merge::Impl::next_page(const MergeTable& table, const std::vector<std::string>& last) {
    std::string beyond;
    if (!last.empty()) {
        std::string from_there;
        for (std::size_t i = 1; i <= last.size(); ++i)
            from_there += fmt::format("{}${}", i == 1 ? "" : ", ", i);
        beyond = fmt::format(" WHERE ({}) > ({})", sql::list(table.key, "s."), from_there);
    }
    Page page;
    std::vector<std::string> texts;
    for (const auto& row :
         source.rows(fmt::format("SELECT {0}, {1} FROM {2} s{3} ORDER BY {0} LIMIT {4}", sql::list(table.key, "s."),
                                 table.json, TextConnection::quoted(table.name), beyond, page_size),
                     last)) {
        texts.push_back(row.back().value_or(""));
        page.rows.emplace_back(row[0].value_or(""), texts.back());
        page.last.clear();
        for (std::size_t i = 0; i < table.key.size(); ++i)
            page.last.push_back(row[i].value_or(""));
    }
    page.json = sql::json_array(texts);
    return page;
}

void Merge::Impl::compare(const MergeTable& table, const std::string& json, MergeCount& count) {
    const auto missing = fmt::format("(t.{} IS NULL AND {})", TextConnection::quoted(table.key.front()), table.useful);
    const auto newer = table.newer.empty() ? "false" : table.newer;
    const auto conflict = table.name == "users" ? users->conflict() : "false";
    const bool has_handle = std::ranges::find(table.columns, "handle") != table.columns.end();
    const auto from = fmt::format("FROM {} b LEFT JOIN {} t ON {}", batch(target, table.name, table.columns, "$1"),
                                  TextConnection::quoted(table.name), sql::same(table.key));
    const auto found = target.rows(fmt::format("SELECT count(*), coalesce(sum(CASE WHEN {0} THEN 1 ELSE 0 END), 0),"
                                               " coalesce(sum(CASE WHEN {1} THEN 1 ELSE 0 END), 0),"
                                               " coalesce(sum(CASE WHEN ({0} OR {1}) AND {2} THEN 1 ELSE 0 END), 0),"
                                               " coalesce(sum(CASE WHEN {0} OR {3} THEN 1 ELSE 0 END), 0) {4}",
                                               missing, newer, conflict, table.lost, from),
                                   {json});
    const auto number = [&](std::size_t column) { return std::stoull(found.at(0).at(column).value_or("0")); };
    count.read += number(0);
    count.missing += number(1);
    count.newer += number(2);
    count.conflicts += number(3);
    count.lost += number(4);
    if (number(4) == 0 || count.samples.size() >= most_samples) return;
    for (const auto& row : target.rows(fmt::format("SELECT b.{} {} WHERE {} OR {} LIMIT {}",
                                                   TextConnection::quoted(has_handle ? "handle" : table.key.front()),
                                                   from, missing, table.lost, most_samples - count.samples.size()),
                                       {json}))
        count.samples.push_back(row[0].value_or(""));
}

void Merge::Impl::write(const MergeTable& table, const Page& page) {
    if (table.name == "users") return users->copy(page.rows);
    if (table.name == "user_permissions") return; // copied together with their users
    std::vector<std::string> conditions{table.useful};
    for (const auto& reference : table.references) {
        conditions.push_back(fmt::format("b.{0} IS NULL OR EXISTS (SELECT 1 FROM {1} p WHERE p.{2} = b.{0})",
                                         TextConnection::quoted(reference.column),
                                         TextConnection::quoted(reference.table),
                                         TextConnection::quoted(reference.of)));
    }
    const auto rows = batch(target, table.name, table.columns, "$1");
    target.rows(fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} b WHERE {} ON CONFLICT DO NOTHING",
                            TextConnection::quoted(table.name), sql::list(table.columns),
                            sql::list(table.columns, "b."), rows, all_of(conditions)),
                {page.json});
    if (table.newer.empty()) return;
    std::string changes;
    for (const auto& [column, value] : table.merged)
        changes += fmt::format("{}{} = {}", changes.empty() ? "" : ", ", TextConnection::quoted(column), value);
    target.rows(fmt::format("UPDATE {} AS t SET {} FROM {} b WHERE {} AND {}", TextConnection::quoted(table.name),
                            changes, rows, sql::same(table.key), table.newer),
                {page.json});
}

void Merge::Impl::write_patiently(const MergeTable& table, const Page& page, bool better) {
    for (int attempt = 1;; ++attempt) {
        try {
            if (better) write(table, page);
            if (table.name == "users") users->note_later(page.json);
            return;
        } catch (const sql::TextConnectionError& error) {
            // A deadlock with a gateway, or a gateway has just created the row that this batch was about to create.
            const bool passing = error.state() == "40P01" || error.state() == "40001" || error.state() == "23505" ||
                                 error.state() == "23503";
            if (!passing || attempt == attempts) throw;
        }
    }
}

MergeCount Merge::Impl::go_through(const std::string& name, bool writing, const Report& report) {
    const auto& one = table(name);
    MergeCount count;
    count.table = name;
    const auto total = std::stoull(source.value(fmt::format("SELECT count(*) FROM {}", TextConnection::quoted(name))));
    std::vector<std::string> last;
    for (std::size_t pages = 0;;) {
        const auto page = next_page(one, last);
        if (page.rows.empty()) return count;
        const auto before = count.missing + count.newer;
        compare(one, page.json, count);
        const bool better = count.missing + count.newer != before;
        if (writing) write_patiently(one, page, better);
        if (writing && better && std::has_single_bit(++pages)) measure(target, name);
        last = page.last;
        report(count.read, total);
    }
}

Merge::Merge(const std::string& source_url, const std::string& target_url, Millis connect_timeout, Way way) {
    const auto source = sql::parse_url(source_url, connect_timeout);
    const auto target = sql::parse_url(target_url, connect_timeout);
    if (source.backend != target.backend && way == Way::merge)
        throw std::runtime_error(
            fmt::format("{} and {} are of two kinds: `gatehouse migrate copy` brings everything from one to the other",
                        source.shown, target.shown));
    impl_ = std::make_unique<Impl>(source, target, way);
}

Merge::~Merge() = default;

std::vector<std::string> Merge::tables() const {
    std::vector<std::string> names;
    for (const auto& table : impl_->tables)
        names.push_back(table.name);
    return names;
}

MergeCount Merge::look(const std::string& table, const Report& report) {
    return impl_->go_through(table, false, report);
}

MergeCount Merge::copy(const std::string& table, const Report& report) {
    return impl_->go_through(table, true, report);
}

std::uint64_t gateways_at_work(const std::string& url, Millis connect_timeout) {
    const auto target = sql::parse_url(url, connect_timeout);
    TextConnection database(target, TextConnection::Mode::read_only);
    return std::stoull(database.value(fmt::format("SELECT count(*) FROM nodes WHERE looked_at > {}",
                                                  sql::Dialect(target.backend).before_now("70000"))));
}

} // namespace gatehouse
