// SPDX-License-Identifier: Apache-2.0
// Derives what the written values leave open: the rules of the three environments, defaults that depend on other
// options, and checks that need several options. The only place that asks which environment this is. Pure.
#pragma once

#include "gateway/config/draft.h"

#include <string>
#include <vector>

namespace gatehouse::config {

/// One message about an option.
struct Finding {
    std::string key; ///< redis_url, context.web.idle; empty: about no single option
    std::string text;
};

struct Findings {
    std::vector<Finding> errors;
    std::vector<Finding> warnings;
    std::string why_environment; ///< not empty: the environment was not chosen, or the choice was overruled
};

/// Fills in every open value. After errors, `draft` must not be used.
[[nodiscard]] Findings resolve(Draft& draft);

} // namespace gatehouse::config
