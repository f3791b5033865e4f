// SPDX-License-Identifier: Apache-2.0
// The files that a start and a reload read: the configuration, the key ring, and what the pages look like. Reading
// blocks; not on the loop thread.
#pragma once

#include "gateway/config/load.h"
#include "gateway/pages/look.h"
#include "gateway/sessions/settings.h"

#include <memory>
#include <string>
#include <vector>

namespace gatehouse {

struct Files {
    config::Loaded loaded;
    SettingsPtr settings;                    ///< nullptr: the configuration has errors, or the key ring has
    std::string key_ring_trouble;            ///< empty: none
    std::shared_ptr<const pages::Look> look; ///< nullptr: likewise
    std::vector<std::string> look_problems;
};

/// A gateway is named after its socket, and so is its journal. The socket that systemd passes counts, whatever the
/// option says: several gateways of one configuration differ by nothing else. Empty: systemd passes none.
[[nodiscard]] Files read_files(const std::string& config_path, const std::string& passed_socket);

} // namespace gatehouse
