// SPDX-License-Identifier: Apache-2.0
// Every database that the configuration names, in one list: for code that migrates, checks or opens all of them. Pure;
// any thread.
#pragma once

#include "gateway/config/config.h"
#include "storage/admin/migrations.h"

#include <string>
#include <vector>

namespace gatehouse {

struct NamedDatabase {
    std::string name; ///< identity, web, or the context whose own database it is
    std::string url;
    Database kind = Database::web; ///< its contents
};

/// Identity first, then the shared web database, then those of contexts. A web database that several contexts share is
/// listed once.
[[nodiscard]] std::vector<NamedDatabase> databases_of(const Config& config);

} // namespace gatehouse
