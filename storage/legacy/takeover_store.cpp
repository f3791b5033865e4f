// SPDX-License-Identifier: Apache-2.0
#include "storage/legacy/takeover_store.h"

namespace gatehouse {

std::string_view name_of(LegacyPlace place) noexcept {
    switch (place) {
    case LegacyPlace::redis: return "redis";
    case LegacyPlace::sessions: return "sessions";
    case LegacyPlace::users: break;
    }
    return "users";
}

} // namespace gatehouse
