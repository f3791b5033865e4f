// SPDX-License-Identifier: Apache-2.0
#include "storage/base64url.h"

#include "storage/alphabet.h"

#include <cstddef>
#include <cstdint>

namespace gatehouse {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr auto value_of_letter = values_of_letters(alphabet);

} // namespace

std::string base64url_encode(std::span<const unsigned char> bytes) {
    std::string text((bytes.size() * 4 + 2) / 3, '\0');
    std::uint32_t bits = 0;
    unsigned held = 0;
    auto* out = text.data();
    for (const unsigned char byte : bytes) {
        bits = bits << 8U | byte;
        for (held += 8; held >= 6; *out++ = alphabet[bits >> held & 63U])
            held -= 6;
    }
    if (held > 0) *out = alphabet[bits << (6 - held) & 63U];
    return text;
}

/// Uses a table, so the time depends on the text. The text is no secret: the client that could measure the time has
/// sent it.
bool base64url_decode(std::string_view text, std::span<unsigned char> out) noexcept {
    if (text.size() != (out.size() * 4 + 2) / 3) return false;
    std::uint32_t bits = 0;
    unsigned held = 0;
    std::uint8_t seen = 0;
    auto* to = out.data();
    for (const char letter : text) {
        const auto value = value_of_letter[static_cast<unsigned char>(letter)];
        seen |= value;
        bits = bits << 6U | (value & 63U);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        *to++ = static_cast<unsigned char>(bits >> held);
    }
    const std::uint32_t spare = bits & ((1U << held) - 1);
    return (seen & 0xc0U) == 0 && spare == 0; // only no_letter has these bits
}

} // namespace gatehouse
