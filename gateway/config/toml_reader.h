// SPDX-License-Identifier: Apache-2.0
// The configuration file as a list of keys and values with their lines; other files judge what they mean. Only
// toml_reader.cpp knows toml++. Pure.
#pragma once

#include "gateway/config/value.h"

#include <string>
#include <vector>

namespace gatehouse::config {

struct Entry {
    std::string context; ///< of [context.NAME]; empty: an option outside the contexts
    std::string key;
    Value value;
    std::size_t line = 0;
};

struct ContextTable {
    std::string name;
    std::size_t line = 0;
};

struct ReadToml {
    std::vector<Entry> entries;         ///< in the order of their lines
    std::vector<ContextTable> contexts; ///< every [context.NAME], also an empty one
    std::string problem;                ///< not empty: the text is no TOML; then ignore the other members
    std::size_t problem_line = 0;
};

[[nodiscard]] ReadToml read_toml(std::string_view text);

} // namespace gatehouse::config
