// SPDX-License-Identifier: Apache-2.0
// The inside of SqlLegacyStore, for the files that implement it (store.cpp, bulk.cpp).
#pragma once

#include "storage/legacy/sql/queries.h"
#include "storage/legacy/sql/store.h"
#include "storage/sql/runner.h"

#include <atomic>
#include <deque>
#include <utility>
#include <vector>

namespace gatehouse {

namespace sql {

/// A layout without the optional parts that are missing, and its statements.
struct LegacyState {
    LegacyState(Backend backend, legacy::Layout its) : layout(std::move(its)), queries(backend, layout) {}

    legacy::Layout layout;
    LegacyQueries queries;
};

/// Finds out whether the parts exist that a layout calls optional: the column of passwords, the table of permissions.
/// The database is asked at the first use, after a failure and at each ping. Any thread.
class LegacyVariants {
  public:
    LegacyVariants(Backend backend, const legacy::Layout& layout);

    const LegacyState& of(Connection& connection);
    void look_again() noexcept { found_ = unknown; }

  private:
    enum Found : unsigned { none = 0, passwords = 1, permissions = 2, unknown = 4 };

    const legacy::Layout layout_;
    const Query<In<>, Out<bool>> has_passwords_;
    const Query<In<>, Out<bool>> has_permissions_;
    std::deque<LegacyState> states_; ///< by the parts that were found
    std::atomic<unsigned> found_{unknown};
};

} // namespace sql

struct SqlLegacyStore::Impl : private sql::Runner<sql::LegacyVariants> {
    Impl(const SqlOptions& options, const legacy::Layout& layout);

    using Runner::state;
    using Runner::workers;

    /// As in Runner; `work` gets the queries for the parts that exist.
    template <class Work> auto decide(Work work, Deadline deadline) {
        return Runner::decide(with_variant(std::move(work)), deadline);
    }
    template <class Work> auto serve(Work work, Deadline deadline) {
        return Runner::serve(with_variant(std::move(work)), deadline);
    }

  private:
    template <class Work> static auto with_variant(Work work) {
        return [work = std::move(work)](sql::Connection& connection, sql::LegacyVariants& variants) mutable {
            try {
                return work(connection, variants.of(connection));
            } catch (...) {
                variants.look_again();
                throw;
            }
        };
    }
};

namespace sql {

// These functions throw Refusal(corrupt) for a value that makes no sense; the text names the column, never the value.
LegacyUser to_legacy_user(const LegacyRow& row, const legacy::Layout& layout);
LegacyAnswer to_legacy_answer(const LegacyRow& row, const legacy::Layout& layout, Instant now);

} // namespace sql
} // namespace gatehouse
