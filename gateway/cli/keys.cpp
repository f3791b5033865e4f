// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/sodium.h"
#include "gateway/cli/command.h"
#include "gateway/sessions/key_ring.h"

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sysexits.h>
#include <unistd.h>

namespace gatehouse::cli {

namespace {

struct NewKey {
    bool verify_only = false;
    std::string output;
};

/// A new file with mode 0600; an existing one is never touched, because its keys may be in use.
void write_new_file(const std::string& path, const std::string& text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0 && errno == EEXIST)
        throw CommandError(EX_CANTCREAT, path + " exists already. Print a line without --output and add it by hand.");
    if (file < 0) throw CommandError(EX_CANTCREAT, fmt::format("cannot make {}: {}", path, std::strerror(errno)));
    const bool written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
    const int reason = errno;
    ::close(file);
    if (written) return;
    ::unlink(path.c_str());
    throw CommandError(EX_CANTCREAT, fmt::format("cannot write {}: {}", path, std::strerror(reason)));
}

int new_key(const NewKey& wanted) {
    start_sodium();
    std::string line = KeyRing::new_line();
    if (wanted.verify_only) line.replace(0, line.find(' '), "verify");
    if (wanted.output.empty()) {
        print(line);
        return EX_OK;
    }
    write_new_file(wanted.output, line + "\n");
    print("Wrote " + wanted.output + ". Every node needs the same file, and the gateway must be able to read it.");
    return EX_OK;
}

} // namespace

void add_keys(CLI::App& app, Invocation& invocation) {
    auto* group = app.add_subcommand("keys", "The keys that mark our cookies (key_file).");
    group->require_subcommand(1);
    auto wanted = std::make_shared<NewKey>();
    auto* command = group->add_subcommand("new", "Make a key and print its line for the key file.");
    command->add_flag(
        "--verify-only", wanted->verify_only,
        "The first step of a change of keys: every node accepts the new key before the first one uses it.");
    command->add_option("--output", wanted->output, "Write it to a new file (mode 0600) instead.");
    command->footer(
        "To change keys: add a --verify-only line on every node and reload; then make the new line `mint` and the old\n"
        "one `verify`, and reload; remove the old line when the last session it marked has ended.");
    command->callback([&invocation, wanted] { invocation.action = [wanted] { return new_key(*wanted); }; });
}

} // namespace gatehouse::cli
