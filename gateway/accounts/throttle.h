// SPDX-License-Identifier: Apache-2.0
// How often a password may be tried. Loop thread. Every try is counted before its password is hashed, in one atomic
// step per counter, so parallel tries never exceed a limit; tries that are refused do not move the end of the window.
//
// Three counters, asked in this order; the first that is over its limit refuses, and the later ones are not touched:
// - address: all tries from one address, limit per_address;
// - pair: one account from one address, limit per_account. It keeps one address from using up the next counter;
// - account: one account from everywhere, limit 2.5 x per_account (with the defaults 100 in an hour).
//
// An account that has logged in from this address since this process began is at a *known place*: the account counter
// does not refuse there, so strangers elsewhere cannot lock its owner out, and its tries go to another address counter,
// limit 10 x per_address, so an office is not locked out by its own logins. (A restart forgets the places.)
//
// With a shared store both it and the local one count every try, and either refuses: when the shared one fails, the
// local one goes on from what this process has seen, and a store that comes and goes gives nobody fresh tries. If the
// local one fails, nobody is admitted. Names in the stores are keyed digests of addresses and e-mails.
#pragma once

#include "gateway/accounts/known_places.h"
#include "storage/counter_store.h"

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

struct ThrottleLimits {
    std::int64_t per_account = 10;
    std::int64_t per_address = 50;
    Seconds window{900};
    Millis patience{100}; ///< for all calls to the shared store on behalf of one try
    std::string name_key; ///< secret, the same on every node that shares a store
};

struct ThrottleDecision {
    bool allowed = false;
    Seconds retry_after{0}; ///< if not allowed; at least one second

    bool operator==(const ThrottleDecision&) const = default;
};

class Throttle {
  public:
    /// `shared` may be nullptr. Both must outlive the throttle and its calls.
    Throttle(CounterStore* shared, CounterStore& local, ThrottleLimits limits);

    /// Counts one try. `account` is canonical; `address_key` comes from http::throttle_key.
    boost::asio::awaitable<ThrottleDecision> admit(std::string account, std::string address_key);

    /// After a login: forgets the tries for this account (not those of the address) and remembers the place.
    boost::asio::awaitable<void> succeeded(std::string account, std::string address_key);

  private:
    struct Names;
    /// Counts in every store; the larger time to wait if one of them is over `limit`, else zero.
    boost::asio::awaitable<Seconds> over(std::string name, std::int64_t limit, Deadline deadline);
    boost::asio::awaitable<void> forget(std::string name, Deadline deadline);
    [[nodiscard]] Names names(std::string_view account, std::string_view address_key) const;

    std::vector<CounterStore*> stores_; ///< the local one first, then the shared one, if there is one
    ThrottleLimits limits_;
    KnownPlaces places_;
};

} // namespace gatehouse
