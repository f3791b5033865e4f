// SPDX-License-Identifier: Apache-2.0
// A value that was written for an option, before it is judged, and how values are read from and written as text. Pure.
#pragma once

#include "storage/instant.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gatehouse::config {

/// A value from the environment or a credential: always text, so the option decides what the text means.
struct Text {
    std::string text;
};

/// A TOML value that no option accepts: a float, a date, a table, a mixed array.
struct Unsupported {
    std::string type;
};

using Value = std::variant<Unsupported, Text, std::string, std::int64_t, bool, std::vector<std::string>>;

/// What is wrong with a value, as the end of a sentence that begins with the option's name; nullopt: nothing.
using Problem = std::optional<std::string>;

/// "an integer", "a string" …
[[nodiscard]] std::string type_of(const Value& value);

[[nodiscard]] std::optional<std::int64_t> as_integer(const Value& value);
[[nodiscard]] std::optional<bool> as_boolean(const Value& value); ///< text: true, false, 1, 0, yes, no, on, off
[[nodiscard]] std::optional<std::string> as_string(const Value& value);
[[nodiscard]] std::optional<std::vector<std::string>>
as_list(const Value& value); ///< text: words between spaces or commas

/// "300ms", "60s", "15m", "24h", "30d". nullopt: not of this form, or more than 10 years.
[[nodiscard]] std::optional<Millis> parse_duration(std::string_view text);
/// The same span, in the largest unit that divides it.
[[nodiscard]] std::string format_duration(Millis span);

/// The text as a TOML string.
[[nodiscard]] std::string quoted(std::string_view text);
[[nodiscard]] std::string quoted(const std::vector<std::string>& list);

} // namespace gatehouse::config
