// SPDX-License-Identifier: Apache-2.0
// The progress of a long command, on stderr: one line that is written again and again at a terminal, a line now and
// then elsewhere. Main thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace gatehouse::cli {

using Clock = std::chrono::steady_clock;

/// "keys: 25 % (1000 of 4000), 500/s, 6 s left". Without a known total, or beyond the total: "keys: 1000, 500/s".
[[nodiscard]] std::string progress_line(std::string_view what, std::uint64_t done, std::uint64_t total,
                                        Clock::duration elapsed);

class Progress {
  public:
    explicit Progress(std::string what);
    ~Progress(); ///< ends the progress line
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;

    /// Writes a line if the last one is old enough.
    void report(std::uint64_t done, std::uint64_t total);

  private:
    const std::string what_;
    const bool terminal_;
    const Clock::duration every_;
    const Clock::time_point start_ = Clock::now();
    Clock::time_point next_;
    bool dirty_ = false;
};

} // namespace gatehouse::cli
