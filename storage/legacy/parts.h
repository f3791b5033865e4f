// SPDX-License-Identifier: Apache-2.0
// The two parts of an older system: its database and its Redis. old_system.h makes one store of both. Threads,
// deadlines and errors as in legacy_store.h.
#pragma once

#include "storage/legacy/legacy_store.h"

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse {

/// The database: it always has users, and has sessions if the layout says so.
class LegacyTables : public LegacyStore {
  public:
    /// The users with these ids that exist, in any order.
    virtual boost::asio::awaitable<Result<std::vector<LegacyUser>>> users_named(std::vector<std::string> ids,
                                                                                Deadline deadline) = 0;
    /// The user's sessions that `clear_of` would end.
    virtual boost::asio::awaitable<Result<std::vector<std::string>>>
    tokens_of(std::string user_id, LegacySelection which, Deadline deadline) = 0;
};

/// A session in Redis. Only the database knows whose it is.
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
    std::vector<std::pair<std::string, LegacyKey>> items; ///< token and session of live ones
    std::size_t seen = 0;
    std::size_t unreadable = 0;
    std::string next; ///< empty: this was the last page
};

class LegacyKeys {
  public:
    virtual ~LegacyKeys() = default;

    /// Reads the session without changing its time to live.
    virtual boost::asio::awaitable<Result<LegacyKeyAnswer>> find(std::string token, Instant now, Deadline deadline) = 0;
    /// conflict: the key has a value already.
    virtual boost::asio::awaitable<Result<void>> write(LegacyLogin login, Deadline deadline) = 0;
    /// Sets the end of the existing key to `until`; the rest of its value is unchanged.
    virtual boost::asio::awaitable<Result<void>> extend(std::string token, Instant until, Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<void>> clear(std::string token, Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<LegacyKeyPage>> page(std::string after, std::size_t limit, Instant now,
                                                               Deadline deadline) = 0;
    /// An estimate: the number of all keys in that Redis, also of keys that are no sessions.
    virtual boost::asio::awaitable<Result<std::uint64_t>> count(Deadline deadline) = 0;
    virtual boost::asio::awaitable<Result<void>> ping(Deadline deadline) = 0;
};

} // namespace gatehouse
