// SPDX-License-Identifier: Apache-2.0
// What every store on SQL consists of: its queries, its connections, and the threads that wait for the database. Called
// on the loop thread. `state` is shared with the jobs, because a stuck job may outlive the store.
#pragma once

#include "storage/sql/options.h"
#include "storage/sql/pool.h"
#include "storage/worker_pool.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

namespace gatehouse::sql {

/// Throws std::runtime_error if the URL is malformed. The message never shows a password.
inline Target make_target(const SqlOptions& options) {
    auto target = parse_url(options.url, options.connect_timeout);
    target.statement_timeout = options.statement_timeout;
    target.lock_timeout = options.statement_timeout / 2;
    return target;
}

/// One thread for each connection.
inline WorkerPoolOptions threads_for(const SqlOptions& options, std::string name) {
    return {.name = std::move(name), .threads = std::max<std::size_t>(options.connections, 1), .queue = options.queue};
}

/// As threads_for, but a quarter of the threads is kept for jobs that decide. A single thread is not kept; it takes
/// jobs that decide first.
inline WorkerPoolOptions shared_threads_for(const SqlOptions& options, std::string name) {
    auto threads = threads_for(options, std::move(name));
    threads.kept_threads = threads.threads == 1 ? 0 : std::max<std::size_t>(threads.threads / 4, 1);
    threads.kept_queue = threads.queue / 4;
    return threads;
}

/// `Queries` is constructed from a Backend and the store's further arguments.
template <class Queries> struct Runner {
    struct State {
        template <class... More>
        State(Target target, std::size_t connections, const More&... more)
            : queries(target.backend, more...), pool(std::move(target), connections) {}

        Queries queries;
        Pool pool; ///< declared after the queries, because the statements of the pool use them as keys
    };

    template <class... More>
    Runner(Target target, const WorkerPoolOptions& threads, const More&... more)
        : state(std::make_shared<State>(std::move(target), threads.threads, more...)), workers(threads) {}

    /// Runs work(connection, queries) on a worker, as a job of this kind. The work must own what it needs, because it
    /// may outlive the caller.
    template <class Work> auto decide(Work work, Deadline deadline) {
        return run(std::move(work), deadline, JobKind::decides);
    }
    template <class Work> auto serve(Work work, Deadline deadline) {
        return run(std::move(work), deadline, JobKind::serves);
    }

    std::shared_ptr<State> state;
    WorkerPool workers;

  private:
    template <class Work> auto run(Work work, Deadline deadline, JobKind kind) {
        auto job = [state = state, work = std::move(work), deadline]() mutable {
            return state->pool.execute([&](Connection& connection) { return work(connection, state->queries); },
                                       deadline);
        };
        return workers.run(std::move(job), deadline, kind);
    }
};

} // namespace gatehouse::sql
