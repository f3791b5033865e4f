// SPDX-License-Identifier: Apache-2.0
// A note in the database of DATABASE_URL that users and sessions, or the web application's data, have come to live in a
// database of their own: whoever forgets the variable that names it would start on data that is old. The table
// gatehouse.split (SQLite: split). Blocks; throws std::runtime_error, without a password.
#pragma once

#include "storage/sql/migrations.h"

#include <optional>
#include <string>

namespace gatehouse {

/// The three addresses of a configuration; `main` may be empty.
struct Addresses {
    std::string main;
    std::string identity;
    std::string web;

    [[nodiscard]] const std::string& of(Database database) const {
        return database == Database::identity ? identity : web;
    }
    /// Whether it lives elsewhere than in `main`, which is there too.
    [[nodiscard]] bool split(Database database) const { return !main.empty() && of(database) != main; }
};

/// Why nobody may serve on these addresses, and what to do; nothing if all is well.
[[nodiscard]] std::optional<std::string> split_refusal(const Addresses& addresses, Millis connect_timeout);

/// Writes the note for what is split, if it is not there.
void mark_split(const Addresses& addresses, Millis connect_timeout);

/// Since when the databases have been split, for a person to read; empty without a note.
[[nodiscard]] std::string marked_since(const std::string& main, Millis connect_timeout);

/// Takes the note away; whether there was one.
bool unmark_split(const std::string& main, Millis connect_timeout);

} // namespace gatehouse
