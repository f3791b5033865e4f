// SPDX-License-Identifier: Apache-2.0
// Rows on their way from one Gatehouse database to another: shared by `merge`, `split` and `copy`. Main thread.
#pragma once

#include "gateway/cli/migrate.h"
#include "storage/admin/merge.h"

#include <cstdint>
#include <vector>

namespace gatehouse::cli {

struct Journey {
    Place from;
    Place to;
    Merge::Way way = Merge::Way::merge;
};

/// Throws CommandError, which says what to do, if this version cannot work on the database.
void need_schema(const Config& config, const Place& place);

enum class Work { look, copy, verify };

/// Returns how many rows the target lacks. With `aloud`, prints a line for each table.
std::uint64_t go_through(const Config& config, const std::vector<Journey>& journeys, Work work, bool aloud);

/// Copies until no row is missing, or until further rounds make no sense. Returns whether the target has every row.
[[nodiscard]] bool copy_all(const Config& config, const std::vector<Journey>& journeys);

/// How many gateways work on these databases.
[[nodiscard]] std::uint64_t at_work(const Config& config, const std::vector<Place>& all);

} // namespace gatehouse::cli
