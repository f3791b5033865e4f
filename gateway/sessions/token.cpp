// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/token.h"

#include "gateway/sessions/base64url.h"

#include <cerrno>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/random.h>
#include <system_error>

namespace gatehouse {
namespace {

constexpr std::size_t random_bytes = 32;
constexpr std::size_t tag_bytes = 16;
using Bytes = std::array<unsigned char, random_bytes + tag_bytes>;
using Tag = std::array<unsigned char, tag_bytes>;
static_assert((random_bytes + tag_bytes) * 4 / 3 == token_length);

/// The kernel's generator and no other: if it fails there is nothing to fall back to.
void fill_random(unsigned char* out, std::size_t size) {
    if (getrandom(out, size, 0) != static_cast<ssize_t>(size)) {
        throw std::system_error(errno, std::generic_category(), "getrandom");
    }
}

Tag tag_of(const Key& key, std::string_view context, const unsigned char* random) {
    // The random part has a fixed length and comes first, so no context can pass for another's (random, context).
    crypto_generichash_state state;
    Tag tag;
    crypto_generichash_init(&state, key.data(), key.size(), tag.size());
    crypto_generichash_update(&state, random, random_bytes);
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(context.data()), context.size());
    crypto_generichash_final(&state, tag.data(), tag.size());
    return tag;
}

} // namespace

std::string TokenMint::mint(std::string_view context) const {
    Bytes bytes;
    fill_random(bytes.data(), random_bytes);
    const auto tag = tag_of(keys_.front(), context, bytes.data());
    std::copy(tag.begin(), tag.end(), bytes.begin() + random_bytes);
    return base64url_encode(bytes);
}

bool TokenMint::minted_here(std::string_view token, std::string_view context) const noexcept {
    Bytes bytes;
    if (token.size() != token_length || !base64url_decode(token, bytes)) return false;
    bool found = false;
    for (const auto& key : keys_) {
        const auto tag = tag_of(key, context, bytes.data());
        found |= sodium_memcmp(tag.data(), bytes.data() + random_bytes, tag_bytes) == 0;
    }
    return found;
}

std::string stored_id(std::string_view token) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest;
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(token.data()), token.size());
    return base64url_encode(digest);
}

std::string random_uuid() {
    std::array<unsigned char, 16> b;
    fill_random(b.data(), b.size());
    b[6] = static_cast<unsigned char>((b[6] & 0x0fU) | 0x40U);
    b[8] = static_cast<unsigned char>((b[8] & 0x3fU) | 0x80U);
    return fmt::format(
        "{:02x}{:02x}{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}-{:02x}{:02x}{:02x}{:02x}{:02x}{:02x}", b[0],
        b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

} // namespace gatehouse
