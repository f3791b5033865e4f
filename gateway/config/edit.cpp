// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/edit.h"

#include "gateway/config/toml_reader.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace gatehouse::config {
namespace {

constexpr std::string_view strategy_key = "strategy";
constexpr std::string_view blanks = " \t";

/// Where a line begins and ends in the text, without its line break.
struct Line {
    std::size_t begin = 0;
    std::size_t end = 0;
};

Line line_of(std::string_view text, std::size_t number) {
    Line line;
    for (std::size_t i = 1; i < number; ++i)
        line.begin = std::min(text.find('\n', line.begin), text.size() - 1) + 1;
    line.end = std::min(text.find('\n', line.begin), text.size());
    return line;
}

const Entry* entry_of(const ReadToml& toml) {
    const auto is_it = [](const Entry& entry) { return entry.context.empty() && entry.key == strategy_key; };
    const auto found = std::ranges::find_if(toml.entries, is_it);
    return found == toml.entries.end() ? nullptr : &*found;
}

/// The value between its quotes, if the line is `strategy = "value"`, with or without text after the value.
std::optional<Line> value_in(std::string_view text, Line line) {
    const auto equals = text.find('=', line.begin);
    if (equals >= line.end) return std::nullopt;
    const auto open = text.find_first_not_of(blanks, equals + 1);
    if (open >= line.end || (text[open] != '"' && text[open] != '\'')) return std::nullopt;
    const auto close = text.find(text[open], open + 1);
    if (close >= line.end) return std::nullopt;
    return Line{open + 1, close};
}

/// Whether the line is `#strategy = …`. Asked only before the first table begins.
bool is_commented_out(std::string_view line) {
    if (!line.starts_with('#')) return false;
    line.remove_prefix(std::min(line.find_first_not_of(blanks, 1), line.size()));
    if (!line.starts_with(strategy_key)) return false;
    line.remove_prefix(strategy_key.size());
    line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
    return line.starts_with('=');
}

/// Where to insert a new line.
std::size_t room_for_it(std::string_view text) {
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        const auto line = text.substr(begin, end - begin);
        const auto first = line.find_first_not_of(blanks);
        if (first != std::string_view::npos && line[first] == '[') break;
        begin = std::min(end + 1, text.size());
        if (is_commented_out(line)) return begin;
    }
    return 0;
}

} // namespace

EditedText with_strategy(std::string_view text, Strategy strategy) {
    const auto before = read_toml(text);
    if (!before.problem.empty()) return {{}, fmt::format("line {}: {}", before.problem_line, before.problem)};
    EditedText edited{std::string(text), {}};
    if (const Entry* const entry = entry_of(before)) {
        const auto value = value_in(text, line_of(text, entry->line));
        if (value) edited.text.replace(value->begin, value->end - value->begin, name_of(strategy));
    } else {
        const auto at = room_for_it(text);
        const std::string_view lead = at > 0 && text[at - 1] != '\n' ? "\n" : "";
        edited.text.insert(at, fmt::format("{}{} = \"{}\"\n", lead, strategy_key, name_of(strategy)));
    }
    // The edited text is read again, because only the result counts: no TOML syntax in the original may change its
    // meaning.
    const auto after = read_toml(edited.text);
    const Entry* const now = entry_of(after);
    if (after.problem.empty() && now != nullptr && as_string(now->value) == name_of(strategy)) return edited;
    const auto line = entry_of(before) != nullptr ? entry_of(before)->line : std::size_t{1};
    return {{}, fmt::format("line {}: write it as one line, {} = \"{}\"", line, strategy_key, name_of(strategy))};
}

} // namespace gatehouse::config
