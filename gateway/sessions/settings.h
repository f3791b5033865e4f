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
          seal(ring),
          csrf_keys(ring.keys_for("csrf")),
          device_keys(ring.keys_for("device")),
          throttle_key(ring.keys_for("throttle").front()) {}

    std::shared_ptr<const Config> config;
    TokenMint tokens;
    TokenSeal seal;
    std::vector<Key> csrf_keys;   ///< the first key makes tokens, all keys verify
    std::vector<Key> device_keys; ///< likewise
    Key throttle_key;             ///< for the names in shared counters, which are digests
};

using SettingsPtr = std::shared_ptr<const Settings>;

} // namespace gatehouse
