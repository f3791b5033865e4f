// SPDX-License-Identifier: Apache-2.0
// What an old system has in Redis under the token of a session: a JSON object of which user_id, expires_at and, if it
// is there, created_at are read; whatever else stands there, however nested, is passed over. Pure.
#pragma once

#include "storage/legacy/layout.h"
#include "storage/legacy/parts.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

/// One more than this is the longest text that the link takes from Redis.
inline constexpr std::size_t max_legacy_bytes = 64 * 1024 - 1;

struct LegacyValue {
    enum class Kind {
        unreadable,
        ours, ///< written by this program, not by the old system
        good,
    };
    Kind kind = Kind::unreadable;
    std::optional<LegacyKey> key; ///< if good
};

LegacyValue decode_legacy(std::string_view text, legacy::IdKind ids);
std::string encode_legacy(const LegacyLogin& login, legacy::IdKind ids);

} // namespace gatehouse
