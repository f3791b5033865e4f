// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/throttle.h"
#include "gateway/accounts/sodium.h"

#include <algorithm>
#include <array>
#include <sodium.h>
#include <utility>

namespace gatehouse {
namespace {

constexpr std::int64_t office_factor = 10;
constexpr std::int64_t account_share_percent = 250;
constexpr Seconds rounding{1}; ///< Count::resets_in is rounded up

/// A short name that reveals nothing: base64url of 16 bytes of keyed BLAKE2b over the kind and both parts, with the
/// lengths of the parts.
std::string digest(const std::string& key, std::string_view kind, std::string_view first, std::string_view second) {
    std::array<unsigned char, 16> bytes{};
    const auto salted =
        std::string(kind) + '\0' + std::to_string(first.size()) + '\0' + std::string(first) + std::string(second);
    crypto_generichash(bytes.data(), bytes.size(), reinterpret_cast<const unsigned char*>(salted.data()), salted.size(),
                       key.empty() ? nullptr : reinterpret_cast<const unsigned char*>(key.data()), key.size());
    constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
    std::string text(sodium_base64_ENCODED_LEN(16, variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
    text.pop_back(); // the terminating NUL
    return "login:" + std::string(kind) + ":" + text;
}

/// A key that libsodium takes: 16 to 64 bytes.
std::string usable_key(const std::string& any) {
    if (any.empty()) return {};
    std::string key(crypto_generichash_KEYBYTES, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(key.data()), key.size(),
                       reinterpret_cast<const unsigned char*>(any.data()), any.size(), nullptr, 0);
    return key;
}

/// The time to wait if the count is over the limit, else zero.
Seconds wait_if_over(const Count& count, std::int64_t limit) {
    return count.value <= limit ? Seconds{0} : std::max(count.resets_in, Seconds{1});
}

} // namespace

/// A counter, its limit, and what a login does to it.
struct Throttle::Limit {
    std::string name;
    std::int64_t most;
    ThrottleDecision::AfterLogin after_login;
};

Throttle::Throttle(CounterStore* shared, CounterStore& local, ThrottleLimits limits)
    : stores_{&local}, limits_(std::move(limits)) {
    if (shared != nullptr) stores_.push_back(shared);
    start_sodium();
    limits_.name_key = usable_key(limits_.name_key);
}

std::vector<Throttle::Limit> Throttle::limits_for(const Try& one) const {
    using enum ThrottleDecision::AfterLogin;
    const auto& [typed, address, device] = one;
    const auto unlocked = unlockings_.find(typed);
    const auto account = unlocked == unlockings_.end() ? typed : typed + '\0' + unlocked->second;
    const auto name = [this](std::string_view kind, std::string_view first, std::string_view second) {
        return digest(limits_.name_key, kind, first, second);
    };
    const Limit office{name("office", address, {}), limits_.per_address * office_factor, keep};
    if (!device.empty()) return {office, {name("device", account, device), limits_.per_account, forget}};
    return {{name("address", address, {}), limits_.per_address, take_back},
            office,
            {name("pair", account, address), limits_.per_account, forget},
            {name("account", account, {}), limits_.per_account * account_share_percent / 100, take_back}};
}

boost::asio::awaitable<ThrottleDecision> Throttle::admit(Try one) {
    const auto deadline = deadline_in(limits_.patience);
    const auto limits = limits_for(one);
    ThrottleDecision decision{true, {}, {}};
    for (const auto& limit : limits) {
        const auto wait = co_await over(limit, deadline, decision);
        if (wait > Seconds{0}) co_return ThrottleDecision{false, wait, {}};
    }
    co_return decision;
}

boost::asio::awaitable<Seconds> Throttle::over(const Limit& limit, Deadline deadline, ThrottleDecision& decision) {
    Seconds wait{0};
    for (auto* store : stores_) {
        const auto asked = std::chrono::steady_clock::now();
        const auto count = co_await store->increment(limit.name, limits_.window, deadline);
        if (count) {
            wait = std::max(wait, wait_if_over(*count, limit.most));
            decision.counted.push_back({store, limit.name, asked + count->resets_in - rounding, limit.after_login});
        }
        // Never "no limit": a try that the local store did not count is not admitted.
        if (!count && store == stores_.front()) co_return Seconds{1};
    }
    co_return wait;
}

boost::asio::awaitable<void> Throttle::give_back(ThrottleDecision admitted) {
    const auto deadline = deadline_in(limits_.patience);
    for (auto& one : admitted.counted) {
        if (one.after_login == ThrottleDecision::AfterLogin::keep) continue;
        // In a window that has begun since, it would take back somebody else's try.
        if (std::chrono::steady_clock::now() >= one.window_ends) continue;
        (void)co_await one.store->take_back(std::move(one.name), deadline);
    }
}

boost::asio::awaitable<void> Throttle::succeeded(ThrottleDecision admitted) {
    using enum ThrottleDecision::AfterLogin;
    const auto deadline = deadline_in(limits_.patience);
    // A counter that is not reset makes somebody wait later, but never admits anybody.
    for (auto& one : admitted.counted)
        if (one.after_login == forget) (void)co_await one.store->reset(std::move(one.name), deadline);
    std::erase_if(admitted.counted, [](const auto& one) { return one.after_login != take_back; });
    co_await give_back(std::move(admitted));
}

} // namespace gatehouse
