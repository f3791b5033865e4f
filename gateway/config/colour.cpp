// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/colour.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace gatehouse::config {
namespace {

constexpr Colour white{255, 255, 255};
constexpr Colour black{0, 0, 0};
constexpr Colour day_card = white; // --card, --ground and --on-accent of gateway/pages/style.cpp
constexpr Colour day_ground{0xf3, 0xf4, 0xf7};
constexpr Colour night_card{0x17, 0x1b, 0x25};
constexpr Colour night_ground{0x0e, 0x11, 0x18};
constexpr Colour night_text{0x0d, 0x14, 0x26};

double linear(int channel) {
    const double value = channel / 255.0;
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

double luminance(Colour colour) {
    return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue);
}

int between(int one, int other, double share) {
    return static_cast<int>(std::lround(one + (other - one) * share));
}

template <class Shading> Colour until_legible(Colour accent, Colour towards, const Shading& shades) {
    for (int percent = 0; percent < 100; percent += 2) {
        const auto tried = mix(accent, towards, percent / 100.0);
        if (shades(tried).legibility() >= least_contrast) return tried;
    }
    return towards;
}

} // namespace

std::optional<Colour> parse_colour(std::string_view text) noexcept {
    constexpr int hexadecimal = 16;
    unsigned value = 0;
    if (text.size() != 7 || text.front() != '#') return std::nullopt;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), value, hexadecimal);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return Colour{static_cast<int>(value >> 16U & 0xFFU), static_cast<int>(value >> 8U & 0xFFU),
                  static_cast<int>(value & 0xFFU)};
}

std::string to_text(Colour colour) {
    return fmt::format("#{:02x}{:02x}{:02x}", colour.red, colour.green, colour.blue);
}

double contrast(Colour one, Colour other) noexcept {
    const double first = luminance(one), second = luminance(other);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

Colour mix(Colour one, Colour other, double share) noexcept {
    return {between(one.red, other.red, share), between(one.green, other.green, share),
            between(one.blue, other.blue, share)};
}

double Shades::legibility() const noexcept {
    return std::min(
        {contrast(on_accent, accent), contrast(on_accent, strong), contrast(accent, tint), contrast(accent, glow)});
}

Shades day_shades(Colour accent) noexcept {
    return {accent, mix(accent, black, 0.2), white, mix(day_card, accent, 0.1), mix(day_ground, accent, 0.1)};
}

Shades night_shades(Colour accent) noexcept {
    return {accent, mix(accent, white, 0.3), night_text, mix(night_card, accent, 0.14),
            mix(night_ground, accent, 0.12)};
}

Colour legible_by_day(Colour accent) noexcept {
    return until_legible(accent, black, day_shades);
}

Colour legible_by_night(Colour accent) noexcept {
    return until_legible(accent, white, night_shades);
}

} // namespace gatehouse::config
