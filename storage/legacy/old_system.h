// SPDX-License-Identifier: Apache-2.0
// One old system made of its two halves. A session is looked for in Redis, in the table of sessions and in the users'
// rows: one that somebody logged out in the table is over wherever else it stands; else a live one counts; else, if one
// of them did not answer, that is the answer. Loop thread.
#pragma once

#include "storage/legacy/layout.h"
#include "storage/legacy/parts.h"

#include <string>
#include <vector>

namespace gatehouse {

class OldSystem final : public LegacyStore {
  public:
    /// Both outlive this. `keys` is null if the layout has no sessions in Redis.
    OldSystem(legacy::Layout layout, LegacyTables& tables, LegacyKeys* keys);

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
    /// What only Redis has is given whatever its state in the tables: `find` has the last word about each.
    boost::asio::awaitable<Result<LegacyPage>> sessions(std::string after, std::size_t limit, std::string context,
                                                        Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<LegacyUser>>> users(std::string after, std::size_t limit,
                                                                  Deadline deadline) override;
    boost::asio::awaitable<Result<LegacyCounts>> counts(Deadline deadline) override;
    boost::asio::awaitable<Result<void>> ping(Deadline deadline) override;

  private:
    /// Whether the database has sessions at all: if not, it is asked for users alone.
    [[nodiscard]] bool has_tabled() const { return !layout_.sessions_table.empty() || !layout_.user_token.empty(); }
    [[nodiscard]] LegacySession session_of(LegacyUser user, const LegacyKey& key) const;
    boost::asio::awaitable<Result<LegacyAnswer>> find_tabled(std::string token, std::string context, Instant now,
                                                             Deadline deadline);
    boost::asio::awaitable<Result<LegacyAnswer>> with_user(LegacyKey key, Deadline deadline);
    boost::asio::awaitable<Result<LegacyPage>> page_of_keys(std::string after, std::size_t limit, Instant now,
                                                            Deadline deadline);

    legacy::Layout layout_;
    LegacyTables& tables_;
    LegacyKeys* keys_;
};

} // namespace gatehouse
