// SPDX-License-Identifier: Apache-2.0
// The value of a session cookie: 32 random bytes and a 16-byte tag over (context, random bytes), as 64 base64url
// characters. The tag makes invented tokens cheap: a token that was not minted here, or for another context, is refused
// before any store is asked. A good tag does not replace the look-up in a store. Pure; any thread.
#pragma once

#include "gateway/sessions/digest.h"
#include "gateway/sessions/key_ring.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

inline constexpr std::size_t token_length = 64;

class TokenMint {
  public:
    explicit TokenMint(const KeyRing& ring) : keys_(ring.keys_for("token")), once_(ring.keys_for("once").front()) {}

    /// A new token. Throws std::system_error if the kernel has no random bytes: then no login is possible.
    [[nodiscard]] std::string mint(std::string_view context) const;

    /// The token of the one login that `what` stands for. It is the same on every gateway, and unpredictable without
    /// the key.
    [[nodiscard]] std::string mint_once(std::string_view context, std::string_view what) const;

    /// Whether one of our keys minted the token, for this context. Constant time for tokens of the right shape.
    [[nodiscard]] bool minted_here(std::string_view token, std::string_view context) const noexcept;

  private:
    [[nodiscard]] std::string tagged(std::string_view context, const std::array<unsigned char, 32>& random) const;

    std::vector<Key> keys_;
    Key once_;
};

/// Whether this could be an older token: 16 to 255 characters that a cookie may have.
[[nodiscard]] bool could_be_older_token(std::string_view token) noexcept;

/// Encrypts older tokens for the database, so that the older system can be asked about a token that the browser has not
/// sent. Without the key ring, a copy of the database does not reveal them.
class TokenSeal {
  public:
    explicit TokenSeal(const KeyRing& ring) : keys_(ring.keys_for("older token")) {}

    [[nodiscard]] std::string seal(std::string_view token) const;
    /// nullopt: not sealed by one of our keys, or not the token with this stored id.
    [[nodiscard]] std::optional<std::string> open(std::string_view sealed, std::string_view stored_id) const;

  private:
    std::vector<Key> keys_;
};

/// Recognises tokens that it has seen, without keeping them: a keyed hash of token and context, with a key of this
/// process alone. Nobody else can compute it, so never store it.
class TokenMarker {
  public:
    TokenMarker();
    [[nodiscard]] TokenMark operator()(std::string_view token, std::string_view context) const noexcept;

  private:
    std::array<unsigned char, 16> key_;
};

/// A random UUID (version 4), for handles and user ids.
[[nodiscard]] std::string random_uuid();

} // namespace gatehouse
