// SPDX-License-Identifier: Apache-2.0
// What each letter of an alphabet means, as a table of all bytes. Pure; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse {

/// The mark of a byte that is no letter: in an alphabet of up to 64 letters, no value has one of the two highest bits.
inline constexpr std::uint8_t no_letter = 0xff;

constexpr std::array<std::uint8_t, 256> values_of_letters(std::string_view alphabet) noexcept {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_letter);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}

} // namespace gatehouse
