// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/text_connection.h"

#include <cstdlib>
#include <filesystem>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <sqlite3.h>

namespace gatehouse::sql {
namespace {

constexpr int patience = 60'000; // milliseconds; an operator would rather wait than get an error

template <auto free> struct Freed {
    template <class T> void operator()(T* what) const noexcept { free(what); }
};
using PostgresHandle = std::unique_ptr<PGconn, Freed<PQfinish>>;
using PostgresResult = std::unique_ptr<PGresult, Freed<PQclear>>;
using SqliteHandle = std::unique_ptr<sqlite3, Freed<sqlite3_close_v2>>;
using SqliteStatement = std::unique_ptr<sqlite3_stmt, Freed<sqlite3_finalize>>;

std::string first_line(const char* text) {
    const std::string all = text == nullptr ? "" : text;
    return all.substr(0, all.find('\n'));
}

PostgresHandle open_postgres(const Target& target) {
    PostgresHandle opened(PQconnectdb(target.connect.c_str()));
    if (PQstatus(opened.get()) != CONNECTION_OK) {
        throw TextConnectionError(
            fmt::format("{}: {}", target.shown, without_secret(first_line(PQerrorMessage(opened.get())), target)),
            "08006");
    }
    PQsetNoticeProcessor(
        opened.get(), [](void*, const char*) {}, nullptr);
    return opened;
}

SqliteHandle open_sqlite(const Target& target, TextConnection::Mode mode) {
    sqlite3* raw = nullptr;
    const int flags = mode == TextConnection::Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    const int code = sqlite3_open_v2(target.connect.c_str(), &raw, flags, nullptr);
    SqliteHandle opened(raw);
    if (code != SQLITE_OK)
        throw TextConnectionError(fmt::format("{}: {}", target.shown, sqlite3_errstr(code)), "08006");
    sqlite3_extended_result_codes(raw, 1);
    sqlite3_busy_timeout(raw, patience);
    return opened;
}

TextConnection::Row postgres_row(const PGresult* result, int row) {
    TextConnection::Row values;
    for (int column = 0; column < PQnfields(result); ++column) {
        if (PQgetisnull(result, row, column) == 1)
            values.emplace_back();
        else
            values.emplace_back(PQgetvalue(result, row, column));
    }
    return values;
}

TextConnection::Row sqlite_row(sqlite3_stmt* statement) {
    TextConnection::Row values;
    for (int column = 0; column < sqlite3_column_count(statement); ++column) {
        const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
        if (text == nullptr)
            values.emplace_back();
        else
            values.emplace_back(std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))));
    }
    return values;
}

} // namespace

struct TextConnection::Impl {
    PostgresHandle postgres;
    SqliteHandle sqlite;
};

struct TextConnection::Answer {
    std::vector<Row> rows;
    std::size_t changed = 0;
};

TextConnection::TextConnection(const Target& target, Mode mode) : target_(target), impl_(std::make_unique<Impl>()) {
    if (postgres()) {
        impl_->postgres = open_postgres(target);
        rows("SELECT set_config('search_path', 'gatehouse, pg_temp', false), set_config('lock_timeout', $1, false),"
             " set_config('row_security', 'off', false),"
             " CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')"
             " THEN set_config('synchronous_commit', 'on', false) END",
             {std::to_string(patience)});
    } else {
        impl_->sqlite = open_sqlite(target, mode);
        if (mode == Mode::read_write) rows("PRAGMA foreign_keys = ON");
    }
}

TextConnection::~TextConnection() = default;

TextConnection::Answer TextConnection::run(const std::string& sql, const std::vector<std::string>& values) {
    Answer answer;
    if (postgres()) {
        std::vector<const char*> texts;
        for (const auto& one : values)
            texts.push_back(one.c_str());
        const PostgresResult result(PQexecParams(impl_->postgres.get(), sql.c_str(), static_cast<int>(values.size()),
                                                 nullptr, texts.data(), nullptr, nullptr, 0));
        const auto status = PQresultStatus(result.get());
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
            // Only the primary message, because the details repeat values.
            const char* words = PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
            const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
            const auto text = first_line(words != nullptr ? words : PQerrorMessage(impl_->postgres.get()));
            throw TextConnectionError(fmt::format("{}: {}", target_.shown, without_secret(text, target_)),
                                      state != nullptr ? state : "08006");
        }
        for (int row = 0; row < PQntuples(result.get()); ++row)
            answer.rows.push_back(postgres_row(result.get(), row));
        answer.changed = std::strtoull(PQcmdTuples(result.get()), nullptr, 10);
        return answer;
    }
    sqlite3* database = impl_->sqlite.get();
    const auto check = [&](int code) {
        if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return code;
        const bool unique = code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY;
        throw TextConnectionError(fmt::format("{}: {}", target_.shown, first_line(sqlite3_errmsg(database))),
                                  unique ? "23505" : "");
    };
    sqlite3_stmt* raw = nullptr;
    check(sqlite3_prepare_v2(database, sql.c_str(), -1, &raw, nullptr));
    const SqliteStatement statement(raw);
    for (std::size_t i = 0; i < values.size(); ++i) {
        const int at = sqlite3_bind_parameter_index(raw, fmt::format("${}", i + 1).c_str());
        if (at == 0) continue; // this statement does not use the parameter
        check(sqlite3_bind_text(raw, at, values[i].data(), static_cast<int>(values[i].size()), SQLITE_TRANSIENT));
    }
    while (check(sqlite3_step(raw)) == SQLITE_ROW)
        answer.rows.push_back(sqlite_row(raw));
    answer.changed = static_cast<std::size_t>(sqlite3_changes64(database));
    return answer;
}

std::vector<TextConnection::Row> TextConnection::rows(const std::string& sql, const std::vector<std::string>& values) {
    return run(sql, values).rows;
}

std::string TextConnection::value(const std::string& sql, const std::vector<std::string>& values) {
    const auto found = rows(sql, values);
    return found.empty() || found[0].empty() ? "" : found[0][0].value_or("");
}

std::size_t TextConnection::change(const std::string& sql, const std::vector<std::string>& values) {
    return run(sql, values).changed;
}

void TextConnection::roll_back() noexcept {
    try {
        rows("ROLLBACK");
    } catch (const TextConnectionError&) {
        // The connection has gone, or the transaction is over already: nothing is left to undo.
    }
}

std::string TextConnection::quoted(const std::string& name) {
    std::string text = "\"";
    for (const char c : name)
        text.append(c == '"' ? 2 : 1, c);
    return text + "\"";
}

void* TextConnection::handle() const noexcept {
    if (postgres()) return impl_->postgres.get();
    return impl_->sqlite.get();
}

bool database_is_there(const Target& target) {
    return target.backend == Backend::postgresql || std::filesystem::exists(target.connect);
}

} // namespace gatehouse::sql
