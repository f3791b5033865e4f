// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/stored_hash.h"

#include <algorithm>
#include <charconv>

namespace gatehouse {
namespace {

bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
constexpr std::string_view base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
bool is_bcrypt64(char c) {
    return is_alnum(c) || c == '.' || c == '/';
}

/// Takes pieces off the front; after the first missing piece every further piece is missing, too.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    Reader& skip(std::string_view expected) {
        ok_ = ok_ && rest_.starts_with(expected);
        if (ok_) rest_.remove_prefix(expected.size());
        return *this;
    }

    /// Takes a number of at most ten digits without leading zeros; a number that does not fit counts as the largest.
    Reader& number(std::uint32_t& value) {
        const auto digits = rest_.substr(0, rest_.find_first_not_of("0123456789"));
        ok_ = ok_ && !digits.empty() && digits.size() <= 10 && (digits.size() == 1 || digits.front() != '0');
        if (!ok_) return *this;
        if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc{}) value = ~0U;
        rest_.remove_prefix(digits.size());
        return *this;
    }

    /// Takes base64 without padding, of `least` to `most` bytes; the unused bits of the last character must be zero.
    Reader& bytes(std::size_t least, std::size_t most) {
        const auto length = std::min(rest_.find_first_not_of(base64), rest_.size());
        const auto size = length * 3 / 4;
        ok_ = ok_ && length % 4 != 1 && size >= least && size <= most;
        const std::size_t unused = length % 4 == 2 ? 0xf : length % 4 == 3 ? 0x3 : 0;
        ok_ = ok_ && (base64.find(rest_[length - 1]) & unused) == 0;
        if (ok_) rest_.remove_prefix(length);
        return *this;
    }

    [[nodiscard]] bool at_end() const { return ok_ && rest_.empty(); }

  private:
    std::string_view rest_;
    bool ok_ = true;
};

StoredHash read_argon2id(std::string_view text) {
    StoredHash hash;
    Reader reader(text);
    reader.skip("$argon2id$v=19$m=").number(hash.memory_kib).skip(",t=").number(hash.passes).skip(",p=");
    reader.number(hash.lanes).skip("$").bytes(8, 48).skip("$").bytes(16, 64);
    if (!reader.at_end() || hash.passes < 1 || hash.lanes < 1 || hash.memory_kib / 8 < hash.lanes) return {};
    const bool affordable =
        hash.memory_kib <= max_argon2_memory_kib && hash.passes <= max_argon2_passes && hash.lanes <= max_argon2_lanes;
    hash.scheme = affordable ? StoredHash::Scheme::argon2id : StoredHash::Scheme::too_costly;
    return hash;
}

StoredHash read_bcrypt(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.size() != 60 || text[6] != '$' || !is_digit(text[4]) || !is_digit(text[5])) return {};
    if (!std::ranges::all_of(text.substr(7), is_bcrypt64)) return {};
    StoredHash hash;
    hash.cost = static_cast<std::uint32_t>((text[4] - '0') * 10 + (text[5] - '0'));
    if (hash.cost < min_bcrypt_cost || hash.cost > 31) return {};
    hash.scheme = hash.cost <= max_bcrypt_cost ? StoredHash::Scheme::bcrypt : StoredHash::Scheme::too_costly;
    return hash;
}

} // namespace

StoredHash read_stored_hash(std::string_view text) {
    if (text.starts_with("$argon2id$")) return read_argon2id(text);
    if (text.starts_with("$2a$") || text.starts_with("$2b$") || text.starts_with("$2y$")) return read_bcrypt(text);
    return {};
}

} // namespace gatehouse
