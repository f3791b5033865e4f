// SPDX-License-Identifier: Apache-2.0
// The options about the name and the looks of the pages. Pure.
#pragma once

#include "gateway/config/options.h"
#include "gateway/config/resolve.h"

namespace gatehouse::config {

/// The section of the table of options.
[[nodiscard]] Section brand_section();
/// The options of the same kind that each context has.
[[nodiscard]] std::vector<ContextOption> brand_context_options();

/// Checks that text in the accent, and on it, can be read.
void resolve_brand(const Draft& draft, Findings& out);

} // namespace gatehouse::config
