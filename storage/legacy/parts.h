// SPDX-License-Identifier: Apache-2.0
// The two halves of an old system: what it has in a database, and what it has in Redis. old_system.h makes one store of
// them. Threads, deadlines and errors as in legacy_store.h.
#pragma once

#include "storage/legacy/legacy_store.h"

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse {

/// The database: users always, and sessions if the layout has them there.
class LegacyTables : public LegacyStore {
  public:
    /// Those of them that there are, in any order.
    virtual boost::asio::awaitable<Result<std::vector<LegacyUser>>> users_named(std::vector<std::string> ids,
                                                                                Deadline deadline) = 0;
};

/// A session as Redis has it. Whose it is must be asked of the database.
struct LegacyKey {
    std::string user_id;
    std::optional<Instant> created_at;
    Instant expires_at;
};

struct LegacyKeyAnswer {
    LegacyAnswer::Kind kind = LegacyAnswer::Kind::absent;
    std::optional<LegacyKey> key; ///< if live
};

struct LegacyKeyPage {
    std::vector<std::pair<std::string, LegacyKey>> items; ///< token and session; live ones
    std::size_t seen = 0;
    std::size_t unreadable = 0;
    std::string next; ///< empty: that was all
};

class LegacyKeys {
  public:
    virtual ~LegacyKeys() = default;

    /// Looks without touching: the time to live stays as it is.
    virtual boost::asio::awaitable<Result<LegacyKeyAnswer>> find(std::string token, Instant now, Deadline deadline) = 0;
    /// conflict: there is something under this key.
    virtual boost::asio::awaitable<Result<void>> write(LegacyLogin login, Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<void>> clear(std::string token, Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<LegacyKeyPage>> page(std::string after, std::size_t limit, Instant now,
                                                               Deadline deadline) = 0;
    /// About: everything in that Redis, if more than sessions are in it.
    virtual boost::asio::awaitable<Result<std::uint64_t>> count(Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<void>> ping(Deadline deadline) = 0;
};

} // namespace gatehouse
