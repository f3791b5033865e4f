// SPDX-License-Identifier: Apache-2.0
// Texts and templates of an operator's own, which replace shipped ones. Everything is judged when it is read, so that
// no request finds a mistake. Blocks; not for the loop thread.
#pragma once

#include "gateway/pages/look.h"

namespace gatehouse::pages {

/// Fills in texts and templates. An empty directory: the shipped ones.
void read_overrides(const std::string& directory, Look& look, std::vector<std::string>& problems);

} // namespace gatehouse::pages
