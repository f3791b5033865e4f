// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/failure.h"

#include "storage/sql/soci.h"

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <string_view>

namespace gatehouse::sql {
namespace {

/// Whether the server's message may repeat bound values. Messages about the connection or the schema do not, so only
/// those are shown.
bool speaks_of_values(std::string_view state) {
    for (const std::string_view harmless : {"08", "25", "28", "3D", "42", "53", "54", "55", "57", "58"}) {
        if (state.starts_with(harmless)) return false;
    }
    return !state.empty();
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

} // namespace

Failure from_sqlstate(std::string_view state) {
    const auto is = [state](std::initializer_list<std::string_view> prefixes) {
        for (const auto prefix : prefixes) {
            if (state.starts_with(prefix)) return true;
        }
        return false;
    };
    // 0A000: "cached plan must not change result type", after a migration; the statements are prepared anew.
    if (is({"40001", "40P01", "0A000"})) return {StoreError::unavailable, true, {}};
    if (is({"23505"})) return {StoreError::conflict, false, {}};
    if (is({"57014", "55P03"})) return {StoreError::timed_out, false, {}};
    // Connections, resources, operator intervention, system errors. A wrong password or a missing database counts here
    // too, because an operator can correct it while the gateway runs.
    if (state.empty() || is({"08", "28", "3D", "53", "57", "58"})) return {StoreError::unavailable, false, {}};
    return {StoreError::refused, false, {}}; // rights, read-only, schema, values that do not fit
}

Failure from_sqlite(int code) {
    switch (code) {
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_ROWID: return {StoreError::conflict, false, {}};
    default: break;
    }
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return {StoreError::timed_out, false, {}};
    case SQLITE_SCHEMA: return {StoreError::unavailable, true, {}};
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT: return {StoreError::unavailable, false, {}};
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT: return {StoreError::corrupt, false, {}};
    default: return {StoreError::refused, false, {}};
    }
}

Failure describe(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const Refusal& e) {
        return {e.error(), false, e.what(), true};
    } catch (const soci::postgresql_soci_error& e) {
        const auto state = e.sqlstate();
        Failure failure = from_sqlstate(state);
        failure.text = fmt::format("SQLSTATE {}", state);
        if (!speaks_of_values(state)) failure.text += ": " + first_line(e.get_error_message());
        return failure;
    } catch (const soci::sqlite3_soci_error& e) {
        Failure failure = from_sqlite(e.result());
        failure.text = first_line(e.get_error_message());
        return failure;
    } catch (const soci::soci_error& e) {
        return {StoreError::corrupt, false, e.get_error_message()}; // a value could not be converted
    } catch (const std::exception& e) {
        return {StoreError::unavailable, false, e.what()};
    }
}

} // namespace gatehouse::sql
