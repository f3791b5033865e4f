// SPDX-License-Identifier: Apache-2.0
// Checks the older system's database before a gateway relies on it. Main thread.
#pragma once

#include "gateway/config/config.h"

namespace gatehouse::cli {

/// Names what is missing in the database (a table, a column, a right) and what repairs the defect. Throws
/// CommandError(78) if something is missing. A database that does not answer is only a warning, because it may come
/// back.
void check_older_system(const Config& config);

} // namespace gatehouse::cli
