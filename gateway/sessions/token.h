// SPDX-License-Identifier: Apache-2.0
// The value of a session cookie: 32 random bytes and a 16-byte keyed tag over (context, random bytes), as 64 base64url
// characters. The tag makes strangers cheap: a token that was not minted here, or for another context, is refused
// before any store is asked. It is no substitute for the store. Pure; any thread.
#pragma once

#include "gateway/sessions/key_ring.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

inline constexpr std::size_t token_length = 64;

class TokenMint {
  public:
    explicit TokenMint(const KeyRing& ring) : keys_(ring.keys_for("token")) {}

    /// A new token. Throws std::system_error if the kernel has no random bytes for us: then there is no login.
    [[nodiscard]] std::string mint(std::string_view context) const;

    /// Minted by one of our keys, for this context. Constant time for well-shaped tokens.
    [[nodiscard]] bool minted_here(std::string_view token, std::string_view context) const noexcept;

  private:
    std::vector<Key> keys_;
};

/// What is remembered in place of a token: SHA-256 of it.
using SessionDigest = std::array<unsigned char, 32>;
[[nodiscard]] SessionDigest digest_of(std::string_view token) noexcept;

/// What the stores know a token by: its digest in base64url, 43 characters.
[[nodiscard]] std::string stored_id(std::string_view token);

/// Recognises tokens that it has seen, without keeping them: a keyed hash of token and context, with a key of this
/// process alone. Not for storing, and nobody else can compute it.
class TokenMarker {
  public:
    using Mark = std::array<unsigned char, 16>;
    TokenMarker();
    [[nodiscard]] Mark operator()(std::string_view token, std::string_view context) const noexcept;

  private:
    std::array<unsigned char, 16> key_;
};

/// A random UUID (version 4), for handles and user ids.
[[nodiscard]] std::string random_uuid();

} // namespace gatehouse
