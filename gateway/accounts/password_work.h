// SPDX-License-Identifier: Apache-2.0
// The blocking part of password hashing; the only user of crypt_r and of libsodium's password functions. Slow on
// purpose: call it only on the threads of the hasher's pool, and only with parameters that stored_hash.h has judged.
#pragma once

#include "storage/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse::password_work {

struct Argon2Cost {
    std::size_t memory_kib = 0;
    std::size_t passes = 0;
};

enum class Match { no, yes };

/// A PHC string with a new salt. unavailable: not enough memory.
Result<std::string> argon2_hash(std::string_view password, Argon2Cost cost);

/// `memory_kib` is what `stored` asks for. unavailable: not enough memory, so the result is not known.
Result<Match> argon2_matches(std::string_view password, const std::string& stored, std::size_t memory_kib);

/// Compares the first 72 bytes of the password, as every bcrypt does.
Result<Match> bcrypt_matches(std::string_view password, const std::string& stored);

/// $2b$ with a new salt. unavailable: not enough memory or random bytes.
Result<std::string> bcrypt_hash(std::string_view password, unsigned cost);

/// Well-formed hashes of random bytes, made without hashing. Checking a password against one of them costs the full
/// work and never matches.
std::string argon2_dummy(Argon2Cost cost);
std::string bcrypt_dummy(unsigned cost);

} // namespace gatehouse::password_work
