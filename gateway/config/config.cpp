// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/config.h"

#include <algorithm>

namespace gatehouse {

const ContextConfig* Config::context(std::string_view name) const noexcept {
    const auto found = std::ranges::find(contexts, name, &ContextConfig::name);
    return found == contexts.end() ? nullptr : &*found;
}

std::string_view Config::mode() const noexcept {
    switch (environment) {
    case Environment::mock: return "mock";
    case Environment::development: return "development";
    case Environment::production: return "production";
    }
    return "production";
}

} // namespace gatehouse
