// SPDX-License-Identifier: Apache-2.0
// Every database that the configuration names, in one list: for whoever migrates, checks or opens them all. Pure; any
// thread.
#pragma once

#include "gateway/config/config.h"
#include "storage/sql/migrations.h"

#include <string>
#include <vector>

namespace gatehouse {

struct NamedDatabase {
    std::string name; ///< identity, web, or of the context whose own it is
    std::string url;
    Database kind = Database::web; ///< what is in it
};

/// Identity first, then the shared web database, then those of contexts; none of the latter twice, though several
/// contexts may share it.
[[nodiscard]] std::vector<NamedDatabase> databases_of(const Config& config);

} // namespace gatehouse
