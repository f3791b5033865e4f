// SPDX-License-Identifier: Apache-2.0
// The table of the commands: the help, the arguments and the action of each, as data. table.cpp, the only file that
// knows CLI11, parses a command line by this table. Main thread.
#pragma once

#include "gateway/cli/command.h"

#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace gatehouse::cli {

/// The rules for a command line. The names are those of arguments in the rows above.
struct Rules {
    bool required = false;
    std::string excludes{};   ///< this argument and that one exclude each other
    std::string instead_of{}; ///< exactly one of this argument and that one is needed
    std::string needs{};      ///< needs that argument
    int least = 0;            ///< the least value of a number
    int most = 0;
};
inline const Rules required{.required = true};

/// The destination of the value. Its type makes the argument a flag, a text, a number, or an option that may be given
/// several times; its present value is the default.
using Value = std::variant<bool*, std::string*, unsigned*, std::vector<std::string>*>;

/// "--name" is an option or a flag; a name without dashes is a positional.
struct Argument {
    std::string name;
    Value value;
    std::string help;
    Rules rules{};
};

/// With `commands`, one of them must be named, unless there is an `action` for none.
struct Command {
    std::string name;
    std::string help;
    std::string footer{}; ///< below the help, also of its `commands`; empty: the parent command's footer
    std::vector<Argument> arguments{};
    std::function<int(const Invocation&)> action{}; ///< returns the exit code; throws CommandError
    std::vector<Command> commands{};
};

/// A row of the table: an Argument whose value is a member of `Wanted`.
template <class Wanted> struct Row {
    std::string name;
    std::variant<bool Wanted::*, std::string Wanted::*, unsigned Wanted::*, std::vector<std::string> Wanted::*> member;
    std::string help;
    Rules rules{};
};

/// A command whose action takes its arguments in a struct.
template <class Parameter, class Wanted = std::remove_cvref_t<Parameter>>
Command command(std::string name, std::string help, int (*action)(const Invocation&, Parameter),
                const std::vector<Row<std::type_identity_t<Wanted>>>& rows, std::string footer = "") {
    const auto wanted = std::make_shared<Wanted>();
    Command made{.name = std::move(name), .help = std::move(help), .footer = std::move(footer)};
    for (const auto& row : rows) {
        const auto value = std::visit([&](auto member) { return Value(&((*wanted).*member)); }, row.member);
        made.arguments.push_back({row.name, value, row.help, row.rules});
    }
    made.action = [wanted, action](const Invocation& invocation) { return action(invocation, *wanted); };
    return made;
}

/// A command without arguments.
inline Command command(std::string name, std::string help, int (*action)(const Invocation&), std::string footer = "") {
    return {.name = std::move(name), .help = std::move(help), .footer = std::move(footer), .action = action};
}

inline Command group(std::string name, std::string help, std::vector<Command> commands, std::string footer = "") {
    return {std::move(name), std::move(help), std::move(footer), {}, {}, std::move(commands)};
}

/// The arguments of the commands that print for a person or for a program.
struct Output {
    bool json = false;
};

// Each function is in the file of its name.
Command config_commands();
Command migrate_commands();
Command migrate_up_command();
Command migrate_backup_command(); ///< in migrate_up.cpp
Command migrate_copy_command();
std::vector<Command> migrate_merge_commands();
std::vector<Command> takeover_commands();
Command forget_command();
Command strategy_commands();
Command user_commands();
std::vector<Command> user_change_commands();
Command user_delete_command();
Command user_export_command();
Command user_invite_command();
std::vector<Command> user_contact_commands();
Command session_commands();
Command mail_commands();
Command pages_commands();
Command redis_commands();
Command keys_commands();

/// The result of parsing a command line.
struct Parsed {
    const Command* command = nullptr; ///< a command with an action; null: nothing is left to do
    int exit_code = 0;                ///< without a command: 0 after --help, 64 after a message on stderr
};

/// Fills in the arguments of the program and of the named command.
[[nodiscard]] Parsed parse(const Command& program, int argc, const char* const* argv);

} // namespace gatehouse::cli
