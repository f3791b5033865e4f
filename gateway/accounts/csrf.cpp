// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/csrf.h"
#include "gateway/accounts/sodium.h"

#include <algorithm>
#include <optional>
#include <sodium.h>

namespace gatehouse::csrf {
namespace {

constexpr std::size_t time_bytes = 8;
constexpr std::size_t nonce_bytes = 16;
constexpr std::size_t stated_bytes = time_bytes + nonce_bytes;
constexpr std::size_t mac_bytes = 32;
constexpr std::size_t pre_login_bytes = 16;
constexpr Seconds tolerated_skew{60};
constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

using Stated = std::array<unsigned char, stated_bytes>; ///< the readable part of the token
using Mac = std::array<unsigned char, mac_bytes>;
using Raw = std::array<unsigned char, stated_bytes + mac_bytes>;

template <std::size_t size> std::string encode(const std::array<unsigned char, size>& bytes) {
    std::string text(sodium_base64_ENCODED_LEN(size, variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
    text.pop_back(); // the terminating NUL
    return text;
}

/// nullopt unless the text is exactly `size` bytes in the spelling that encode() gives (libsodium's decoder accepts
/// other spellings too).
template <std::size_t size> std::optional<std::array<unsigned char, size>> decode(std::string_view text) {
    std::array<unsigned char, size> bytes{};
    std::size_t length = 0;
    if (sodium_base642bin(bytes.data(), size, text.data(), text.size(), nullptr, &length, nullptr, variant) != 0) {
        return std::nullopt;
    }
    if (encode(bytes) != text) return std::nullopt;
    return bytes;
}

std::array<unsigned char, 8> big_endian(std::uint64_t value) {
    std::array<unsigned char, 8> bytes{};
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, value >>= 8)
        *byte = static_cast<unsigned char>(value);
    return bytes;
}

/// The length goes first, so that two different lists of parts never give the same bytes.
void add(crypto_generichash_state& state, std::string_view part) {
    const auto length = big_endian(part.size());
    crypto_generichash_update(&state, length.data(), length.size());
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
}

Mac mac_of(const Key& key, const Stated& stated, std::string_view purpose, std::string_view binding) {
    crypto_generichash_state state;
    crypto_generichash_init(&state, key.data(), key.size(), mac_bytes);
    add(state, "gatehouse csrf 1");
    add(state, purpose);
    add(state, binding);
    crypto_generichash_update(&state, stated.data(), stated.size());
    Mac mac{};
    crypto_generichash_final(&state, mac.data(), mac.size());
    return mac;
}

Seconds made_at(const Stated& stated) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < time_bytes; ++i)
        value = value << 8 | stated[i];
    return Seconds{static_cast<std::int64_t>(value)};
}

} // namespace

std::string make(const Key& key, std::string_view purpose, std::string_view binding, Instant now) {
    start_sodium();
    Stated stated{};
    const auto seconds = std::chrono::floor<Seconds>(now.time_since_epoch()).count();
    std::ranges::copy(big_endian(static_cast<std::uint64_t>(seconds)), stated.begin());
    randombytes_buf(stated.data() + time_bytes, nonce_bytes);
    Raw raw{};
    std::ranges::copy(mac_of(key, stated, purpose, binding), std::ranges::copy(stated, raw.begin()).out);
    return encode(raw);
}

Verdict verify(std::span<const Key> keys, std::string_view token, std::string_view purpose, std::string_view binding,
               Instant now, Seconds max_age) {
    start_sodium();
    const auto raw = decode<stated_bytes + mac_bytes>(token);
    if (!raw || binding.empty()) return Verdict::bad;
    Stated stated{};
    std::copy_n(raw->begin(), stated_bytes, stated.begin());
    bool authentic = false;
    for (const auto& key : keys) {
        const auto mac = mac_of(key, stated, purpose, binding);
        authentic |= sodium_memcmp(mac.data(), raw->data() + stated_bytes, mac_bytes) == 0;
    }
    if (!authentic) return Verdict::bad;
    const auto age = std::chrono::floor<Seconds>(now.time_since_epoch()) - made_at(stated);
    if (age < -tolerated_skew) return Verdict::bad;
    return age > max_age ? Verdict::expired : Verdict::ok;
}

std::string pre_login_value() {
    start_sodium();
    std::array<unsigned char, pre_login_bytes> bytes{};
    randombytes_buf(bytes.data(), bytes.size());
    return encode(bytes);
}

bool is_pre_login_value(std::string_view value) {
    return decode<pre_login_bytes>(value).has_value();
}

} // namespace gatehouse::csrf
