// SPDX-License-Identifier: Apache-2.0
// What is remembered in place of a token: its digest, as bytes here and as text in the stores; and, within this process
// alone, its mark. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

/// SHA-256 of a token.
using SessionDigest = std::array<unsigned char, 32>;
[[nodiscard]] SessionDigest digest_of(std::string_view token) noexcept;

/// The stored id of a token: its digest in base64url, 43 characters.
[[nodiscard]] std::string stored_id(std::string_view token);
[[nodiscard]] std::string to_stored_id(const SessionDigest& digest);
[[nodiscard]] std::optional<SessionDigest> to_digest(std::string_view stored_id) noexcept;

/// Needs no hash function: the ids are digests already.
struct DigestHash {
    std::size_t operator()(const SessionDigest& digest) const noexcept;
};

/// A keyed hash of a token that only this process can compute (TokenMarker).
using TokenMark = std::array<unsigned char, 16>;

} // namespace gatehouse
