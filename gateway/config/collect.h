// SPDX-License-Identifier: Apache-2.0
// Everything that somebody has written for an option, from the weakest source to the strongest, each value checked by
// itself. What follows from it all is resolve()'s part. Reads files, so not on the loop thread.
#pragma once

#include "gateway/config/draft.h"
#include "gateway/config/load.h"

namespace gatehouse::config {

struct Collected {
    Draft draft;
    std::map<std::string, std::string>
        origins; ///< where each option was set that was set; the keys are those of Setting
    std::vector<Message> errors;
    std::vector<Message> warnings;
};

[[nodiscard]] Collected collect(const Sources& sources);

} // namespace gatehouse::config
