// SPDX-License-Identifier: Apache-2.0
// What a reload replaces as a whole: the configuration and the secrets that were read with it. A request takes the
// pointer once and sees one configuration to its end. Immutable; any thread.
#pragma once

#include "gateway/config/config.h"
#include "gateway/sessions/key_ring.h"
#include "gateway/sessions/token.h"

#include <memory>
#include <vector>

namespace gatehouse {

struct Settings {
    Settings(std::shared_ptr<const Config> c, const KeyRing& ring)
        : config(std::move(c)),
          tokens(ring),
          csrf_keys(ring.keys_for("csrf")),
          throttle_key(ring.keys_for("throttle").front()) {}

    std::shared_ptr<const Config> config;
    TokenMint tokens;
    std::vector<Key> csrf_keys; ///< the first makes, all verify
    Key throttle_key;           ///< names in shared counters are digests
};

using SettingsPtr = std::shared_ptr<const Settings>;

} // namespace gatehouse
