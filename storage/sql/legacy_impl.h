// SPDX-License-Identifier: Apache-2.0
// The inside of SqlLegacyStore, for the files that implement it (legacy_store.cpp, legacy_bulk.cpp). `state` is shared
// with the jobs: one that is stuck may outlive the store.
#pragma once

#include "storage/sql/legacy_queries.h"
#include "storage/sql/legacy_store.h"
#include "storage/sql/pool.h"
#include "storage/worker_pool.h"

#include <memory>
#include <utility>
#include <vector>

namespace gatehouse {

struct SqlLegacyStore::Impl {
    struct State {
        State(sql::Target target, std::size_t connections, const legacy::Layout& its)
            : layout(its), queries(target.backend, layout), pool(std::move(target), connections) {}

        legacy::Layout layout;
        sql::LegacyQueries queries;
        sql::Pool pool; ///< after the queries: its statements are keyed by them
    };

    Impl(const SqlOptions& options, const legacy::Layout& layout);

    /// Runs work(connection, state) on a worker. It owns what it needs: it may outlive the caller.
    template <class Work> auto run(Work work, Deadline deadline) {
        auto job = [state = state, work = std::move(work), deadline]() mutable {
            return state->pool.execute(
                [&](sql::Connection& connection) { return work(connection, std::as_const(*state)); }, deadline);
        };
        return workers.run(std::move(job), deadline);
    }

    std::shared_ptr<State> state;
    WorkerPool workers;
};

namespace sql {

using LegacyState = SqlLegacyStore::Impl::State;

// They throw Refusal(corrupt) for what makes no sense; the text names the column, never the value.
LegacyUser to_legacy_user(const LegacyRow& row, const legacy::Layout& layout);
LegacyAnswer to_legacy_answer(const LegacyRow& row, const legacy::Layout& layout, Instant now);

} // namespace sql
} // namespace gatehouse
