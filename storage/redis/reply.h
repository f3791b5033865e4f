// SPDX-License-Identifier: Apache-2.0
// A reply of Redis as a plain value, and what an error reply means. Pure.
#pragma once

#include "storage/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

struct RedisReply {
    enum class Type { nil, integer, string, status, error, array };

    Type type = Type::nil;
    std::int64_t integer = 0;
    std::string text; ///< of a string, status or error
    std::vector<RedisReply> elements;

    [[nodiscard]] bool is(Type wanted) const noexcept { return type == wanted; }
    /// Whether it is an error whose first word is `code`, as in "WRONGTYPE Operation against …".
    [[nodiscard]] bool is_error(std::string_view code) const noexcept;
};

/// What an error means for a store. nullopt for WRONGTYPE and NOSCRIPT: the sender of the command provokes these and
/// must judge them.
std::optional<StoreError> meaning_of(std::string_view error) noexcept;

/// Errors after which this connection will not become usable: a new one is needed, perhaps to another server.
bool ends_connection(std::string_view error) noexcept;

} // namespace gatehouse
