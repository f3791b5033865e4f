// SPDX-License-Identifier: Apache-2.0
// An old system in memory, with the meaning of the real ones; its layout says which of them: rows of sessions, one
// token in each user's row, keys. For tests of what stands on it. Loop thread. It can be told to fail and to answer
// late.
#pragma once

#include "storage/legacy/layout.h"
#include "storage/legacy/legacy_store.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse {

class MemoryLegacyStore final : public LegacyStore {
  public:
    /// A row of its table of sessions, and a key in its Redis.
    struct Row {
        std::string user_id;
        std::string context;
        std::optional<Instant> created_at;
        std::optional<Instant> last_activity;
        std::optional<Instant> expires_at;
        bool revoked = false;
        Origin origin;
    };
    struct Key {
        std::string user_id;
        Instant expires_at;
    };

    explicit MemoryLegacyStore(legacy::Layout layout) : layout_(std::move(layout)) {}

    /// From now on every call ends with this error and changes nothing; nullopt: works again.
    void set_failure(std::optional<StoreError> failure) { failure_ = failure; }
    /// From now on every answer takes so long; calls whose deadline comes first end then, timed_out, and change
    /// nothing.
    void set_delay(Millis delay) { delay_ = delay; }
    /// How many calls have been made, failed ones included.
    [[nodiscard]] std::size_t calls() const noexcept { return calls_; }

    // What the old application itself does.
    void put_user(const LegacyUser& user) { users_[user.id].user = user; }
    void remove_user(const std::string& id) { users_.erase(id); }
    /// The one token of a user; empty: none.
    void put_token(const std::string& user_id, const std::string& token, std::optional<Instant> last_login = {});
    void put_row(const std::string& token, Row row) { rows_[token] = std::move(row); }
    void remove_row(const std::string& token) { rows_.erase(token); }
    void put_key(const std::string& token, Key key) { keys_[token] = std::move(key); }
    void remove_key(const std::string& token) { keys_.erase(token); }
    // And what it sees.
    [[nodiscard]] std::optional<LegacyUser> user_of(const std::string& id) const;
    [[nodiscard]] std::string token_of(const std::string& user_id) const;
    [[nodiscard]] const std::map<std::string, Row>& rows() const noexcept { return rows_; }
    [[nodiscard]] const std::map<std::string, Key>& keys() const noexcept { return keys_; }

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

  private:
    struct UserRow {
        LegacyUser user;
        std::string token;
        std::optional<Instant> last_login;
    };

    boost::asio::awaitable<Result<void>> arrive(Deadline deadline);
    UserRow* row_of(const std::string& user_id);
    [[nodiscard]] std::vector<const UserRow*> in_order(const std::string& after) const;
    [[nodiscard]] bool one_per_user() const { return layout_.sessions_table.empty() && !layout_.user_token.empty(); }
    [[nodiscard]] LegacyAnswer look(const std::string& token, const std::string& context, Instant now) const;
    [[nodiscard]] LegacyAnswer look_at_row(const std::string& token, const std::string& context, Instant now) const;
    [[nodiscard]] LegacyAnswer look_at_key(const std::string& token, Instant now) const;
    [[nodiscard]] LegacyAnswer look_at_users(const std::string& token) const;
    void end(const std::string& token);

    legacy::Layout layout_;
    std::map<std::string, UserRow> users_; ///< by id
    std::map<std::string, Row> rows_;      ///< by token
    std::map<std::string, Key> keys_;      ///< by token
    std::optional<StoreError> failure_;
    Millis delay_{0};
    std::size_t calls_ = 0;
};

} // namespace gatehouse
