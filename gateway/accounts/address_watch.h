// SPDX-License-Identifier: Apache-2.0
// Notices that everybody who signs in seems to come from one private address: that of a proxy or load balancer in front
// of nginx, whose visitors then share one throttle. It decides nothing and only warns. Whatever clients send, it
// remembers one address and a few numbers; a single try from another address takes the warning back. Loop thread.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace gatehouse {

class AddressWatch {
  public:
    static constexpr std::size_t tries_needed = 20;
    static constexpr std::size_t accounts_needed = 5;

    /// Counts a try to sign in. `address`: as nginx gave it.
    void note(std::string_view address, std::string_view account);

    /// True if at least the last 20 tries, for at least five accounts, all came from one private address.
    [[nodiscard]] bool one_for_all() const noexcept { return warned_; }

  private:
    void begin(std::string address);
    void remember(std::string_view account);

    std::string address_;   ///< of the latest tries, if it is a private address; else empty
    std::size_t tries_ = 0; ///< from this address, one after the other
    std::array<std::size_t, accounts_needed> accounts_{}; ///< hashes of the account names of these tries
    std::size_t known_ = 0;
    bool warned_ = false;
};

} // namespace gatehouse
