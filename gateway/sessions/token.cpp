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

/// The kernel's generator and no other: there is no fallback.
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
    std::array<unsigned char, random_bytes> random;
    fill_random(random.data(), random.size());
    return tagged(context, random);
}

std::string TokenMint::mint_once(std::string_view context, std::string_view what) const {
    std::array<unsigned char, random_bytes> random;
    crypto_generichash(random.data(), random.size(), reinterpret_cast<const unsigned char*>(what.data()), what.size(),
                       once_.data(), once_.size());
    return tagged(context, random);
}

std::string TokenMint::tagged(std::string_view context, const std::array<unsigned char, random_bytes>& random) const {
    Bytes bytes;
    std::copy(random.begin(), random.end(), bytes.begin());
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

bool could_be_older_token(std::string_view token) noexcept {
    constexpr std::size_t shortest = 16; // a shorter token can be guessed, and does not count
    constexpr std::size_t longest = 255; // the size of the older systems' columns
    return token.size() >= shortest && token.size() <= longest &&
           std::ranges::all_of(token, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

std::string TokenSeal::seal(std::string_view token) const {
    std::vector<unsigned char> bytes(crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + token.size());
    fill_random(bytes.data(), crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(bytes.data() + crypto_secretbox_NONCEBYTES,
                          reinterpret_cast<const unsigned char*>(token.data()), token.size(), bytes.data(),
                          keys_.front().data());
    return base64url_encode(bytes);
}

std::optional<std::string> TokenSeal::open(std::string_view sealed, std::string_view stored_id) const {
    constexpr std::size_t around = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
    std::vector<unsigned char> bytes(sealed.size() / 4 * 3 + (sealed.size() % 4 == 0 ? 0 : sealed.size() % 4 - 1));
    if (bytes.size() < around || !base64url_decode(sealed, bytes)) return std::nullopt;
    std::string token(bytes.size() - around, '\0');
    const auto* const box = bytes.data() + crypto_secretbox_NONCEBYTES;
    for (const auto& key : keys_) {
        const bool opened =
            crypto_secretbox_open_easy(reinterpret_cast<unsigned char*>(token.data()), box,
                                       bytes.size() - crypto_secretbox_NONCEBYTES, bytes.data(), key.data()) == 0;
        if (opened && gatehouse::stored_id(token) == stored_id) return token;
    }
    return std::nullopt;
}

TokenMarker::TokenMarker() {
    static_assert(std::tuple_size_v<decltype(key_)> == crypto_shorthash_siphashx24_KEYBYTES);
    fill_random(key_.data(), key_.size());
}

/// Only tokens of the right length have a mark, so the context that follows cannot be taken for a part of the token.
TokenMark TokenMarker::operator()(std::string_view token, std::string_view context) const noexcept {
    static_assert(std::tuple_size_v<TokenMark> == crypto_shorthash_siphashx24_BYTES);
    constexpr std::size_t longest_context = 64;
    std::array<unsigned char, token_length + longest_context> text;
    TokenMark mark{};
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
