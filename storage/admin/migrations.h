// SPDX-License-Identifier: Apache-2.0
// Brings a database to the schema that this binary knows, and says whether the existing schema fits. Everything here
// blocks: for the command line, and for start-up before the loop runs. Failures are std::runtime_error with a message
// that says what to do and never shows a password.
#pragma once

#include "storage/instant.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

enum class Database { identity, web };

std::string_view to_string(Database database) noexcept;

/// One migration as the database and this binary see it.
struct Migration {
    enum class State {
        applied,
        pending,
        drifted, ///< applied with another text than the one in this binary
        unknown, ///< applied by a newer binary
    };
    int version = 0;
    std::string name;
    State state = State::pending;
    std::optional<Instant> applied_at;
    int min_binary = 0; ///< the oldest schema version that a binary must know to work on this schema
};

std::string_view to_string(Migration::State state) noexcept;

struct SchemaState {
    enum class Kind {
        fits,
        too_old, ///< some of this binary's migrations are pending: run `gatehouse migrate up`
        too_new_but_allowed,
        too_new,  ///< a newer migration does not allow this binary
        drifted,  ///< the text of an applied migration differs from this binary's
        unusable, ///< the database itself cannot be used
    };
    Kind kind = Kind::fits;
    std::string message; ///< what is wrong and what to do, one line; empty if it fits

    /// Whether the gateway may serve on this database.
    [[nodiscard]] bool serves() const noexcept { return kind == Kind::fits || kind == Kind::too_new_but_allowed; }
};

namespace sql {
struct MigrationFile;
}

class Migrator {
  public:
    /// Throws if the URL is malformed. Each call below connects, and throws if it cannot. `files`: migrations for
    /// tests, instead of those in this binary; they must outlive this object.
    Migrator(const std::string& url, Database database, Millis connect_timeout = Millis{5000},
             const std::vector<sql::MigrationFile>* files = nullptr);
    ~Migrator();

    /// Every migration that the database or this binary knows, in order. Changes nothing, and creates no SQLite file.
    [[nodiscard]] std::vector<Migration> status() const;

    /// Applies the pending migrations, each in its own transaction, under a lock that other runners wait for. Returns
    /// the names of those applied; a second call returns none. Refuses (throws) on a drifted schema, and where a newer
    /// binary has migrated out of order. Creates a missing SQLite file (mode 0600) if its directory exists.
    std::vector<std::string> up();

    /// Judges the result of `status`.
    [[nodiscard]] SchemaState verify() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The check of `serve` before it starts. Throws as Migrator does.
SchemaState check_schema(const std::string& url, Database database, Millis connect_timeout = Millis{5000});

} // namespace gatehouse
