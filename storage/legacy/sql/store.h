// SPDX-License-Identifier: Apache-2.0
// The older system's users in PostgreSQL or SQLite, and its sessions if the layout says so. The database belongs to the
// older system: nothing is created in it, its settings stay unchanged, and tables without a schema are in `public`.
// SOCI stays behind this header. Called on the loop thread; the queries run on a pool of threads, as in
// identity_store.h.
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
    /// Opens nothing yet. Throws std::runtime_error if the URL is malformed or the layout has mistakes.
    SqlLegacyStore(SqlOptions options, legacy::Layout layout);
    ~SqlLegacyStore() override;

    /// Takes no more work and waits for the running jobs. Returns false if a thread was stuck and was left behind.
    bool stop(Millis grace);

    /// The last failure in the database's words, without a password; it names a missing table or column. Empty after a
    /// success. Any thread.
    [[nodiscard]] std::string last_failure() const;
    /// Returns the last failure and clears it. Unlike last_failure, it stays after a success until it is taken. Any
    /// thread.
    [[nodiscard]] std::string take_trouble();

    /// The statements that create the indexes without which a login reads the whole table of users. The tables are the
    /// older system's; nothing is created here.
    boost::asio::awaitable<Result<std::vector<std::string>>> missing_indexes(Deadline deadline);

    boost::asio::awaitable<Result<LegacyAnswer>> find(std::string token, std::string context, Instant now,
                                                      Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<LegacyUser>>> find_user(std::string identifier,
                                                                        Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<LegacyUser>>> find_user_in_any_case(std::string email,
                                                                                    Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<LegacyUser>>> user(std::string id, Deadline deadline) override;
    boost::asio::awaitable<Result<LegacyDisplaced>> write(LegacyLogin login, std::optional<std::string> expected,
                                                          Deadline deadline) override;
    boost::asio::awaitable<Result<std::string>> standing(std::string user_id, Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<std::string>>> user_token(std::string user_id,
                                                                          Deadline deadline) override;
    boost::asio::awaitable<Result<void>> extend(std::string token, Instant now, Instant until,
                                                Deadline deadline) override;
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
    boost::asio::awaitable<Result<std::vector<std::string>>> tokens_of(std::string user_id, LegacySelection which,
                                                                       Deadline deadline) override;

    struct Impl; ///< defined in store_impl.h

  private:
    std::unique_ptr<Impl> impl_;
};

} // namespace gatehouse
