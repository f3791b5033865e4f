// SPDX-License-Identifier: Apache-2.0
// Limits how many unknown older tokens one client address may have looked up: the weak tokens of an older system must
// not be guessed through this gateway. A look-up takes a place before it is asked, and gives the place back if the
// token is known. So parallel guesses count like guesses one after the other.
//
// Of the limit, 11/12 can be used at once within a minute. A later look-up waits for up to a second in a line that lets
// in limit/12 a second (4 at least), in random order. So a burst, however parallel, has at most `limit` look-ups;
// continued guessing has at most 5 * limit more a minute; and a visitor behind the same address whose token is real
// gets in after a short wait. Bounded; no I/O; loop thread only.
#pragma once

#include "storage/instant.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

namespace gatehouse {

class MissLimit {
    struct Address;

  public:
    static constexpr Seconds window{60};
    static constexpr Millis patience{1000};     ///< in line; nginx waits two seconds for a check
    static constexpr std::size_t in_line = 256; ///< per address; beyond it a look-up is refused at once
    /// Beyond this number of addresses all counts are forgotten: this limit does not stop a client with so many
    /// addresses.
    static constexpr std::size_t most = 1 << 15;

    /// The permission for one look-up. Its destructor frees the place, unless the token was a miss.
    class Pass {
      public:
        Pass() = default;
        Pass(Pass&& other) noexcept = default;
        Pass& operator=(Pass&& other) noexcept;
        Pass(const Pass&) = delete;
        Pass& operator=(const Pass&) = delete;
        ~Pass() { give_back(); }

        [[nodiscard]] explicit operator bool() const noexcept { return address_ != nullptr; }
        /// No system knows the token: the place stays taken.
        void miss() noexcept { address_.reset(); }
        /// For a refusal: whether it is the first one of this address within the minute, which is logged.
        [[nodiscard]] bool is_first_refusal() const noexcept { return first_refusal_; }

      private:
        friend MissLimit;
        void give_back() noexcept;

        std::shared_ptr<Address> address_; ///< null: refused, or settled
        Instant until_{};                  ///< the end of the minute in which the place was taken
        bool from_line_ = false;
        bool first_refusal_ = false;
    };

    /// Waits at most `patience`. False: too many misses, so no look-up now.
    boost::asio::awaitable<Pass> admit(std::string place, std::size_t limit, Instant now);

  private:
    static bool enter(const std::shared_ptr<Address>& address, Pass& pass);
    static boost::asio::awaitable<Pass> wait_in_line(std::shared_ptr<Address> address);
    static Pass refuse(Address& address);

    std::unordered_map<std::string, std::shared_ptr<Address>> addresses_;
};

} // namespace gatehouse
