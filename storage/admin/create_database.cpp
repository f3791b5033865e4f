// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/create_database.h"

#include "storage/admin/conninfo.h"
#include "storage/sql/connection.h"

#include <fmt/format.h>
#include <memory>
#include <stdexcept>

namespace gatehouse {
namespace {

using sql::Target;
using sql::TextConnection;
using sql::TextConnectionError;

constexpr int tries = 5; // another connection may be copying the template

std::unique_ptr<TextConnection> connect(const Target& target) {
    return std::make_unique<TextConnection>(target, TextConnection::Mode::read_only);
}

/// nullptr: the server cannot be reached, and `why` has the reason.
std::unique_ptr<TextConnection> try_to_connect(const Target& target, std::string& why) {
    try {
        return connect(target);
    } catch (const TextConnectionError& error) {
        why = error.what();
        return nullptr;
    }
}

std::unique_ptr<TextConnection> maintenance(const Target& target) {
    std::string why;
    for (const auto* name : {"postgres", "template1"}) {
        std::string this_time;
        if (auto opened = try_to_connect(sql::with_database(target, name), this_time)) return opened;
        if (why.empty()) why = this_time;
    }
    throw std::runtime_error(fmt::format("the server of {} cannot be asked to make it: {}. If it runs, let an "
                                         "administrator make the database: createdb --owner ROLE '{}'",
                                         target.shown, why, sql::database_name(target)));
}

/// True: created. False: another process created the database first.
bool create(TextConnection& server, const Target& target) {
    const auto name = sql::database_name(target);
    for (int attempt = 1;; ++attempt) {
        if (!server.rows("SELECT FROM pg_catalog.pg_database WHERE datname = $1", {name}).empty()) return false;
        try {
            server.rows(
                fmt::format("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'", TextConnection::quoted(name)));
            return true;
        } catch (const TextConnectionError& error) {
            const bool raced = error.state() == "42P04" || error.state() == "23505" || error.state() == "55006";
            if (raced && attempt < tries) continue;
            if (error.state() != "42501") throw;
            const auto role = server.value("SELECT current_user");
            throw std::runtime_error(fmt::format("the role {} may not make {}. As an administrator of the server: "
                                                 "createdb --owner '{}' '{}', or ALTER ROLE {} CREATEDB and try again",
                                                 role, target.shown, role, name, TextConnection::quoted(role)));
        }
    }
}

} // namespace

bool create_database(const std::string& url, Millis connect_timeout) {
    const auto target = sql::parse_url(url, connect_timeout);
    if (target.backend == sql::Backend::sqlite) {
        const bool there = sql::database_is_there(target);
        if (!there) sql::prepare_sqlite_file(target.connect);
        return !there;
    }
    std::string why;
    if (try_to_connect(target, why)) return false;
    const auto server = maintenance(target);
    if (create(*server, target)) return true;
    connect(target); // the database exists: the reason why it could not be used is reported
    return false;
}

} // namespace gatehouse
