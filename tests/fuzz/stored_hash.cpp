// SPDX-License-Identifier: Apache-2.0
// Stored password hashes: what is accepted is written in its one spelling, is affordable, and is readable to the
// libraries that are going to work on it.
#include "gateway/accounts/stored_hash.h"

#include "tests/fuzz/promise.h"

#include <crypt.h>
#include <sodium.h>
#include <string>

namespace gatehouse::fuzz {

void look_at(std::string_view input) {
    using Scheme = StoredHash::Scheme;
    const auto hash = read_stored_hash(input);
    const std::string text(input);
    if (hash.scheme == Scheme::argon2id || hash.scheme == Scheme::bcrypt)
        promise(text.find('\0') == text.npos, "no NUL hides a part of it");
    if (hash.scheme == Scheme::argon2id) {
        promise(hash.memory_kib <= max_argon2_memory_kib && hash.passes <= max_argon2_passes &&
                    hash.lanes <= max_argon2_lanes,
                "within the caps");
        const auto head = "$argon2id$v=19$m=" + std::to_string(hash.memory_kib) + ",t=" + std::to_string(hash.passes) +
                          ",p=" + std::to_string(hash.lanes) + "$";
        promise(text.starts_with(head), "numbers in their one spelling");
        // It verifies longer ones too, but has no function that only reads them.
        promise(text.size() >= crypto_pwhash_argon2id_STRBYTES ||
                    crypto_pwhash_argon2id_str_needs_rehash(text.c_str(), 1, crypto_pwhash_argon2id_MEMLIMIT_MIN) >= 0,
                "libsodium can read it");
    }
    if (hash.scheme == Scheme::bcrypt) {
        promise(hash.cost >= min_bcrypt_cost && hash.cost <= max_bcrypt_cost, "within the caps");
        promise(crypt_checksalt(text.c_str()) == CRYPT_SALT_OK || text.starts_with("$2a$"), "libcrypt can read it");
    }
}

} // namespace gatehouse::fuzz
