// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/password_work.h"

#include <array>
#include <crypt.h>
#include <memory>
#include <sodium.h>
#include <sys/mman.h>

namespace gatehouse::password_work {
namespace {

constexpr std::size_t bcrypt_significant_bytes = 72;
constexpr std::size_t kib = 1024;

/// Random bytes in the unpadded base64 of PHC strings.
template <std::size_t size> std::string random_base64() {
    std::array<unsigned char, size> bytes{};
    randombytes_buf(bytes.data(), bytes.size());
    std::string text(sodium_base64_ENCODED_LEN(size, sodium_base64_VARIANT_ORIGINAL_NO_PADDING), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
    text.pop_back(); // the terminating NUL
    return text;
}

/// 32 KiB, and after use full of the password and its derivatives: so it is wiped.
struct CryptData {
    CryptData() = default;
    CryptData(const CryptData&) = delete;
    CryptData& operator=(const CryptData&) = delete;
    ~CryptData() { sodium_memzero(&data, sizeof data); }
    crypt_data data{};
};

/// The password with a terminating NUL, as crypt needs it; wiped at the end.
struct Phrase {
    explicit Phrase(std::string_view password) {
        password.substr(0, bcrypt_significant_bytes).copy(text.data(), bcrypt_significant_bytes);
    }
    Phrase(const Phrase&) = delete;
    Phrase& operator=(const Phrase&) = delete;
    ~Phrase() { sodium_memzero(text.data(), text.size()); }
    std::array<char, bcrypt_significant_bytes + 1> text{};
};

bool can_map(std::size_t bytes) {
    void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory != MAP_FAILED && munmap(memory, bytes) == 0;
}

} // namespace

Result<std::string> argon2_hash(std::string_view password, Argon2Cost cost) {
    std::array<char, crypto_pwhash_argon2id_STRBYTES> text{};
    if (crypto_pwhash_argon2id_str(text.data(), password.data(), password.size(), cost.passes, cost.memory_kib * kib) !=
        0) {
        return make_error_code(StoreError::unavailable);
    }
    return std::string(text.data());
}

Result<Match> argon2_matches(std::string_view password, const std::string& stored, std::size_t memory_kib) {
    if (crypto_pwhash_argon2id_str_verify(stored.c_str(), password.data(), password.size()) == 0) return Match::yes;
    // libsodium reports a mismatch, with the same errno, when it got no memory; so check whether that much memory is
    // available.
    if (!can_map(memory_kib * kib)) return make_error_code(StoreError::unavailable);
    return Match::no;
}

Result<Match> bcrypt_matches(std::string_view password, const std::string& stored) {
    const Phrase phrase(password);
    const auto work = std::make_unique<CryptData>();
    const char* made = crypt_r(phrase.text.data(), stored.c_str(), &work->data);
    if (made == nullptr || made[0] == '*') return make_error_code(StoreError::unavailable);
    const std::string_view text(made);
    const bool same = text.size() == stored.size() && sodium_memcmp(text.data(), stored.data(), text.size()) == 0;
    return same ? Match::yes : Match::no;
}

Result<std::string> bcrypt_hash(std::string_view password, unsigned cost) {
    std::array<char, 16> random{};
    randombytes_buf(random.data(), random.size());
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> salt{};
    if (crypt_gensalt_rn("$2b$", cost, random.data(), random.size(), salt.data(), salt.size()) == nullptr) {
        return make_error_code(StoreError::unavailable);
    }
    const Phrase phrase(password);
    const auto work = std::make_unique<CryptData>();
    const char* made = crypt_r(phrase.text.data(), salt.data(), &work->data);
    if (made == nullptr || made[0] == '*') return make_error_code(StoreError::unavailable);
    return std::string(made);
}

std::string argon2_dummy(Argon2Cost cost) {
    return "$argon2id$v=19$m=" + std::to_string(cost.memory_kib) + ",t=" + std::to_string(cost.passes) + ",p=1$" +
           random_base64<16>() + "$" + random_base64<32>();
}

std::string bcrypt_dummy(unsigned cost) {
    // 22 characters of salt and 31 of hash. bcrypt's alphabet has '.' in place of '+'.
    auto random = random_base64<39>() + random_base64<1>().substr(0, 1);
    for (char& c : random) {
        if (c == '+') c = '.';
    }
    return std::string(cost < 10 ? "$2b$0" : "$2b$") + std::to_string(cost) + "$" + random;
}

} // namespace gatehouse::password_work
