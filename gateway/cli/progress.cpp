// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/progress.h"

#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>
#include <utility>

namespace gatehouse::cli {
namespace {

constexpr std::chrono::milliseconds at_a_terminal{200};
constexpr std::chrono::seconds elsewhere{5};
constexpr auto clear_line = "\r\x1b[K";

} // namespace

std::string progress_line(std::string_view what, std::uint64_t done, std::uint64_t total, Clock::duration elapsed) {
    const double seconds = std::chrono::duration<double>(elapsed).count();
    const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
    if (done >= total || rate <= 0) return fmt::format("{}: {}, {:.0f}/s", what, done, rate);
    const double part = static_cast<double>(done) / static_cast<double>(total);
    return fmt::format("{}: {:.0f} % ({} of {}), {:.0f}/s, {:.0f} s left", what, 100 * part, done, total, rate,
                       static_cast<double>(total - done) / rate);
}

Progress::Progress(std::string what)
    : what_(std::move(what)),
      terminal_(isatty(STDERR_FILENO) == 1),
      every_(terminal_ ? Clock::duration(at_a_terminal) : Clock::duration(elsewhere)),
      next_(start_ + every_) {} // a short command reports no progress

Progress::~Progress() {
    if (dirty_) std::fputs(clear_line, stderr);
}

void Progress::report(std::uint64_t done, std::uint64_t total) {
    const auto now = Clock::now();
    if (now < next_) return;
    next_ = now + every_;
    const auto line = progress_line(what_, done, total, now - start_);
    if (terminal_) {
        std::fprintf(stderr, "%s%s", clear_line, line.c_str());
        std::fflush(stderr);
        dirty_ = true;
    } else {
        std::fprintf(stderr, "%s\n", line.c_str());
    }
}

} // namespace gatehouse::cli
