// SPDX-License-Identifier: Apache-2.0
// A session of the older system in Redis: a JSON object of which user_id, expires_at and, if present, created_at are
// read. Other members are ignored, however deeply nested. Pure.
#pragma once

#include "storage/legacy/layout.h"
#include "storage/legacy/parts.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

/// The link takes texts of at most one byte more from Redis.
inline constexpr std::size_t max_legacy_bytes = 64 * 1024 - 1;

struct LegacyValue {
    enum class Kind {
        unreadable,
        ours, ///< written by Gatehouse and not by the older system
        good,
    };
    Kind kind = Kind::unreadable;
    std::optional<LegacyKey> key; ///< if good
};

LegacyValue decode_legacy(std::string_view text, legacy::IdKind ids);
/// The same value with another end; empty: the value is not the older system's.
std::string extended_legacy(std::string_view text, legacy::IdKind ids, Instant until);
std::string encode_legacy(const LegacyLogin& login, legacy::IdKind ids);

} // namespace gatehouse
