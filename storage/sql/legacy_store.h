// SPDX-License-Identifier: Apache-2.0
// What an old system has in PostgreSQL or SQLite: users, and sessions if its layout says so. The database belongs to
// that system: nothing is made in it, its settings stay as they are, tables without a schema are in `public`. SOCI
// stays behind this header. Called on the loop thread; the queries run on a pool of threads, as in identity_store.h.
#pragma once

#include "storage/legacy/layout.h"
#include "storage/legacy/parts.h"
#include "storage/sql/identity_store.h"

#include <memory>
#include <string>
#include <vector>

namespace gatehouse {

class SqlLegacyStore final : public LegacyTables {
  public:
    /// Opens nothing yet. Throws std::runtime_error if the URL cannot be understood or the layout has mistakes.
    SqlLegacyStore(SqlOptions options, legacy::Layout layout);
    ~SqlLegacyStore() override;

    /// Takes no more work and waits for what runs; false if a thread is stuck and was left behind.
    bool stop(Millis grace);

    /// What the last failure was, in the database's words and without a password: a table or column that is missing is
    /// named. Empty after a success. Any thread.
    [[nodiscard]] std::string last_failure() const;

    boost::asio::awaitable<Result<LegacyAnswer>> find(std::string token, std::string context, Instant now,
                                                      Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<LegacyUser>>> find_user(std::string identifier,
                                                                        Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<LegacyUser>>> user(std::string id, Deadline deadline) override;
    boost::asio::awaitable<Result<LegacyDisplaced>> write(LegacyLogin login, std::optional<std::string> expected,
                                                          Deadline deadline) override;
    boost::asio::awaitable<Result<std::string>> standing(std::string user_id, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> clear(std::string token, Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> clear_of(std::string user_id, LegacySelection which, Instant now,
                                                  Deadline deadline) override;
    boost::asio::awaitable<Result<void>> set_password(std::string user_id, std::string old_hash, std::string new_hash,
                                                      Deadline deadline) override;
    boost::asio::awaitable<Result<LegacyPage>> sessions(std::string after, std::size_t limit, std::string context,
                                                        Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<LegacyUser>>> users(std::string after, std::size_t limit,
                                                                  Deadline deadline) override;
    boost::asio::awaitable<Result<LegacyCounts>> counts(Deadline deadline) override;
    boost::asio::awaitable<Result<void>> ping(Deadline deadline) override;

    boost::asio::awaitable<Result<std::vector<LegacyUser>>> users_named(std::vector<std::string> ids,
                                                                        Deadline deadline) override;

    struct Impl; ///< of legacy_impl.h

  private:
    std::unique_ptr<Impl> impl_;
};

} // namespace gatehouse
