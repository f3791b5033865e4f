// SPDX-License-Identifier: Apache-2.0
// How often a password may be tried. Loop thread. Every try is counted before its password is hashed, in one atomic
// step per counter, so parallel tries never exceed a limit; tries that are refused do not move the end of the window.
//
// The counters are asked in this order. The first one over its limit refuses, and the later ones are not touched.
// From a browser that the account has not logged in with before:
// - address: tries from one address that were no logins, limit per_address;
// - office: all tries from one address that the counter before has let through, limit 10 x per_address;
// - pair: one account from one address, limit per_account. It keeps one address from using up the next counter;
// - account: one account from everywhere, limit 2.5 x per_account (with the defaults 25 in a quarter of an hour).
// From a *device*, a browser that the account has logged in with and that proves it by a cookie of Gatehouse
// (endpoints/known_device.h):
// - office, as above;
// - device: one account from this device, limit per_account.
//
// So nobody else can lock an owner out of the devices where they have logged in before, on any gateway and after any
// restart, even from the same address. A thief of a device's cookie has only the few tries of that device. Addresses
// are not remembered as known, because then everybody who shares one with the owner would pass the account's limit
// without a proof.
//
// A try that was a login is given back, except to office. Of earlier tries a login forgets only those that pair or
// device has counted. What other browsers have counted for the account stays, because a counter that begins anew would
// tell strangers when its owner signs in.
//
// A try that ended without a verdict on the password (a store was away, too many passwords were waiting to be hashed)
// is given back: so an outage locks nobody out, and an attacker who causes an outage learns nothing from it. Until then
// the try was counted, so tries under way never exceed a limit. Office keeps the try: tries without cost must not be
// free for an address that overloads the gateway.
//
// With a shared store, both the shared store and the local one count every try, and either refuses. So when the shared
// store fails, the local one goes on from what this gateway has seen, and a store that comes and goes gives nobody
// fresh tries. If the local store fails, nobody is admitted. Names in the stores are keyed digests of addresses and
// e-mails.
#pragma once

#include "storage/counter_store.h"

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gatehouse {

struct ThrottleLimits {
    std::int64_t per_account = 10;
    std::int64_t per_address = 50;
    Seconds window{900};
    Millis patience{100}; ///< for all calls to the shared store on behalf of one try
    std::string name_key; ///< secret; the same on every gateway that shares a store
};

struct ThrottleDecision {
    enum class AfterLogin { take_back, forget, keep };
    /// One counter that has counted this try.
    struct Counted {
        CounterStore* store;
        std::string name;
        Deadline window_ends; ///< at the earliest
        AfterLogin after_login = AfterLogin::take_back;
        bool operator==(const Counted&) const = default;
    };
    bool allowed = false;
    Seconds retry_after{0};       ///< if not allowed; at least one second
    std::vector<Counted> counted; ///< if allowed

    bool operator==(const ThrottleDecision&) const = default;
};

class Throttle {
  public:
    /// `shared` may be nullptr. Both must outlive the throttle and its calls.
    Throttle(CounterStore* shared, CounterStore& local, ThrottleLimits limits);

    /// A try to log in: account and origin.
    struct Try {
        std::string account;     ///< canonical
        std::string address_key; ///< from http::throttle_key
        std::string device{};    ///< identifies this device; empty: not a known one
    };
    /// Counts one try.
    boost::asio::awaitable<ThrottleDecision> admit(Try one);

    /// The try ended without a verdict on the password. Asks only the stores that counted it: a store that was away did
    /// not.
    boost::asio::awaitable<void> give_back(ThrottleDecision admitted);

    /// The try was a login.
    boost::asio::awaitable<void> succeeded(ThrottleDecision admitted);

    /// Accounts that have been unlocked, each with a mark of its last unlocking. Under a new mark the tries of pair,
    /// account and device are counted anew, in every store. Replaces the previous map.
    using Unlockings = std::unordered_map<std::string, std::string>;
    void use(Unlockings unlockings) { unlockings_ = std::move(unlockings); }

  private:
    struct Limit;
    /// Counts in every store. Returns the longest time to wait if a store is over the limit, else zero.
    boost::asio::awaitable<Seconds> over(const Limit& limit, Deadline deadline, ThrottleDecision& decision);
    [[nodiscard]] std::vector<Limit> limits_for(const Try& one) const;

    std::vector<CounterStore*> stores_; ///< the local one first, then the shared one, if any
    ThrottleLimits limits_;
    Unlockings unlockings_;
};

} // namespace gatehouse
