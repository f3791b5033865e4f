// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/sodium.h"
#include "gateway/cli/table.h"
#include "gateway/sessions/key_ring.h"

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

/// Writes a new file with mode 0600. Never overwrites an existing file, because its keys may be in use.
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

int new_key(const Invocation&, const NewKey& wanted) {
    start_sodium();
    std::string line = KeyRing::new_line();
    if (wanted.verify_only) line.replace(0, line.find(' '), "verify");
    if (wanted.output.empty()) {
        print(line);
        return EX_OK;
    }
    write_new_file(wanted.output, line + "\n");
    print("Wrote " + wanted.output + ". Every gateway needs the same file, and must be able to read it.");
    return EX_OK;
}

} // namespace

Command keys_commands() {
    return group(
        "keys", "The keys that mark our cookies (key_file).",
        {command(
            "new", "Make a key and print its line for the key file.", new_key,
            {{"--verify-only", &NewKey::verify_only,
              "The first step of a change of keys: every gateway accepts the new key before the first one uses it."},
             {"--output", &NewKey::output, "Write it to a new file (mode 0600) instead."}},
            "To change keys: give every gateway a --verify-only line and reload; then make the new line `mint` and the "
            "old\n"
            "one `verify`, and reload; remove the old line when the last session it marked has ended.")});
}

} // namespace gatehouse::cli
