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

std::string_view name_of(Strategy strategy) noexcept {
    switch (strategy) {
    case Strategy::mock_only: return "mock-only";
    case Strategy::mock_with_write_through: return "mock-with-write-through";
    case Strategy::gradual: return "gradual";
    case Strategy::production_only: return "production-only";
    }
    return "production-only";
}

std::optional<Strategy> strategy_named(std::string_view name) noexcept {
    const auto* const found = std::ranges::find_if(all_strategies, [name](auto one) { return name_of(one) == name; });
    return found == all_strategies.end() ? std::nullopt : std::optional(*found);
}

} // namespace gatehouse
