// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/password_input.h"

#include "gateway/cli/command.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

namespace gatehouse::cli {

namespace {

constexpr std::size_t longest = 4096; // as long as a terminal line can be
constexpr std::array<int, 4> ending_signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
constexpr int ended_by_signal = 128 + SIGINT;

/// The terminal without echo. A signal interrupts the read and does not end the process, so that the echo is always
/// restored.
class SilentTerminal {
  public:
    SilentTerminal() {
        ::tcgetattr(STDIN_FILENO, &before_);
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        silent.c_lflag |= ECHONL;
        struct sigaction interrupt {};
        interrupt.sa_handler = [](int) {};
        for (std::size_t i = 0; i < ending_signals.size(); ++i)
            ::sigaction(ending_signals[i], &interrupt, &actions_[i]);
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    ~SilentTerminal() {
        ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        for (std::size_t i = 0; i < ending_signals.size(); ++i)
            ::sigaction(ending_signals[i], &actions_[i], nullptr);
    }
    SilentTerminal(const SilentTerminal&) = delete;
    SilentTerminal& operator=(const SilentTerminal&) = delete;

  private:
    termios before_{};
    std::array<struct sigaction, ending_signals.size()> actions_{};
};

/// Reads until a newline (if wanted) or the end. The buffer never moves, so that no copy of the password is left in
/// memory.
Secret read_until(bool stop_at_newline) {
    std::string text(longest, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t count = ::read(STDIN_FILENO, text.data() + size, text.size() - size);
        if (count < 0 && errno == EINTR && stop_at_newline)
            throw CommandError(ended_by_signal, "interrupted; nothing was changed");
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        size += static_cast<std::size_t>(count);
        if (stop_at_newline && text[size - 1] == '\n') break;
    }
    if (size == text.size()) throw CommandError(EX_DATAERR, "the password is too long");
    if (size > 0 && text[size - 1] == '\n') --size;
    if (size > 0 && !stop_at_newline && text[size - 1] == '\r') --size;
    Secret password(std::string_view(text).substr(0, size));
    Secret wiped(std::move(text));
    return password;
}

Secret ask(const char* prompt) {
    std::cerr << prompt << std::flush;
    const SilentTerminal silent;
    return read_until(true);
}

} // namespace

Secret read_new_password(bool from_stdin) {
    if (!from_stdin && ::isatty(STDIN_FILENO) == 0)
        throw CommandError(EX_USAGE, "stdin is no terminal: use --password-stdin and pipe the password in");
    Secret password = from_stdin ? read_until(false) : ask("New password: ");
    if (password.empty()) throw CommandError(EX_DATAERR, "the password is empty; nothing was changed");
    if (!from_stdin && ask("The same again: ").view() != password.view())
        throw CommandError(EX_DATAERR, "the two differ; nothing was changed");
    return password;
}

} // namespace gatehouse::cli
