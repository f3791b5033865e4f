// SPDX-License-Identifier: Apache-2.0
// A configuration before resolve(): the values that were written. resolve() fills in every member that is still
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
    std::string database_url; ///< used for each of the next two that is empty
    std::string database_identity_url;
    std::string database_web_url;
};

} // namespace gatehouse::config
