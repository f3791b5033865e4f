// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/token.h"

#include "storage/base64url.h"
#include "storage/uuid.h"

#include <algorithm>
#include <cerrno>
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

SessionDigest digest_of(std::string_view token) noexcept {
    static_assert(std::tuple_size_v<SessionDigest> == crypto_hash_sha256_BYTES);
    SessionDigest digest;
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(token.data()), token.size());
    return digest;
}

std::string stored_id(std::string_view token) {
    return base64url_encode(digest_of(token));
}

TokenMarker::TokenMarker() {
    static_assert(std::tuple_size_v<decltype(key_)> == crypto_shorthash_siphashx24_KEYBYTES);
    fill_random(key_.data(), key_.size());
}

/// Only tokens of the right length can be known, so the context that follows cannot be taken for a part of one.
TokenMarker::Mark TokenMarker::operator()(std::string_view token, std::string_view context) const noexcept {
    static_assert(std::tuple_size_v<Mark> == crypto_shorthash_siphashx24_BYTES);
    constexpr std::size_t longest_context = 64;
    std::array<unsigned char, token_length + longest_context> text;
    Mark mark{};
    if (token.size() != token_length || context.size() > longest_context) return mark;
    std::copy(token.begin(), token.end(), text.begin());
    std::copy(context.begin(), context.end(), text.begin() + token_length);
    crypto_shorthash_siphashx24(mark.data(), text.data(), token.size() + context.size(), key_.data());
    return mark;
}

std::string random_uuid() {
    Uuid b;
    fill_random(b.data(), b.size());
    b[6] = static_cast<unsigned char>((b[6] & 0x0fU) | 0x40U);
    b[8] = static_cast<unsigned char>((b[8] & 0x3fU) | 0x80U);
    return uuid_text(b);
}

} // namespace gatehouse
