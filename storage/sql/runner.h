// SPDX-License-Identifier: Apache-2.0
// What every store on SQL is made of: its queries, its connections, and the threads that wait for them. Called on the
// loop thread. `state` is shared with the jobs: one that is stuck may outlive the store.
#pragma once

#include "storage/sql/options.h"
#include "storage/sql/pool.h"
#include "storage/worker_pool.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace gatehouse::sql {

/// Throws std::runtime_error if the URL cannot be understood; the message never shows a password.
inline Target make_target(const SqlOptions& options) {
    auto target = parse_url(options.url, options.connect_timeout);
    target.statement_timeout = options.statement_timeout;
    target.lock_timeout = options.statement_timeout / 2;
    return target;
}

/// `Queries` is made from a Backend.
template <class Queries> struct Runner {
    struct State {
        State(Target target, std::size_t connections) : queries(target.backend), pool(std::move(target), connections) {}

        Queries queries;
        Pool pool; ///< after the queries: its statements are keyed by them
    };

    /// `name`: of the threads.
    Runner(const SqlOptions& options, std::string name)
        : state(std::make_shared<State>(make_target(options), std::max<std::size_t>(options.connections, 1))),
          workers({.name = std::move(name),
                   .threads = std::max<std::size_t>(options.connections, 1),
                   .queue = options.queue}) {}

    /// Runs work(connection, queries) on a worker. It owns what it needs: it may outlive the caller.
    template <class Work> auto run(Work work, Deadline deadline) {
        auto job = [state = state, work = std::move(work), deadline]() mutable {
            return state->pool.execute(
                [&](Connection& connection) { return work(connection, std::as_const(state->queries)); }, deadline);
        };
        return workers.run(std::move(job), deadline);
    }

    std::shared_ptr<State> state;
    WorkerPool workers;
};

} // namespace gatehouse::sql
