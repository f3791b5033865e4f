// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/value.h"

#include <array>
#include <charconv>
#include <fmt/format.h>
#include <iterator>

namespace gatehouse::config {

namespace {

struct Unit {
    std::string_view suffix;
    Millis length;
};

// From the largest unit down, for format_duration.
constexpr std::array<Unit, 5> units{{{"d", std::chrono::days(1)},
                                     {"h", std::chrono::hours(1)},
                                     {"m", std::chrono::minutes(1)},
                                     {"s", Seconds(1)},
                                     {"ms", Millis(1)}}};
constexpr Millis longest = std::chrono::days(3650);

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

template <class Wanted, class FromText> std::optional<Wanted> as(const Value& value, FromText from_text) {
    if (const auto* wanted = std::get_if<Wanted>(&value)) return *wanted;
    if (const auto* text = std::get_if<Text>(&value)) return from_text(text->text);
    return std::nullopt;
}

std::optional<bool> parse_boolean(std::string_view text) {
    for (const std::string_view word : {"true", "1", "yes", "on"})
        if (text == word) return true;
    for (const std::string_view word : {"false", "0", "no", "off"})
        if (text == word) return false;
    return std::nullopt;
}

std::vector<std::string> split_words(std::string_view text) {
    constexpr std::string_view separators = " \t,";
    std::vector<std::string> words;
    for (std::size_t begin = 0; (begin = text.find_first_not_of(separators, begin)) != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(separators, begin), text.size());
        words.emplace_back(text.substr(begin, end - begin));
        begin = end;
    }
    return words;
}

} // namespace

std::string type_of(const Value& value) {
    static constexpr std::array<std::string_view, 6> names{"", "text", "a string", "an integer", "a boolean", "a list"};
    if (const auto* unsupported = std::get_if<Unsupported>(&value)) return unsupported->type;
    return std::string(names[value.index()]);
}

std::optional<std::int64_t> as_integer(const Value& value) {
    return as<std::int64_t>(value, parse_integer);
}

std::optional<bool> as_boolean(const Value& value) {
    return as<bool>(value, parse_boolean);
}

std::optional<std::string> as_string(const Value& value) {
    return as<std::string>(value, [](const std::string& text) { return std::optional(text); });
}

std::optional<std::vector<std::string>> as_list(const Value& value) {
    return as<std::vector<std::string>>(value,
                                        [](const std::string& text) { return std::optional(split_words(text)); });
}

std::optional<Millis> parse_duration(std::string_view text) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto count = parse_integer(text.substr(0, digits));
    if (!count) return std::nullopt;
    for (const Unit& unit : units) {
        if (text.substr(digits) != unit.suffix) continue;
        if (*count > longest / unit.length) return std::nullopt;
        return unit.length * *count;
    }
    return std::nullopt;
}

std::string format_duration(Millis span) {
    for (const Unit& unit : units)
        if (span.count() != 0 && span % unit.length == Millis(0))
            return fmt::format("{}{}", span / unit.length, unit.suffix);
    return "0s";
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out.append({'\\', c});
        else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            fmt::format_to(std::back_inserter(out), "\\u{:04X}", static_cast<unsigned char>(c));
        else
            out += c;
    }
    return out + '"';
}

std::string quoted(const std::vector<std::string>& list) {
    std::string out = "[";
    for (const std::string& item : list) {
        if (out.size() > 1) out += ", ";
        out += quoted(item);
    }
    return out + "]";
}

} // namespace gatehouse::config
