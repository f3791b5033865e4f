// SPDX-License-Identifier: Apache-2.0
// A note in the database of DATABASE_URL that users and sessions, or the web database's data, have moved to a database
// of their own. Without the note, a gateway whose configuration lacks the new variable would start on old data. The
// table gatehouse.split (SQLite: split). Blocks; throws std::runtime_error, without a password.
#pragma once

#include "storage/admin/migrations.h"

#include <optional>
#include <string>

namespace gatehouse {

/// The three database addresses of a configuration; `main` may be empty.
struct Addresses {
    std::string main;
    std::string identity;
    std::string web;

    [[nodiscard]] const std::string& of(Database database) const {
        return database == Database::identity ? identity : web;
    }
    /// Whether this database is another one than `main`, and `main` is set.
    [[nodiscard]] bool split(Database database) const { return !main.empty() && of(database) != main; }
};

/// Why a gateway must not serve on these addresses, and what to do; nullopt if it may.
[[nodiscard]] std::optional<std::string> split_refusal(const Addresses& addresses, Millis connect_timeout);

/// Writes the note for each part that is split, if the note is missing.
void mark_split(const Addresses& addresses, Millis connect_timeout);

/// Since when the databases have been split, as text for people; empty without a note.
[[nodiscard]] std::string marked_since(const std::string& main, Millis connect_timeout);

/// Deletes the note; returns whether there was one.
bool unmark_split(const std::string& main, Millis connect_timeout);

} // namespace gatehouse
