// SPDX-License-Identifier: Apache-2.0
// Puts tombstones over sessions that SQL has revoked, and says whether Redis may be believed. A tombstone that could
// not be written is kept and tried again; as long as one is waiting, a *live* from Redis proves nothing and SQL is
// asked instead, so a session that was logged out while Redis was away does not come back with it. Loop thread only.
#pragma once

#include "storage/session_cache.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <vector>

namespace gatehouse {

class Revoker {
  public:
    /// `cache` may be null: then there is nothing to write and nothing to distrust.
    Revoker(boost::asio::any_io_executor executor, SessionCache* cache, Millis command_deadline);
    ~Revoker();
    Revoker(const Revoker&) = delete;
    Revoker& operator=(const Revoker&) = delete;

    /// Call it after the commit and before the acknowledgement. True: every tombstone stands. False: they wait here.
    boost::asio::awaitable<bool> bury(std::vector<EndedSession> ended);

    [[nodiscard]] bool cache_is_trustworthy() const noexcept;
    [[nodiscard]] std::size_t waiting() const noexcept;

  private:
    struct State;
    static boost::asio::awaitable<void> retry(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;
};

} // namespace gatehouse
