// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/merge.h"

#include "storage/sql/dialect.h"
#include "storage/sql/merge_users.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <stdexcept>

namespace gatehouse {
namespace {

using sql::MergeTable;
using sql::Plain;

constexpr std::size_t page_size = 500;
constexpr std::size_t most_samples = 5;
constexpr int attempts = 8; // of a batch that gateways are in the way of

/// A batch is small and a table may be big: PostgreSQL, which knows neither, is to look rows up by their indexes.
void prefer_indexes(Plain& database) {
    if (!database.postgres()) return;
    for (const auto* way : {"enable_seqscan", "enable_hashjoin", "enable_mergejoin"})
        database.rows(fmt::format("SET {} = off", way));
}

std::string all_of(const std::vector<std::string>& conditions) {
    std::string text;
    for (const auto& one : conditions)
        text += fmt::format("{}({})", text.empty() ? "" : " AND ", one);
    return text;
}

} // namespace

struct Merge::Impl {
    Impl(const sql::Target& from, const sql::Target& to)
        : source(from, Plain::Mode::read_only),
          target(to, Plain::Mode::read_write),
          tables(tables_in_common(source, target)) {
        prefer_indexes(source);
        prefer_indexes(target);
        if (std::ranges::find(tables, "users", &MergeTable::name) != tables.end()) users.emplace(source, target);
    }

    struct Page {
        std::vector<std::pair<std::string, std::string>> rows; ///< first column of the key, and JSON
        std::string json;
    };

    [[nodiscard]] const MergeTable& table(const std::string& name) const {
        return *std::ranges::find(tables, name, &MergeTable::name);
    }
    Page next_page(const MergeTable& table, const std::string& last);
    void compare(const MergeTable& table, const std::string& json, MergeCount& count);
    void write(const MergeTable& table, const Page& page);
    void write_patiently(const MergeTable& table, const Page& page, bool better);
    MergeCount go_through(const std::string& name, bool writing, const Report& report);

    Plain source;
    Plain target;
    std::vector<MergeTable> tables;
    std::optional<sql::UserMerge> users; ///< the web application's database has none
};

Merge::Impl::Page Merge::Impl::next_page(const MergeTable& table, const std::string& last) {
    std::string beyond;
    std::vector<std::string> values;
    if (!last.empty()) {
        values.push_back(sql::json_array({last}));
        // One value each: an index is of use then.
        std::string from_there;
        for (const auto& column : table.key)
            from_there += fmt::format("{}(SELECT b.{} FROM {} b)", from_there.empty() ? "" : ", ",
                                      Plain::quoted(column), sql::batch(source, table.name, table.columns, "$1"));
        beyond = fmt::format(" WHERE ({}) > ({})", sql::list(table.key, "s."), from_there);
    }
    Page page;
    std::vector<std::string> texts;
    for (const auto& row :
         source.rows(fmt::format("SELECT s.{}, {} FROM {} s{} ORDER BY {} LIMIT {}", Plain::quoted(table.key.front()),
                                 as_json(source, table.columns), Plain::quoted(table.name), beyond,
                                 sql::list(table.key, "s."), page_size),
                     values)) {
        page.rows.emplace_back(row[0].value_or(""), row[1].value_or(""));
        texts.push_back(page.rows.back().second);
    }
    page.json = sql::json_array(texts);
    return page;
}

void Merge::Impl::compare(const MergeTable& table, const std::string& json, MergeCount& count) {
    const auto missing = fmt::format("(t.{} IS NULL AND {})", Plain::quoted(table.key.front()), table.useful);
    const auto newer = table.newer.empty() ? "false" : table.newer;
    const auto conflict = table.name == "users" ? users->conflict() : "false";
    const bool has_handle = std::ranges::find(table.columns, "handle") != table.columns.end();
    const auto from = fmt::format("FROM {} b LEFT JOIN {} t ON {}", batch(target, table.name, table.columns, "$1"),
                                  Plain::quoted(table.name), sql::same(table.key));
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
                                                   Plain::quoted(has_handle ? "handle" : table.key.front()), from,
                                                   missing, table.lost, most_samples - count.samples.size()),
                                       {json}))
        count.samples.push_back(row[0].value_or(""));
}

void Merge::Impl::write(const MergeTable& table, const Page& page) {
    if (table.name == "users") return users->copy(page.rows);
    std::vector<std::string> conditions{table.useful};
    for (const auto& reference : table.references) {
        conditions.push_back(fmt::format("b.{0} IS NULL OR EXISTS (SELECT 1 FROM {1} p WHERE p.{2} = b.{0})",
                                         Plain::quoted(reference.column), Plain::quoted(reference.table),
                                         Plain::quoted(reference.of)));
    }
    const auto rows = batch(target, table.name, table.columns, "$1");
    target.rows(fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} b WHERE {} ON CONFLICT DO NOTHING",
                            Plain::quoted(table.name), sql::list(table.columns), sql::list(table.columns, "b."), rows,
                            all_of(conditions)),
                {page.json});
    if (table.newer.empty()) return;
    target.rows(fmt::format("UPDATE {} AS t SET {} FROM {} b WHERE {} AND {}", Plain::quoted(table.name),
                            fmt::join(table.merged, ", "), rows, sql::same(table.key), table.newer),
                {page.json});
}

void Merge::Impl::write_patiently(const MergeTable& table, const Page& page, bool better) {
    for (int attempt = 1;; ++attempt) {
        try {
            if (better) write(table, page);
            if (table.name == "users") users->note_later(page.json);
            return;
        } catch (const sql::PlainError& error) {
            // A deadlock with a gateway, or it has just made the row that we were about to make.
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
    const auto total = std::stoull(source.value(fmt::format("SELECT count(*) FROM {}", Plain::quoted(name))));
    std::string last;
    for (;;) {
        const auto page = next_page(one, last);
        if (page.rows.empty()) return count;
        const auto before = count.missing + count.newer;
        compare(one, page.json, count);
        const bool better = count.missing + count.newer != before;
        if (writing) write_patiently(one, page, better);
        last = page.rows.back().second;
        report(count.read, total);
    }
}

Merge::Merge(const std::string& source_url, const std::string& target_url, Millis connect_timeout) {
    const auto source = sql::parse_url(source_url, connect_timeout);
    const auto target = sql::parse_url(target_url, connect_timeout);
    if (source.backend != target.backend)
        throw std::runtime_error(
            fmt::format("{} and {} are of two kinds: nothing can be copied between them", source.shown, target.shown));
    impl_ = std::make_unique<Impl>(source, target);
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
    Plain database(target, Plain::Mode::read_only);
    return std::stoull(database.value(fmt::format("SELECT count(*) FROM nodes WHERE looked_at > {}",
                                                  sql::Dialect(target.backend).before_now("10000"))));
}

} // namespace gatehouse
