// SPDX-License-Identifier: Apache-2.0
// A configuration in the making: what was written, not yet what follows from it. resolve() fills in whatever is still
// nullopt.
#pragma once

#include "gateway/config/config.h"

#include <string>

namespace gatehouse::config {

struct Draft : Config {
    std::optional<Environment> chosen_environment;
    std::optional<Strategy> chosen_strategy;
    std::optional<bool> chosen_secure_cookies;
    std::optional<bool> chosen_generate_keys;
    std::optional<bool> chosen_migrate_on_start;
    std::string database_url; ///< used for whichever of the next two is empty
    std::string database_identity_url;
    std::string database_web_url;
};

} // namespace gatehouse::config
