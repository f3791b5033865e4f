// SPDX-License-Identifier: Apache-2.0
// What follows from what was written: the rules of the three environments, defaults that depend on other options, and
// whatever can only be judged with several options in view. The only place that asks which environment this is. Pure.
#pragma once

#include "gateway/config/draft.h"

#include <string>
#include <vector>

namespace gatehouse::config {

/// One thing to say about an option.
struct Finding {
    std::string key; ///< redis_url, context.web.idle; empty: about no single one
    std::string text;
};

struct Findings {
    std::vector<Finding> errors;
    std::vector<Finding> warnings;
};

/// Fills in everything that was left open. With errors, `draft` is not to be used.
[[nodiscard]] Findings resolve(Draft& draft);

} // namespace gatehouse::config
