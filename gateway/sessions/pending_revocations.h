// SPDX-License-Identifier: Apache-2.0
// Ends sessions while the database is away. The end is noted in Redis with its tombstone, and announced there. This
// gateway and every gateway that hears the announcement keep the end in their journals. When the database is back, any
// gateway tells it, whichever is first. Until the database certainly knows the ends, its answer that a session lives is
// not believed. Loop thread only; the journal has a thread of its own.
#pragma once

#include "gateway/sessions/acknowledgements.h"
#include "storage/keys.h"
#include "storage/session_cache.h"
#include "storage/session_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse {

class PendingRevocations {
  public:
    struct Options {
        std::string node;    ///< the name of this gateway
        std::string journal; ///< the path of the file
        Millis command_deadline{50};
    };
    /// `cache` may be null: then no session can be ended while the database is away.
    PendingRevocations(boost::asio::any_io_executor executor, SessionStore& store, SessionCache* cache,
                       Options options);
    ~PendingRevocations();
    PendingRevocations(const PendingRevocations&) = delete;
    PendingRevocations& operator=(const PendingRevocations&) = delete;

    /// Settles first what an earlier run has left in the journal.
    void start();
    boost::asio::awaitable<void> stop(Deadline deadline);

    /// After the database has not answered, an end has this much more time to be noted without it. Then the other
    /// gateways have Acknowledgements::patience to acknowledge it.
    static constexpr Millis time_to_note{150};
    enum class Noted {
        nowhere,    ///< the session lives
        in_part,    ///< the session has ended, but a gateway may not have heard of it, or no journal has it
        everywhere, ///< the session has ended for good: all gateways have heard of it, and their journals have it
    };
    boost::asio::awaitable<Noted> end_without_sql(PendingEnd end, Deadline deadline);

    /// Another gateway has announced an end: this gateway writes it to its own journal, and acknowledges it.
    void heard(keys::Announcement announcement);
    /// See Acknowledgements.
    void met(std::vector<std::string> nodes);
    void armed();

    /// The database did not answer: other gateways may be ending sessions without it.
    void sql_was_away();
    /// Whether the database may be believed when it says from now on that a session lives; waits until then, or until
    /// the deadline.
    boost::asio::awaitable<bool> settled_by(Deadline deadline);

  private:
    struct State;
    static boost::asio::awaitable<bool> keep(std::shared_ptr<State> state, std::vector<PendingEnd> ends,
                                             Deadline deadline);
    static void distrust_sql(const std::shared_ptr<State>& state);
    static void begin_to_settle(const std::shared_ptr<State>& state);
    static boost::asio::awaitable<void> keep_heard(std::shared_ptr<State> state);
    static boost::asio::awaitable<void> watch(std::shared_ptr<State> state);
    static boost::asio::awaitable<void> settle(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> tell_sql(std::shared_ptr<State> state, std::vector<PendingEnd> ends);
    static boost::asio::awaitable<bool> settle_journal(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> settle_cache(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;
};

} // namespace gatehouse
