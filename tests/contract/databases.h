// SPDX-License-Identifier: Apache-2.0
// A look into a database past the code under test. Blocks; throws std::runtime_error.
#pragma once

#include <memory>
#include <string>

namespace gatehouse::testing {

/// The first column of the first row, empty if there is none.
std::string postgres_query(const std::string& url, const std::string& sql);
std::string sqlite_query(const std::string& path, const std::string& sql);
/// The last column of every row, a line for each.
std::string sqlite_lines(const std::string& path, const std::string& sql);

/// A connection to PostgreSQL that stays open, for transactions that do.
class PostgresSession {
  public:
    explicit PostgresSession(const std::string& url);

    /// As postgres_query; names without a schema are ours.
    std::string query(const std::string& sql);

  private:
    std::shared_ptr<void> connection_;
};

/// Holds the write lock of a SQLite database, as another program would.
class SqliteLock {
  public:
    explicit SqliteLock(const std::string& path);

  private:
    std::shared_ptr<void> database_;
};

} // namespace gatehouse::testing
