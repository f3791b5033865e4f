// SPDX-License-Identifier: Apache-2.0
#include "databases.h"

#include <libpq-fe.h>
#include <memory>
#include <sqlite3.h>
#include <stdexcept>

namespace gatehouse::testing {

namespace {

std::shared_ptr<PGconn> connect(const std::string& url) {
    std::shared_ptr<PGconn> connection(PQconnectdb(url.c_str()), PQfinish);
    PQsetNoticeProcessor(
        connection.get(), [](void*, const char*) {}, nullptr);
    return connection;
}

std::string first_value(PGconn* connection, const std::string& sql) {
    const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(connection, sql.c_str()), PQclear);
    const auto status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK) return {};
    if (status != PGRES_TUPLES_OK) throw std::runtime_error(sql + ": " + PQerrorMessage(connection));
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

using OnRow = int (*)(void*, int, char**, char**);

void each_row(const std::string& path, const std::string& sql, void* kept, OnRow on_row) {
    sqlite3* opened = nullptr;
    const int code = sqlite3_open(path.c_str(), &opened);
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> database(opened, sqlite3_close);
    if (code != SQLITE_OK) throw std::runtime_error(path + " cannot be opened");
    sqlite3_busy_timeout(database.get(), 5000);
    if (sqlite3_exec(database.get(), sql.c_str(), on_row, kept, nullptr) != SQLITE_OK) {
        throw std::runtime_error(sql + ": " + sqlite3_errmsg(database.get()));
    }
}

} // namespace

std::string postgres_query(const std::string& url, const std::string& sql) {
    return first_value(connect(url).get(), sql);
}

PostgresSession::PostgresSession(const std::string& url) : connection_(connect(url)) {
    query("SET search_path = gatehouse");
}

std::string PostgresSession::query(const std::string& sql) {
    return first_value(static_cast<PGconn*>(connection_.get()), sql);
}

std::string sqlite_query(const std::string& path, const std::string& sql) {
    std::string first;
    each_row(path, sql, &first, [](void* kept, int columns, char** values, char**) {
        auto& text = *static_cast<std::string*>(kept);
        if (text.empty() && columns > 0 && values[0] != nullptr) text = values[0];
        return 0;
    });
    return first;
}

std::string sqlite_lines(const std::string& path, const std::string& sql) {
    std::string lines;
    each_row(path, sql, &lines, [](void* kept, int columns, char** values, char**) {
        const char* const last = columns > 0 ? values[columns - 1] : nullptr;
        static_cast<std::string*>(kept)->append(last == nullptr ? "" : last).append("\n");
        return 0;
    });
    return lines;
}

SqliteLock::SqliteLock(const std::string& path) {
    sqlite3* opened = nullptr;
    sqlite3_open(path.c_str(), &opened);
    database_ = std::shared_ptr<void>(opened, [](void* database) { sqlite3_close(static_cast<sqlite3*>(database)); });
    sqlite3_busy_timeout(opened, 5000);
    if (sqlite3_exec(opened, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) != SQLITE_OK) {
        throw std::runtime_error(path + " cannot be locked");
    }
}

} // namespace gatehouse::testing
