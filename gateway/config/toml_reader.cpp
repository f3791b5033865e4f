// SPDX-License-Identifier: Apache-2.0
#define TOML_EXCEPTIONS 0
#include "gateway/config/toml_reader.h"

#include <algorithm>
#include <sstream>
#include <toml++/toml.h>

namespace gatehouse::config {

namespace {

std::string name_of(toml::node_type type) {
    switch (type) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::floating_point: return "a number with a fraction";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time: return "a date or time";
    default: return "a value of another type";
    }
}

Value value_of_array(const toml::array& array) {
    std::vector<std::string> items;
    for (const toml::node& item : array) {
        const auto* text = item.as_string();
        if (!text) return Unsupported{"a list with something else than strings"};
        items.push_back(text->get());
    }
    return items;
}

Value value_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return number->get();
    if (const auto* boolean = node.as_boolean()) return boolean->get();
    if (const auto* array = node.as_array()) return value_of_array(*array);
    return Unsupported{name_of(node.type())};
}

std::size_t line_of(const toml::key& key) {
    return key.source().begin.line;
}

void add_context(ReadToml& to, const toml::key& name, const toml::table& options) {
    const std::string context(name.str());
    to.contexts.push_back({context, line_of(name)});
    for (const auto& [key, node] : options)
        to.entries.push_back({context, std::string(key.str()), value_of(node), line_of(key)});
}

void add(ReadToml& to, const toml::key& key, const toml::node& node) {
    to.entries.push_back({"", std::string(key.str()), value_of(node), line_of(key)});
}

/// What stands directly below [context], and should be nothing but tables.
void add_contexts(ReadToml& to, const toml::table& contexts) {
    for (const auto& [name, node] : contexts) {
        if (const toml::table* options = node.as_table())
            add_context(to, name, *options);
        else
            to.entries.push_back({"", "context." + std::string(name.str()), value_of(node), line_of(name)});
    }
}

} // namespace

ReadToml read_toml(std::string_view text) {
    ReadToml out;
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
        out.problem = parsed.error().description();
        if (out.problem.find("could not determine value type") != std::string::npos)
            out.problem += " (text needs quotation marks)";
        out.problem_line = parsed.error().source().begin.line;
        return out;
    }
    for (const auto& [key, node] : parsed.table()) {
        if (key.str() == "context" && node.is_table())
            add_contexts(out, *node.as_table());
        else
            add(out, key, node);
    }
    std::ranges::stable_sort(out.entries, {}, &Entry::line);
    return out;
}

} // namespace gatehouse::config
