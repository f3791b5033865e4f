// SPDX-License-Identifier: Apache-2.0
// The option table as text for people: the example file, --help, the manual. Pure.
#pragma once

#include "gateway/config/load.h"

#include <string>

namespace gatehouse::config {

/// A configuration file with every option, its default and its explanation, all commented out.
[[nodiscard]] std::string example_file();

/// One line per option: key, variable, default.
[[nodiscard]] std::string option_list();

/// The settings as a file, each with its source.
[[nodiscard]] std::string as_file(const std::vector<Setting>& settings);

} // namespace gatehouse::config
