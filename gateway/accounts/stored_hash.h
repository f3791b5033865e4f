// SPDX-License-Identifier: Apache-2.0
// Reads the parameters of a stored password hash before they are used: a row in a database must not be able to ask for
// 4 GiB or for an hour. Pure; any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace gatehouse {

struct StoredHash {
    enum class Scheme {
        unreadable, ///< another scheme, a locked account's `!`, or damage; no password matches it
        too_costly, ///< well-formed, but beyond the caps
        argon2id,
        bcrypt,
    };
    Scheme scheme = Scheme::unreadable;
    std::uint32_t memory_kib = 0; ///< argon2id
    std::uint32_t passes = 0;
    std::uint32_t lanes = 0;
    std::uint32_t cost = 0; ///< bcrypt

    bool operator==(const StoredHash&) const = default;
};

inline constexpr std::uint32_t max_argon2_memory_kib = 256 * 1024;
inline constexpr std::uint32_t max_argon2_passes = 10;
inline constexpr std::uint32_t max_argon2_lanes = 4;
inline constexpr std::uint32_t min_bcrypt_cost = 4;
inline constexpr std::uint32_t max_bcrypt_cost = 14;

/// Strict: accepts only `$argon2id$v=19$m=…,t=…,p=…$salt$hash` without leading zeros (salt of 8 to 48 bytes, hash of 16
/// to 64), and `$2a$`, `$2b$`, `$2y$` with two digits of cost and 53 characters.
[[nodiscard]] StoredHash read_stored_hash(std::string_view text);

} // namespace gatehouse
