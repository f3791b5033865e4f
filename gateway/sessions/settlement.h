// SPDX-License-Identifier: Apache-2.0
// Ending sessions while SQL is away. The end is noted in Redis, with its tombstone, and in this node's journal; when
// SQL is back it is told, by whichever node comes first. Until that is certain, SQL's word that a session lives is not
// believed. Loop thread only; the journal has a thread of its own.
#pragma once

#include "storage/legacy/takeover_store.h"
#include "storage/session_cache.h"
#include "storage/session_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>

namespace gatehouse {

class Settlement {
  public:
    /// `takeover` may be null. `cache` may be null: then nothing can be ended while SQL is away. `journal`: the path of
    /// the file.
    Settlement(boost::asio::any_io_executor executor, SessionStore& store, TakeoverStore* takeover, SessionCache* cache,
               std::string journal, Millis command_deadline);
    ~Settlement();
    Settlement(const Settlement&) = delete;
    Settlement& operator=(const Settlement&) = delete;

    /// What an earlier life has left in the journal is settled first.
    void start();

    /// If SQL does not answer, there is so much more time to note an end without it.
    static constexpr Millis time_to_note{150};
    /// True: the session has ended for good, although SQL does not know. It may still be asked about elsewhere.
    boost::asio::awaitable<bool> end_without_sql(PendingEnd end, Deadline deadline);

    /// SQL did not answer: somebody may be ending sessions without it.
    void sql_was_away();
    /// Whether SQL may be believed when it says from now on that a session lives; waits for that until the deadline.
    boost::asio::awaitable<bool> settled_by(Deadline deadline);

  private:
    struct State;
    static boost::asio::awaitable<void> watch(std::shared_ptr<State> state);
    static boost::asio::awaitable<void> settle(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> tell_sql(std::shared_ptr<State> state, std::vector<PendingEnd> ends);
    static boost::asio::awaitable<bool> settle_journal(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> settle_cache(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;
};

} // namespace gatehouse
