// SPDX-License-Identifier: Apache-2.0
// A connection for what an operator asks for now and then: SQL and values as text, rows as text. Opened when it is
// made, closed with the object; one thread at a time. Blocks. Throws PlainError, whose message never shows a password.
#pragma once

#include "storage/sql/url.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace gatehouse::sql {

class PlainError : public std::runtime_error {
  public:
    PlainError(const std::string& what, std::string state) : std::runtime_error(what), state_(std::move(state)) {}
    /// PostgreSQL's SQLSTATE; of SQLite only "23505" is known, that something unique was there before.
    [[nodiscard]] const std::string& state() const noexcept { return state_; }

  private:
    std::string state_;
};

class Plain {
  public:
    using Value = std::optional<std::string>;
    using Row = std::vector<Value>;
    enum class Mode {
        read_only, ///< a SQLite file is not changed, and not made
        read_write,
    };

    /// PostgreSQL: names without a schema are ours.
    Plain(const Target& target, Mode mode);
    ~Plain();
    Plain(const Plain&) = delete;
    Plain& operator=(const Plain&) = delete;

    /// One statement with parameters $1, $2 …
    std::vector<Row> rows(const std::string& sql, const std::vector<std::string>& values = {});
    /// The first column of the first row; empty for NULL and for no row.
    std::string value(const std::string& sql, const std::vector<std::string>& values = {});
    /// How many rows it changed.
    std::size_t change(const std::string& sql, const std::vector<std::string>& values = {});

    /// Runs `work` in a transaction, which is rolled back if it throws.
    template <class Work> void transaction(const Work& work) {
        rows(postgres() ? "BEGIN" : "BEGIN IMMEDIATE");
        try {
            work();
            rows("COMMIT");
        } catch (...) {
            roll_back();
            throw;
        }
    }

    [[nodiscard]] bool postgres() const noexcept { return target_.backend == Backend::postgresql; }
    [[nodiscard]] const Target& target() const noexcept { return target_; }
    /// A name in double quotes.
    [[nodiscard]] static std::string quoted(const std::string& name);
    /// PGconn or sqlite3, for what has no SQL.
    [[nodiscard]] void* handle() const noexcept;

  private:
    struct Impl;
    struct Answer;
    Answer run(const std::string& sql, const std::vector<std::string>& values);
    void roll_back() noexcept;

    Target target_;
    std::unique_ptr<Impl> impl_;
};

/// Whether there is anything to connect to: a SQLite file may be missing.
[[nodiscard]] bool database_is_there(const Target& target);

} // namespace gatehouse::sql
