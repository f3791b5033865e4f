// SPDX-License-Identifier: Apache-2.0
// The older system as one store, made of its database and its Redis. A session is looked for in Redis, in the table of
// sessions and in the users' rows. A session that somebody logged out in the table is over, wherever else it is live.
// Otherwise a live session counts. Otherwise the error of a store that did not answer is returned. Loop thread.
#pragma once

#include "storage/legacy/layout.h"
#include "storage/legacy/parts.h"

#include <string>
#include <vector>

namespace gatehouse {

class OldSystem final : public LegacyStore {
  public:
    /// All arguments must outlive this object. `keys` is null if the layout has no sessions in Redis, `copies` if it
    /// has no copies there.
    OldSystem(legacy::Layout layout, LegacyTables& tables, LegacyKeys* keys, LegacyKeys* copies = nullptr);

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
    /// Sessions that only Redis has are returned whatever their state in the tables: `find` decides about each.
    boost::asio::awaitable<Result<LegacyPage>> sessions(std::string after, std::size_t limit, std::string context,
                                                        Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<LegacyUser>>> users(std::string after, std::size_t limit,
                                                                  Deadline deadline) override;
    boost::asio::awaitable<Result<LegacyCounts>> counts(Deadline deadline) override;
    boost::asio::awaitable<Result<void>> ping(Deadline deadline) override;

  private:
    /// Whether the database has sessions. If not, the database is asked for users only.
    [[nodiscard]] bool has_tabled() const { return !layout_.sessions_table.empty() || !layout_.user_token.empty(); }
    [[nodiscard]] LegacySession session_of(LegacyUser user, const LegacyKey& key) const;
    boost::asio::awaitable<Result<LegacyAnswer>> find_tabled(std::string token, std::string context, Instant now,
                                                             Deadline deadline);
    boost::asio::awaitable<Result<LegacyAnswer>> with_user(LegacyKey key, Deadline deadline);
    boost::asio::awaitable<Result<void>> clear_copies(std::vector<std::string> tokens, Deadline deadline);
    boost::asio::awaitable<Result<LegacyPage>> page_of_keys(std::string after, std::size_t limit, Instant now,
                                                            Deadline deadline);

    legacy::Layout layout_;
    LegacyTables& tables_;
    LegacyKeys* keys_;
    LegacyKeys* copies_;
};

} // namespace gatehouse
