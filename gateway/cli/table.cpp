// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/table.h"

#include <CLI/CLI.hpp>
#include <sysexits.h>

namespace gatehouse::cli {
namespace {

CLI::Option* add_value(CLI::App& app, const Argument& argument) {
    const auto& [name, value, help, rules] = argument;
    if (const auto* const flag = std::get_if<bool*>(&value)) return app.add_flag(name, **flag, help);
    if (const auto* const text = std::get_if<std::string*>(&value))
        return app.add_option(name, **text, help)->capture_default_str();
    if (auto* const* const several = std::get_if<std::vector<std::string>*>(&value))
        return app.add_option(name, **several, help)->allow_extra_args(false);
    return app.add_option(name, *std::get<unsigned*>(value), help)
        ->check(CLI::Range(rules.least, rules.most))
        ->capture_default_str();
}

void add_argument(CLI::App& app, const Argument& argument) {
    auto* const option = add_value(app, argument);
    const Rules& rules = argument.rules;
    option->required(rules.required);
    if (!rules.needs.empty()) option->needs(app.get_option(rules.needs));
    for (const auto& other : {rules.excludes, rules.instead_of})
        if (!other.empty()) option->excludes(app.get_option(other));
}

/// CLI11 has no rule "exactly one of two options".
void need_one_of_two(const CLI::App& app, const Command& command) {
    for (const auto& [name, value, help, rules] : command.arguments) {
        const auto& other = rules.instead_of;
        if (!other.empty() && app[name]->as<std::string>().empty() && app[other]->as<std::string>().empty())
            throw CLI::RequiredError(other + " or " + name);
    }
}

/// Sets `chosen` to the innermost command on the command line: CLI11 calls back from the inside out.
void describe(CLI::App& app, const Command& command, const Command*& chosen) {
    if (!command.footer.empty()) app.footer(command.footer);
    if (!command.action) app.require_subcommand(1);
    for (const Argument& argument : command.arguments)
        add_argument(app, argument);
    for (const Command& inner : command.commands)
        describe(*app.add_subcommand(inner.name, inner.help), inner, chosen);
    if (!command.action) return;
    app.callback([&app, &command, &chosen] {
        need_one_of_two(app, command);
        if (chosen == nullptr) chosen = &command;
    });
}

} // namespace

Parsed parse(const Command& program, int argc, const char* const* argv) {
    const Command* chosen = nullptr;
    CLI::App app(program.help, program.name);
    app.fallthrough(); // the program's options may come after the command
    describe(app, program, chosen);
    try {
        app.parse(argc, argv);
        return {chosen, EX_OK};
    } catch (const CLI::ParseError& error) {
        return {nullptr, app.exit(error) == 0 ? EX_OK : EX_USAGE};
    }
}

} // namespace gatehouse::cli
