// SPDX-License-Identifier: Apache-2.0
// Puts tombstones over sessions that SQL has revoked, outdates users that have changed, and says whether Redis may be
// believed. Whenever Redis may have missed something (it could not be told, it did not answer, SQL did not say what
// became of a revocation, the process has just begun, another run of a server answers than before), it is not: SQL is
// asked instead, until what changed lately has been read back from SQL and Redis has been told. So a session that was
// ended while Redis was away does not come back with it. Loop thread only.
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
    /// `cache` may be null: then there is nothing to write and nothing to distrust. `contexts`: all there are.
    Revoker(boost::asio::any_io_executor executor, SessionStore& store, ChangeFeed& feed, SessionCache* cache,
            Millis command_deadline, std::vector<std::string> contexts);
    ~Revoker();
    Revoker(const Revoker&) = delete;
    Revoker& operator=(const Revoker&) = delete;

    /// The process begins, or nobody knows what has happened meanwhile: what ended in the last `look_back` may have
    /// been missed. A copy in Redis lives no longer unless it is used.
    void start(Seconds look_back);
    void use(std::vector<std::string> contexts);

    /// Call it after the commit and before the acknowledgement. True: every tombstone stands. False: Redis is in doubt
    /// now.
    boost::asio::awaitable<bool> bury(std::vector<EndedSession> ended);
    /// As above, for users: their records of a lower generation are no longer believed.
    boost::asio::awaitable<bool> outdate(std::vector<ChangedUser> users);

    /// Redis may have missed something that happened just now, or is still about to happen in SQL.
    void doubt();

    /// Ask it after an answer: it is the run that has given it that counts.
    [[nodiscard]] bool cache_is_trustworthy() const;

  private:
    struct State;
    static void distrust(const std::shared_ptr<State>& state, Instant since);
    static boost::asio::awaitable<void> restore(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> replay(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> replay_sessions(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> replay_users(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> tell(std::shared_ptr<State> state, std::vector<ChangedUser> users);

    std::shared_ptr<State> state_;
};

} // namespace gatehouse
