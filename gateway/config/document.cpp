// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/document.h"

#include "gateway/config/options.h"

#include <fmt/format.h>
#include <iterator>

namespace gatehouse::config {

namespace {

constexpr std::size_t width = 100;

// One entry is a paragraph. The parentheses around its strings show that no comma is missing.
constexpr std::string_view example_head[] = {
    "SPDX-License-Identifier: Apache-2.0",
    ("The configuration of Gatehouse: /etc/gatehouse/gatehouse.toml. Every option is here with its default, commented "
     "out; nothing needs to be set to try it. `gatehouse config check` names every mistake with its line, `gatehouse "
     "config show` prints what is in force and where it comes from, `gatehouse config example` prints this file."),
    "",
    ("The same option can be set in several places. The first of these wins: the environment (the variable in "
     "brackets; "
     "an empty one counts as not set), a systemd credential (database_url, database_identity_url, database_web_url, "
     "redis_url, context.NAME.database_url; keys for the key file), this file, the default."),
    "",
    ("Durations are text with a unit: \"300ms\", \"60s\", \"15m\", \"24h\", \"30d\". An option marked \"restart\" "
     "needs "
     "one; the others count after a reload (SIGHUP). A file that holds a password must not be readable by everybody.")};

constexpr std::string_view contexts_head[] = {
    "--- Contexts", "",
    "A context is an application, or a group of applications, with its own sessions: a session of one context is worth "
    "nothing in another. `web` always exists. For another context add a table, for example [context.admin], and give "
    "its "
    "name to nginx as GATE_CONTEXT. The environment can override the options of the contexts that are in this file; "
    "DATABASE_ADMIN_URL is another name for the database_url of admin, DATABASE_BOT_URL for that of telegram, else "
    "bot."};

/// `text` in lines that begin with "# ".
std::string comment(std::string_view text) {
    std::string out;
    std::string row = "#";
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(word.size() + 1, text.size()));
        if (row.size() + 1 + word.size() > width && row.size() > 1) {
            out.append(row).append("\n");
            row.assign(1, '#');
        }
        row.append(" ").append(word);
    }
    return out.append(row).append("\n");
}

/// The default as TOML, or in words.
template <class Target> std::string default_of(const BasicOption<Target>& option) {
    return option.unfixed.rule.empty() ? option.codec.show(Target{}) : fmt::format("({})", option.unfixed.rule);
}

template <class Target> std::string example_of(const BasicOption<Target>& option, const std::string& variable) {
    const bool fixed = option.unfixed.rule.empty();
    const std::string rule = fixed ? "" : fmt::format(" Default: {}.", option.unfixed.rule);
    return fmt::format("\n{}# [{}{}]\n#{} = {}\n", comment(fmt::format("{}{}", option.help, rule)), variable,
                       option.change == Change::restart ? "; restart" : "", option.key,
                       fixed ? option.codec.show(Target{}) : std::string(option.unfixed.specimen));
}

} // namespace

std::string example_file() {
    std::string out;
    for (const std::string_view paragraph : example_head)
        out += comment(paragraph);
    for (const Section& section : sections()) {
        out += fmt::format("\n# --- {}\n", section.title);
        for (const Option& option : section.options)
            out += example_of(option, variable_of(option));
    }
    out += '\n';
    for (const std::string_view paragraph : contexts_head)
        out += comment(paragraph);
    out += "\n[context.web]\n";
    for (const ContextOption& option : context_options())
        out += example_of(option, variable_for(fmt::format("context.web.{}", option.key)));
    return out;
}

std::string option_list() {
    std::string out;
    const auto row = [&](std::string_view key, const std::string& variable, const std::string& value) {
        fmt::format_to(std::back_inserter(out), "  {:<28} {:<38} {}\n", key, variable, value);
    };
    row("key in the file", "variable", "default");
    for (const Section& section : sections())
        for (const Option& option : section.options)
            row(option.key, variable_of(option), default_of(option));
    for (const ContextOption& option : context_options()) {
        const std::string key = fmt::format("context.web.{}", option.key);
        row(key, variable_for(key), default_of(option));
    }
    return out;
}

std::string as_file(const std::vector<Setting>& settings) {
    std::string out;
    std::string table;
    for (const Setting& setting : settings) {
        const std::size_t dot = setting.key.rfind('.');
        const std::string in = dot == std::string::npos ? "" : setting.key.substr(0, dot);
        if (in != table) out += fmt::format("\n[{}]\n", in);
        table = in;
        const std::string key = dot == std::string::npos ? setting.key : setting.key.substr(dot + 1);
        out += setting.value.empty() ? fmt::format("#{} =", key) : fmt::format("{} = {}", key, setting.value);
        out += fmt::format("  # {}\n", setting.source);
    }
    return out;
}

} // namespace gatehouse::config
