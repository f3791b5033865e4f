// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/connection.h"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <unistd.h>

namespace gatehouse::sql {
namespace {

/// Keeps libpq's notices off stderr. One notice matters: the synchronous standby did not confirm a commit.
void on_notice(void* connection, const PGresult* notice) {
    const char* function = PQresultErrorField(notice, PG_DIAG_SOURCE_FUNCTION);
    if (function != nullptr && std::strcmp(function, "SyncRepWaitForLSN") == 0) {
        static_cast<Connection*>(connection)->note_unreplicated();
    }
}

PGconn* postgres_handle(soci::session& session) {
    return static_cast<soci::postgresql_session_backend*>(session.get_backend())->conn_;
}

sqlite_api::sqlite3* sqlite_handle(soci::session& session) {
    return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

/// Refuses a missing file, because SQLite would create an empty database under a wrong path.
void require_sqlite_file(const std::string& path) {
    if (::access(path.c_str(), R_OK | W_OK) != 0)
        throw Refusal(StoreError::unavailable,
                      fmt::format("cannot use the SQLite file {}: {}", path, std::generic_category().message(errno)));
}

/// Waits in a loop of its own, because SQLite calls no busy handler while it switches a new file to WAL: without the
/// loop, two processes that open the file at once would refuse each other.
void keep_a_wal(soci::session& session, std::chrono::milliseconds patience) {
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
        try {
            std::string mode;
            session << "PRAGMA journal_mode = WAL", soci::into(mode);
            return;
        } catch (const soci::sqlite3_soci_error& e) {
            if ((e.result() & 0xff) != SQLITE_BUSY || std::chrono::steady_clock::now() >= until) throw;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
}

} // namespace

void prepare_sqlite_file(const std::string& path) {
    // Only for a new file: closing a descriptor of an open database would drop SQLite's locks on that database.
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        ::close(fd);
    } else if (errno != EEXIST) {
        throw Refusal(StoreError::unavailable,
                      fmt::format("cannot make the SQLite file {}: {}", path, std::generic_category().message(errno)));
    }
}

void Connection::open() {
    close();
    session_ = std::make_unique<soci::session>();
    try {
        if (shared_.target.backend == Backend::postgresql) {
            open_postgres();
        } else {
            open_sqlite();
        }
    } catch (...) {
        close();
        throw;
    }
}

void Connection::open_postgres() {
    try {
        session_->open(soci::postgresql, shared_.target.connect);
    } catch (const soci::soci_error& e) {
        throw Refusal(StoreError::unavailable, e.get_error_message()); // SOCI calls these errors "unknown"
    }
    PQsetNoticeReceiver(postgres_handle(*session_), on_notice, this);
    // By SET and not by options= in the start-up packet, because pgbouncer refuses options=. synchronous_commit is
    // never set below "on".
    const long long statement = shared_.target.statement_timeout.count();
    const long long lock = shared_.target.lock_timeout.count();
    const std::string path = shared_.target.foreign ? "public, pg_temp" : "gatehouse, pg_temp";
    std::string encoding;
    *session_ << "SELECT current_setting('server_encoding')"
                 " || left(set_config('statement_timeout', CAST(:statement AS text), false), 0)"
                 " || left(set_config('lock_timeout', CAST(:lock AS text), false), 0)"
                 " || left(set_config('search_path', CAST(:path AS text), false), 0)"
                 " || CASE WHEN current_setting('synchronous_commit') IN ('off', 'local')"
                 "    THEN left(set_config('synchronous_commit', 'on', false), 0) ELSE '' END",
        soci::use(statement, "statement"), soci::use(lock, "lock"), soci::use(path, "path"), soci::into(encoding);
    if (encoding != "UTF8") {
        throw Unusable(fmt::format("the encoding of the database is {}, but must be UTF8", encoding));
    }
    // In a foreign database, moments are read and written as text.
    if (shared_.target.foreign)
        *session_ << "SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO, YMD', false)";
}

void Connection::open_sqlite() {
    shared_.target.foreign ? require_sqlite_file(shared_.target.connect) : prepare_sqlite_file(shared_.target.connect);
    session_->open(soci::sqlite3, fmt::format("dbname=\"{}\"", shared_.target.connect));
    sqlite_api::sqlite3_extended_result_codes(sqlite_handle(*session_), 1);
    *session_ << fmt::format("PRAGMA busy_timeout = {}", shared_.target.lock_timeout.count());
    if (shared_.target.foreign) return;
    keep_a_wal(*session_, shared_.target.lock_timeout);
    *session_ << "PRAGMA synchronous = FULL"; // in WAL mode, NORMAL could lose a login that was answered
    *session_ << "PRAGMA foreign_keys = ON";
}

void Connection::close() noexcept {
    // SOCI would deallocate each prepared statement on the server, one after the other: over a slow network, stopping
    // would take minutes. The server forgets all of them anyway when the connection ends.
    const bool postgres = session_ && session_->get_backend() && shared_.target.backend == Backend::postgresql;
    if (postgres) ::shutdown(PQsocket(postgres_handle(*session_)), SHUT_RDWR);
    // Statements refer to the session's backend, so they must be destroyed before the session.
    statements_.clear();
    failed_.clear();
    session_.reset();
    in_transaction_ = committing_ = unreplicated_ = false;
}

bool Connection::is_lost() const noexcept {
    return session_ && shared_.target.backend == Backend::postgresql && !session_->is_connected();
}

std::unique_lock<std::timed_mutex> Connection::writer_turn() {
    if (shared_.target.backend == Backend::postgresql) return {};
    std::unique_lock turn(shared_.writer, shared_.target.lock_timeout);
    if (!turn) throw Refusal(StoreError::timed_out, "the database is busy with other writers");
    return turn;
}

void Connection::begin() {
    unreplicated_ = false;
    // IMMEDIATE, because a transaction that starts with a read could fail at once when it later wants to write.
    *session_ << (shared_.target.backend == Backend::postgresql ? "BEGIN" : "BEGIN IMMEDIATE");
    in_transaction_ = true;
}

void Connection::commit() {
    committing_ = true;
    *session_ << "COMMIT";
    in_transaction_ = committing_ = false;
}

void Connection::settle() noexcept {
    if (in_transaction_ && session_) {
        try {
            *session_ << "ROLLBACK";
        } catch (...) {
            // The connection is lost, or SQLite has rolled back by itself: nothing is left to undo.
        }
    }
    in_transaction_ = committing_ = unreplicated_ = false;
    failed_.clear();
}

void Connection::script(const std::string& text) {
    if (shared_.target.backend == Backend::postgresql) {
        *session_ << text;
        return;
    }
    // Uses sqlite3 directly, because SOCI prepares only the first statement of a text and ignores the rest.
    auto* handle = sqlite_handle(*session_);
    const int code = sqlite_api::sqlite3_exec(handle, text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw soci::sqlite3_soci_error(sqlite_api::sqlite3_errmsg(handle), code);
}

} // namespace gatehouse::sql
