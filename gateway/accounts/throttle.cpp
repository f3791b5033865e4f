// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/throttle.h"
#include "gateway/accounts/sodium.h"

#include <algorithm>
#include <array>
#include <sodium.h>
#include <utility>

namespace gatehouse {
namespace {

constexpr std::size_t most_known_places = 50'000;
constexpr std::int64_t known_places_factor = 10;
constexpr std::int64_t account_share_percent = 250;

/// A short name that says nothing: base64url of 16 bytes of keyed BLAKE2b over kind and parts, with the lengths of both
/// parts.
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

/// libsodium takes keys of 16 to 64 bytes.
std::string usable_key(const std::string& any) {
    if (any.empty()) return {};
    std::string key(crypto_generichash_KEYBYTES, '\0');
    crypto_generichash(reinterpret_cast<unsigned char*>(key.data()), key.size(),
                       reinterpret_cast<const unsigned char*>(any.data()), any.size(), nullptr, 0);
    return key;
}

/// How long to wait if this is over the limit, else zero.
Seconds wait_if_over(const Count& count, std::int64_t limit) {
    return count.value <= limit ? Seconds{0} : std::max(count.resets_in, Seconds{1});
}

} // namespace

struct Throttle::Names {
    std::string address;
    std::string office;
    std::string pair;
    std::string account;
};

Throttle::Throttle(CounterStore* shared, CounterStore& local, ThrottleLimits limits)
    : stores_{&local}, limits_(std::move(limits)), places_(most_known_places) {
    if (shared != nullptr) stores_.push_back(shared);
    start_sodium();
    limits_.name_key = usable_key(limits_.name_key);
}

Throttle::Names Throttle::names(std::string_view account, std::string_view address_key) const {
    const auto& key = limits_.name_key;
    return {.address = digest(key, "address", address_key, {}),
            .office = digest(key, "office", address_key, {}),
            .pair = digest(key, "pair", account, address_key),
            .account = digest(key, "account", account, {})};
}

boost::asio::awaitable<ThrottleDecision> Throttle::admit(std::string account, std::string address_key) {
    const auto name = names(account, address_key);
    const auto deadline = deadline_in(limits_.patience);
    const bool known = places_.contains(name.pair);
    const auto at_address = known ? name.office : name.address;
    const auto address_limit = known ? limits_.per_address * known_places_factor : limits_.per_address;
    auto wait = co_await over(at_address, address_limit, deadline);
    if (wait > Seconds{0}) co_return ThrottleDecision{false, wait};
    wait = co_await over(name.pair, limits_.per_account, deadline);
    if (wait > Seconds{0}) co_return ThrottleDecision{false, wait};
    // Counted at a known place, too, so that the answer takes as long.
    wait = co_await over(name.account, limits_.per_account * account_share_percent / 100, deadline);
    if (wait > Seconds{0} && !known) co_return ThrottleDecision{false, wait};
    co_return ThrottleDecision{true, Seconds{0}};
}

boost::asio::awaitable<Seconds> Throttle::over(std::string name, std::int64_t limit, Deadline deadline) {
    Seconds wait{0};
    for (auto* store : stores_) {
        const auto count = co_await store->increment(name, limits_.window, deadline);
        if (count) wait = std::max(wait, wait_if_over(*count, limit));
        // Never "no limit": what the local store did not count is not admitted.
        if (!count && store == stores_.front()) co_return Seconds{1};
    }
    co_return wait;
}

boost::asio::awaitable<void> Throttle::succeeded(std::string account, std::string address_key) {
    const auto name = names(account, address_key);
    const auto deadline = deadline_in(limits_.patience);
    places_.remember(name.pair);
    // What is not forgotten costs somebody a wait later, never an admission.
    co_await forget(name.pair, deadline);
    co_await forget(name.account, deadline);
}

boost::asio::awaitable<void> Throttle::forget(std::string name, Deadline deadline) {
    for (auto* store : stores_)
        (void)co_await store->reset(name, deadline);
}

} // namespace gatehouse
