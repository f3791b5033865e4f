// SPDX-License-Identifier: Apache-2.0
#include "storage/admin/subprocess.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace gatehouse::sql {
namespace {

constexpr std::size_t most_words = 2000; // of an error message

[[noreturn]] void fail(const std::string& what, int error) {
    throw std::runtime_error(fmt::format("{}: {}", what, std::generic_category().message(error)));
}

struct Pipe {
    Pipe() {
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail("cannot make a pipe", errno);
    }
    ~Pipe() {
        close_end(0);
        close_end(1);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;
    void close_end(std::size_t which) {
        if (ends.at(which) >= 0) ::close(ends.at(which));
        ends.at(which) = -1;
    }
    std::array<int, 2> ends{-1, -1};
};

std::vector<std::string> environment(const Tool& tool) {
    std::vector<std::string> all{"LC_ALL=C", "PGPASSFILE=" + tool.passfile.string()};
    for (const auto* name : {"PATH", "HOME", "KRB5CCNAME"}) {
        if (const char* value = std::getenv(name)) all.push_back(fmt::format("{}={}", name, value));
    }
    return all;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> all;
    for (auto& word : words)
        all.push_back(word.data());
    all.push_back(nullptr);
    return all;
}

pid_t spawn(const Tool& tool, int output, int errors) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none); // the program can be ended by Ctrl-C while we wait
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    auto words = tool.command;
    auto variables = environment(tool);
    pid_t child = 0;
    const int error = ::posix_spawnp(&child, words[0].c_str(), &files, &attributes, pointers(words).data(),
                                     pointers(variables).data());
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (error == ENOENT) {
        throw std::runtime_error(words[0] + " is not installed (Debian: apt install postgresql-client-15)");
    }
    if (error != 0) fail("cannot run " + words[0], error);
    return child;
}

/// Removes whole lines from the front of `text` and passes them on.
void give_lines(std::string& text, const std::function<void(std::string_view)>& on_line) {
    std::size_t begin = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
        on_line(std::string_view(text).substr(begin, end - begin));
        begin = end + 1;
    }
    text.erase(0, begin);
}

/// Reads both pipes until the program has closed them. Returns the program's error output.
std::string listen(const Tool& tool, int output, int errors) {
    std::string line;
    std::string words;
    std::array<pollfd, 2> open{pollfd{output, POLLIN, 0}, pollfd{errors, POLLIN, 0}};
    std::array<char, 65536> buffer{};
    while (open[0].fd >= 0 || open[1].fd >= 0) {
        if (::poll(open.data(), open.size(), -1) < 0 && errno != EINTR) fail("cannot wait", errno);
        for (auto& one : open) {
            if (one.fd < 0 || one.revents == 0) continue;
            const auto got = ::read(one.fd, buffer.data(), buffer.size());
            if (got <= 0) {
                one.fd = -1;
            } else if (one.fd == errors) {
                words.append(buffer.data(), std::min(static_cast<std::size_t>(got), most_words - words.size()));
            } else {
                line.append(buffer.data(), static_cast<std::size_t>(got));
                give_lines(line, tool.on_line);
            }
        }
    }
    return words;
}

} // namespace

void run(const Tool& tool) {
    Pipe errors;
    Pipe output;
    const pid_t child = spawn(tool, tool.output >= 0 ? tool.output : output.ends[1], errors.ends[1]);
    errors.close_end(1);
    output.close_end(1);
    std::string words = listen(tool, output.ends[0], errors.ends[0]);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) fail("cannot wait for " + tool.command[0], errno);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    while (!words.empty() && words.back() == '\n')
        words.pop_back();
    if (words.empty()) words = WIFSIGNALED(status) ? "it was ended by a signal" : "it failed without a word";
    throw std::runtime_error(fmt::format("{}: {}", tool.command[0], words));
}

Passfile::Passfile(const std::string& password) {
    std::string name = (std::filesystem::temp_directory_path() / "gatehouse-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) fail("cannot make a directory beside " + name, errno); // mode 0700
    directory_ = name;
    std::string line = "*:*:*:*:";
    for (const char c : password) {
        if (c == ':' || c == '\\') line += '\\';
        line += c;
    }
    line += '\n';
    const int file = ::open(path().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const bool written = file >= 0 && ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size());
    const int error = errno;
    if (file >= 0) ::close(file);
    if (written) return;
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
    fail("cannot write " + path().string(), error);
}

Passfile::~Passfile() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

TidyEnd::TidyEnd() {
    sigset_t ends;
    sigemptyset(&ends);
    for (const int number : {SIGINT, SIGTERM, SIGHUP})
        sigaddset(&ends, number);
    ::pthread_sigmask(SIG_BLOCK, &ends, &before_);
}

TidyEnd::~TidyEnd() {
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); // signals that came meanwhile are delivered now
}

} // namespace gatehouse::sql
