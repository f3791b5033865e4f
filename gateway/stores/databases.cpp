// SPDX-License-Identifier: Apache-2.0
#include "gateway/stores/databases.h"

#include <algorithm>

namespace gatehouse {

std::vector<NamedDatabase> databases_of(const Config& config) {
    std::vector<NamedDatabase> all{{"identity", config.identity_url, Database::identity},
                                   {"web", config.web_url, Database::web}};
    for (const auto& context : config.contexts) {
        const bool known = std::ranges::any_of(all, [&](const NamedDatabase& one) {
            return one.kind == Database::web && one.url == context.database_url;
        });
        if (!context.database_url.empty() && !known) all.push_back({context.name, context.database_url, Database::web});
    }
    return all;
}

} // namespace gatehouse
