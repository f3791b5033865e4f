// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/older_check.h"

#include "gateway/cli/command.h"
#include "storage/legacy/sql/check.h"

#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

void check_older_system(const Config& config) {
    const auto& legacy = config.legacy;
    std::vector<std::string> defects;
    try {
        defects = legacy_defects(legacy.database_url, legacy.layout, config.database_connect_timeout);
    } catch (const LegacyUnreachable& error) {
        complain(fmt::format("warning: the older system's database cannot be asked now, so its tables and our rights "
                             "there were not looked at: {}",
                             error.what()));
        return;
    }
    for (const auto& defect : defects)
        complain(defect);
    if (!defects.empty())
        throw CommandError(EX_CONFIG,
                           "the older system cannot be used like this; docs/migration.md has the GRANTs that "
                           "each kind of system needs");
}

} // namespace gatehouse::cli
