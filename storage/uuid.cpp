// SPDX-License-Identifier: Apache-2.0
#include "storage/uuid.h"

#include "storage/alphabet.h"

#include <cstddef>
#include <cstdint>

namespace gatehouse {
namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr auto value_of_digit = values_of_letters(digits);

constexpr bool dash_before(std::size_t byte) noexcept {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

} // namespace

std::string uuid_text(const Uuid& uuid) {
    std::string text(uuid_length, '-');
    auto* to = text.data();
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        if (dash_before(i)) ++to;
        *to++ = digits[uuid[i] >> 4U];
        *to++ = digits[uuid[i] & 0x0fU];
    }
    return text;
}

std::optional<Uuid> uuid_bytes(std::string_view text) noexcept {
    if (text.size() != uuid_length) return std::nullopt;
    Uuid uuid;
    std::uint8_t seen = 0;
    const auto* from = text.data();
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        if (dash_before(i) && *from++ != '-') return std::nullopt;
        const auto high = value_of_digit[static_cast<unsigned char>(*from++)];
        const auto low = value_of_digit[static_cast<unsigned char>(*from++)];
        seen |= high | low;
        uuid[i] = static_cast<unsigned char>(high << 4U | low);
    }
    if ((seen & 0xf0U) != 0) return std::nullopt; // only no_letter has these bits
    return uuid;
}

} // namespace gatehouse
