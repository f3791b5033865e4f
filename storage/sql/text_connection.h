// SPDX-License-Identifier: Apache-2.0
// A connection for occasional operator commands: SQL, values and rows are text. Opened by the constructor, closed by
// the destructor; one thread at a time. Blocks. Throws TextConnectionError, whose message never shows a password.
#pragma once

#include "storage/sql/url.h"

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace gatehouse::sql {

class TextConnectionError : public std::runtime_error {
  public:
    TextConnectionError(const std::string& what, std::string state)
        : std::runtime_error(what), state_(std::move(state)) {}
    /// PostgreSQL's SQLSTATE. For SQLite the only code is "23505": a unique value existed already.
    [[nodiscard]] const std::string& state() const noexcept { return state_; }

  private:
    std::string state_;
};

class TextConnection {
  public:
    using Value = std::optional<std::string>;
    using Row = std::vector<Value>;
    enum class Mode {
        read_only, ///< a SQLite file is neither changed nor created
        read_write,
    };

    /// On PostgreSQL, names without a schema mean Gatehouse's own schema.
    TextConnection(const Target& target, Mode mode);
    ~TextConnection();
    TextConnection(const TextConnection&) = delete;
    TextConnection& operator=(const TextConnection&) = delete;

    /// One statement with parameters $1, $2 …
    std::vector<Row> rows(const std::string& sql, const std::vector<std::string>& values = {});
    /// The first column of the first row; empty for NULL and for no row.
    std::string value(const std::string& sql, const std::vector<std::string>& values = {});
    /// The number of rows that the statement changed.
    std::size_t change(const std::string& sql, const std::vector<std::string>& values = {});

    /// Runs `work` in a transaction, which is rolled back if `work` throws.
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
    /// PGconn or sqlite3, for tasks that SQL cannot express.
    [[nodiscard]] void* handle() const noexcept;

  private:
    struct Impl;
    struct Answer;
    Answer run(const std::string& sql, const std::vector<std::string>& values);
    void roll_back() noexcept;

    Target target_;
    std::unique_ptr<Impl> impl_;
};

/// Whether there is a database to connect to: a SQLite file may be missing.
[[nodiscard]] bool database_is_there(const Target& target);

} // namespace gatehouse::sql
