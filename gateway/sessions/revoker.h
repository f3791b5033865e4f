// SPDX-License-Identifier: Apache-2.0
// Writes tombstones for sessions that have ended in the database, outdates users that have changed, and says whether
// Redis may be believed. So a session that was ended while Redis was away does not come back with Redis.
// Redis is in doubt whenever it may have missed something: it could not be told, it did not answer, the database did
// not say what became of an end, the process has just begun, or another run of a server answers than before. Then the
// database is asked instead, until recent changes have been read back from the database and written to Redis. Loop
// thread only.
#pragma once

#include "storage/change_feed.h"
#include "storage/session_cache.h"
#include "storage/session_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse {

class Revoker {
  public:
    /// `cache` may be null: then there is nothing to write and nothing to distrust. `contexts`: all contexts.
    Revoker(boost::asio::any_io_executor executor, SessionStore& store, ChangeFeed& feed, SessionCache* cache,
            Millis command_deadline, std::vector<std::string> contexts);
    ~Revoker();
    Revoker(const Revoker&) = delete;
    Revoker& operator=(const Revoker&) = delete;

    /// The process begins, or changes may have been lost: Redis may have missed the ends of the last `look_back`. An
    /// unused copy in Redis lives no longer than that.
    void start(Seconds look_back);
    void use(std::vector<std::string> contexts);

    /// Call it after the commit and before the caller is told. True: every tombstone stands. False: Redis is in doubt
    /// now.
    boost::asio::awaitable<bool> bury(std::vector<EndedSession> ended);
    /// As above, for users: their copies of a lower generation are no longer believed.
    boost::asio::awaitable<bool> outdate(std::vector<ChangedUser> users);

    /// Redis may have missed something that happened just now, or that may still happen in the database.
    void doubt();

    /// Ask it after an answer, because the run that gave the answer counts.
    [[nodiscard]] bool cache_is_trustworthy() const;

  private:
    struct State;
    bool was_told(bool told);
    static void distrust(const std::shared_ptr<State>& state, Instant since);
    static boost::asio::awaitable<void> restore(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> replay(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> replay_sessions(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> replay_users(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> tell(std::shared_ptr<State> state, std::vector<ChangedUser> users);

    std::shared_ptr<State> state_;
};

} // namespace gatehouse
