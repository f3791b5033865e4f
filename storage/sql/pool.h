// SPDX-License-Identifier: Apache-2.0
// The connections to one database, leased to the jobs of the worker threads. There are as many connections as threads,
// so that a lease never waits. Shared by the threads; outlives the store while a stuck thread still holds the pool.
#pragma once

#include "storage/result.h"
#include "storage/sql/connection.h"

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace gatehouse::sql {

/// Decides which job may try to connect, and when. While the server is away, one attempt every 50…400 ms is enough.
/// While an attempt hangs, one more is allowed each second. Pure; the caller locks.
class ReconnectGate {
  public:
    [[nodiscard]] bool enter(Deadline now);
    void leave(Deadline entered, Deadline now, bool connected);

  private:
    std::multiset<Deadline> under_way_; ///< when each attempt began
    Millis wait_{0};                    ///< 0: the last attempt succeeded
    Deadline next_{};
};

class Pool {
  public:
    Pool(Target target, std::size_t connections);

    /// Runs work(connection) and returns its answer; repeats the work where that is safe. Runs on a worker thread and
    /// throws nothing. noexcept ends the process on purpose: the only exception left is lack of memory while a failure
    /// was being handled, and then the state of the connection is unknown. The next job must not get that connection.
    /// What was committed is in the database.
    template <class Work>
    auto execute(const Work& work, Deadline deadline) noexcept -> Result<std::invoke_result_t<Work, Connection&>> {
        using Value = std::invoke_result_t<Work, Connection&>;
        if constexpr (std::is_void_v<Value>) {
            if (const auto failed = attempt(std::cref(work), deadline)) return make_error_code(*failed);
            return {};
        } else {
            std::optional<Value> value;
            const auto failed = attempt([&](Connection& connection) { value.emplace(work(connection)); }, deadline);
            if (failed) return Result<Value>(boost::system::in_place_error, make_error_code(*failed));
            return Result<Value>(boost::system::in_place_value, *std::move(value));
        }
    }

    [[nodiscard]] std::string last_failure() const;
    /// Returns the last failure of the database itself, even if later calls succeeded, and clears it. A conflict, and a
    /// refusal or timeout by Gatehouse's own code, are no failures of the database.
    [[nodiscard]] std::string take_trouble();

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

    /// nullopt: the work was done.
    std::optional<StoreError> attempt(const std::function<void(Connection&)>& work, Deadline deadline) noexcept;
    std::unique_ptr<Connection> take();
    void give_back(std::unique_ptr<Connection> connection) noexcept;
    /// Opens the connection if it is closed. Throws Refusal(unavailable) if ReconnectGate does not allow an attempt
    /// now.
    void make_ready(Connection& connection, Deadline deadline);
    void succeeded();
    /// Called after an exception. nullopt: try again; else the error to answer.
    std::optional<StoreError> failed(Connection& connection, const std::exception_ptr& error, int attempt);

    Shared shared_;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Connection>> idle_; ///< the connection that was used last is used next
    ReconnectGate gate_;
    std::string last_failure_;
    std::string trouble_;
};

} // namespace gatehouse::sql
