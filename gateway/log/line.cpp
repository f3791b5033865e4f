// SPDX-License-Identifier: Apache-2.0
#include "gateway/log/line.h"

#include <fmt/format.h>
#include <iterator>

namespace gatehouse::log {

namespace {

constexpr std::string_view cut_mark = "…";
constexpr std::string_view cut_field = R"(,"cut":true)";
constexpr std::string_view line_end = "}\n";

std::string_view name(Level level) {
    switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warning: return "warning";
    case Level::error: return "error";
    }
    return "error";
}

/// One character of UTF-8, or one invalid byte (then `valid` is false).
struct Character {
    char32_t code = 0;
    std::size_t length = 1;
    bool valid = false;
};

bool is_continuation(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

/// `text` must not be empty.
Character first_character(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text.front());
    if (lead < 0x80) return {lead, 1, true};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
    char32_t code = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if (!is_continuation(text[i])) return {};
        code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3FU);
    }
    const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
    if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
    return {code, length, true};
}

/// Characters that could end the line, control a terminal, or make a terminal show another text than the line holds.
bool is_harmful(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C || code == 0x200E || code == 0x200F ||
           (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

void append_character(std::string& out, const Character& character, std::string_view bytes) {
    if (!character.valid)
        fmt::format_to(std::back_inserter(out), "\\\\x{:02x}", static_cast<unsigned char>(bytes.front()));
    else if (is_harmful(character.code))
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(character.code));
    else if (character.code == U'"' || character.code == U'\\')
        out.append({'\\', static_cast<char>(character.code)});
    else
        out.append(bytes);
}

void append_time(std::string& out, Instant now) {
    const auto day = std::chrono::floor<std::chrono::days>(now);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(now - day);
    fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                   time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

void append_field(std::string& out, const Field& field) {
    out += ",\"";
    append_escaped(out, field.name);
    out += "\":";
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        out += '"';
        append_escaped(out, *text);
        out += '"';
    } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
        fmt::format_to(std::back_inserter(out), "{}", *number);
    } else {
        out += std::get<bool>(field.value) ? "true" : "false";
    }
}

} // namespace

void append_escaped(std::string& out, std::string_view value) {
    const std::size_t start = out.size();
    std::size_t fits = start; // the longest prefix that leaves room for the mark
    while (!value.empty()) {
        const Character character = first_character(value);
        append_character(out, character, value.substr(0, character.length));
        if (out.size() - start > max_value_bytes) {
            out.resize(fits);
            out += cut_mark;
            return;
        }
        if (out.size() - start + cut_mark.size() <= max_value_bytes) fits = out.size();
        value.remove_prefix(character.length);
    }
}

std::string line(Instant now, Level level, std::string_view event, std::initializer_list<Field> fields) {
    std::string out;
    out.reserve(256);
    out += R"({"time":")";
    append_time(out, now);
    out += R"(","level":")";
    out += name(level);
    out += R"(","event":")";
    append_escaped(out, event);
    out += '"';
    for (const Field& field : fields) {
        const std::size_t before = out.size();
        append_field(out, field);
        if (out.size() + cut_field.size() + line_end.size() > max_line_bytes) {
            out.resize(before);
            out += cut_field;
            break;
        }
    }
    out += line_end;
    return out;
}

} // namespace gatehouse::log
