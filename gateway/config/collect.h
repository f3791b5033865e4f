// SPDX-License-Identifier: Apache-2.0
// All values that were written for an option, from the weakest source to the strongest, each checked alone. resolve()
// checks them together. Reads files, so it must not run on the loop thread.
#pragma once

#include "gateway/config/draft.h"
#include "gateway/config/load.h"

namespace gatehouse::config {

struct Collected {
    Draft draft;
    std::map<std::string, std::string>
        origins; ///< where each option was set, for options that were set; the keys are those of Setting
    std::vector<Message> errors;
    std::vector<Message> warnings;
};

[[nodiscard]] Collected collect(const Sources& sources);

} // namespace gatehouse::config
