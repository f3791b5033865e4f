// SPDX-License-Identifier: Apache-2.0
// The configuration file: every value is told with its line, and what is written as TOML is read as it was.
#include "gateway/config/toml_reader.h"

#include "tests/fuzz/promise.h"

#include <algorithm>

namespace gatehouse::fuzz {

void look_at(std::string_view input) {
    using namespace config;
    const auto read = read_toml(input);
    const auto lines = static_cast<std::size_t>(std::ranges::count(input, '\n')) + 1;
    if (!read.problem.empty()) {
        promise(read.problem_line <= lines, "a mistake is told with its line");
        return;
    }
    std::size_t line = 1;
    for (const auto& entry : read.entries) {
        promise(entry.line >= line && entry.line <= lines, "in the order of their lines");
        line = entry.line;
        std::string text;
        if (const auto* word = std::get_if<std::string>(&entry.value))
            text = quoted(*word);
        else if (const auto* list = std::get_if<std::vector<std::string>>(&entry.value))
            text = quoted(*list);
        else
            continue;
        const auto again = read_toml("a = " + text + "\n");
        promise(again.problem.empty() && again.entries.size() == 1, "what is written can be read");
        promise(again.entries[0].value.index() == entry.value.index() &&
                    as_list(again.entries[0].value) == as_list(entry.value) &&
                    as_string(again.entries[0].value) == as_string(entry.value),
                "and is the same");
    }
}

} // namespace gatehouse::fuzz
