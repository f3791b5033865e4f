// SPDX-License-Identifier: Apache-2.0
// The secret keys that all gateways share. One key mints; any number of others only verify. So a new key can be given
// to every gateway before the first token is minted with it, and a replaced key can stay until the last of its tokens
// has ended. Immutable after loading; any thread.
#pragma once

#include <array>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

using Key = std::array<unsigned char, 32>;

/// A key ring that cannot be used; the message says where the fault is and what to do.
class KeyRingError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class KeyRing {
  public:
    /// Reads lines `mint KEY` (exactly one) and `verify KEY`; KEY is base64url of 32 bytes; `#` begins a comment.
    /// `name` appears in messages. Throws KeyRingError.
    static KeyRing parse(std::string_view text, std::string_view name);

    /// Reads a file that only its owner and group may read. With `generate`, a missing file is made first (0600).
    static KeyRing load(const std::string& path, bool generate);

    /// A line for a new key that mints.
    static std::string new_line();

    /// The keys for one purpose ("token", "csrf" …), the minting one first. No two purposes share a key.
    [[nodiscard]] std::vector<Key> keys_for(std::string_view purpose) const;

  private:
    std::vector<Key> keys_; ///< the minting one first
};

} // namespace gatehouse
