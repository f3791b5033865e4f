// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/digest.h"

#include "storage/base64url.h"

#include <cstring>
#include <sodium.h>

namespace gatehouse {

SessionDigest digest_of(std::string_view token) noexcept {
    static_assert(std::tuple_size_v<SessionDigest> == crypto_hash_sha256_BYTES);
    SessionDigest digest;
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(token.data()), token.size());
    return digest;
}

std::string stored_id(std::string_view token) {
    return to_stored_id(digest_of(token));
}

std::string to_stored_id(const SessionDigest& digest) {
    return base64url_encode(digest);
}

std::optional<SessionDigest> to_digest(std::string_view stored_id) noexcept {
    SessionDigest digest;
    if (!base64url_decode(stored_id, digest)) return std::nullopt;
    return digest;
}

std::size_t DigestHash::operator()(const SessionDigest& digest) const noexcept {
    std::size_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
}

} // namespace gatehouse
