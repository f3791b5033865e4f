// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/uuid.h"

#include "storage/values.h"

#include <cstddef>

namespace gatehouse {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

constexpr bool dash_before(std::size_t byte) noexcept {
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

unsigned char value_of(char digit) noexcept {
    return static_cast<unsigned char>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

} // namespace

std::string uuid_text(const Uuid& uuid) {
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        if (dash_before(i)) text += '-';
        text += digits[uuid[i] >> 4U];
        text += digits[uuid[i] & 0x0fU];
    }
    return text;
}

std::optional<Uuid> uuid_bytes(std::string_view text) noexcept {
    if (!is_uuid(text)) return std::nullopt;
    Uuid uuid;
    std::size_t at = 0;
    for (std::size_t i = 0; i < uuid.size(); ++i, at += 2) {
        if (dash_before(i)) ++at;
        uuid[i] = static_cast<unsigned char>(value_of(text[at]) << 4U | value_of(text[at + 1]));
    }
    return uuid;
}

} // namespace gatehouse
