// SPDX-License-Identifier: Apache-2.0
// Changes the strategy in the text of a configuration file: one line changes, all other text stays as its author wrote
// it. Pure.
#pragma once

#include "gateway/config/config.h"

#include <string>
#include <string_view>

namespace gatehouse::config {

struct EditedText {
    std::string text;
    std::string problem; ///< not empty: why the text cannot be edited, and what to do; then ignore the other members
};

/// A text without the option gets a line for it: after the commented-out line of the example file, else at the top.
[[nodiscard]] EditedText with_strategy(std::string_view text, Strategy strategy);

} // namespace gatehouse::config
