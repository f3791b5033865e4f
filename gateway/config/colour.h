// SPDX-License-Identifier: Apache-2.0
// Colours of sRGB, and how well one can be read on another (WCAG 2). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::config {

struct Colour {
    int red = 0; ///< 0 to 255, like the others
    int green = 0;
    int blue = 0;

    bool operator==(const Colour&) const = default;
};

/// "#2f54c9". nullopt: not of this form.
[[nodiscard]] std::optional<Colour> parse_colour(std::string_view text) noexcept;
[[nodiscard]] std::string to_text(Colour colour);

/// From 1 (the same) to 21 (black and white). Text needs 4.5.
[[nodiscard]] double contrast(Colour one, Colour other) noexcept;
inline constexpr double least_contrast = 4.5;

/// `share`, 0 to 1, of `other` in `one`.
[[nodiscard]] Colour mix(Colour one, Colour other, double share) noexcept;

/// The colours of the pages that follow from an accent, for one theme.
struct Shades {
    Colour accent;    ///< buttons, links, the chosen tab
    Colour strong;    ///< a button under the pointer
    Colour on_accent; ///< the text of a button
    Colour tint;      ///< behind the chosen tab
    Colour glow;      ///< behind the card

    /// The least contrast of what people read: on a button, and in the accent on the tint or beside the card.
    [[nodiscard]] double legibility() const noexcept;
};
[[nodiscard]] Shades day_shades(Colour accent) noexcept;
[[nodiscard]] Shades night_shades(Colour accent) noexcept;

/// The same colour, darkened for the day or lightened for the night until it can be read.
[[nodiscard]] Colour legible_by_day(Colour accent) noexcept;
[[nodiscard]] Colour legible_by_night(Colour accent) noexcept;

} // namespace gatehouse::config
