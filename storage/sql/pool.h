// SPDX-License-Identifier: Apache-2.0
// The connections to one database, leased to the jobs of the worker threads: as many connections as threads, so a lease
// never waits. Shared by the threads; outlives the store while a stuck thread still holds it.
#pragma once

#include "storage/result.h"
#include "storage/sql/connection.h"

#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace gatehouse::sql {

/// Who may try to connect, and when. While the server is away one try every 50…400 ms is enough; while a try hangs,
/// another one is let through each second. Pure; the caller locks.
class ReconnectGate {
  public:
    [[nodiscard]] bool enter(Deadline now);
    void leave(Deadline entered, Deadline now, bool connected);

  private:
    std::multiset<Deadline> under_way_; ///< when each began
    Millis wait_{0};                    ///< 0: the last try succeeded
    Deadline next_{};
};

class Pool {
  public:
    Pool(Target target, std::size_t connections);

    /// Runs work(connection) and gives its answer; work is repeated if that is safe. On a worker thread; throws
    /// nothing. noexcept in earnest: all that is left to be thrown is that memory ran out while a failure was being
    /// handled, and then nobody knows what the connection is in the middle of. The process ends rather than lends it to
    /// the next job; what was committed is in the database.
    template <class Work>
    auto execute(const Work& work, Deadline deadline) noexcept -> Result<std::invoke_result_t<Work, Connection&>>;

    [[nodiscard]] std::string last_failure() const;

  private:
    class Lease {
      public:
        explicit Lease(Pool& pool) : pool_(pool), connection_(pool.take()) {}
        ~Lease() { pool_.give_back(std::move(connection_)); }
        Lease(const Lease&) = delete;
        Lease& operator=(const Lease&) = delete;
        Connection& operator*() { return *connection_; }

      private:
        Pool& pool_;
        std::unique_ptr<Connection> connection_;
    };

    std::unique_ptr<Connection> take();
    void give_back(std::unique_ptr<Connection> connection) noexcept;
    /// Opens it if it is not open. Throws Refusal(unavailable) if it is not the time to try.
    void make_ready(Connection& connection, Deadline deadline);
    void succeeded();
    /// After an exception. nullopt: try again; else what to answer.
    std::optional<StoreError> failed(Connection& connection, const std::exception_ptr& error, int attempt);

    Shared shared_;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_; ///< the one used last is used next
    ReconnectGate gate_;
    std::string last_failure_;
};

template <class Work>
auto Pool::execute(const Work& work, Deadline deadline) noexcept -> Result<std::invoke_result_t<Work, Connection&>> {
    using Value = std::invoke_result_t<Work, Connection&>;
    Lease lease(*this);
    Connection& connection = *lease;
    for (int attempt = 1;; ++attempt) {
        std::exception_ptr error;
        try {
            make_ready(connection, deadline);
            if constexpr (std::is_void_v<Value>) {
                work(connection);
                if (connection.in_doubt()) throw Refusal(StoreError::timed_out, "not confirmed by the standby");
                succeeded();
                return {};
            } else {
                auto value = work(connection);
                if (connection.in_doubt()) throw Refusal(StoreError::timed_out, "not confirmed by the standby");
                succeeded();
                return value;
            }
        } catch (...) {
            error = std::current_exception();
        }
        if (const auto answer = failed(connection, error, attempt)) return *answer;
    }
}

} // namespace gatehouse::sql
