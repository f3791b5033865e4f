// SPDX-License-Identifier: Apache-2.0
// The only file that knows spdlog: its bounded queue and its thread. The sink is ours, because it must be able to give
// up on a stderr that nobody reads.
#include "gateway/log/log.h"

#include "gateway/log/line.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <mutex>
#include <poll.h>
#include <spdlog/async.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace gatehouse::log {

namespace {

constexpr std::size_t queue_lines = 8192; // 3 MiB; half a second of a very busy gateway
constexpr Millis stop_grace{1000};        // how long stop() waits for a stderr that accepts nothing
constexpr Millis poll_interval{50};       // how soon the thread notices that it must give up
constexpr Seconds report_interval{1};     // lost lines are reported at most this often

/// Whether stderr is a stream of the journal (systemd.exec(5), JOURNAL_STREAM).
bool is_journal() {
    const char* const stream = std::getenv("JOURNAL_STREAM");
    struct stat info {};
    if (stream == nullptr || ::fstat(STDERR_FILENO, &info) != 0) return false;
    return fmt::format("{}:{}", info.st_dev, info.st_ino) == stream;
}

std::atomic<bool> to_journal = false;

/// A line with its newline. The journal learns of its level by the priority in front (sd-daemon(3)), which it takes
/// off.
std::string with_priority(Level level, std::string text) {
    constexpr std::array priorities{"<7>", "<6>", "<4>", "<3>"};
    return to_journal ? priorities[static_cast<std::size_t>(level)] + std::move(text) : text;
}

/// Writes one line. False: the line was not written, because of an error or because `give_up` became true. A write of
/// up to PIPE_BUF bytes does not block after poll() reported the descriptor as writable.
bool put(std::string_view text, const std::atomic<bool>& give_up) {
    while (!text.empty()) {
        pollfd ready{STDERR_FILENO, POLLOUT, 0};
        const int found = ::poll(&ready, 1, give_up ? 0 : static_cast<int>(poll_interval.count()));
        if (found == 0 && give_up) return false;
        if (found == 0 || (found < 0 && errno == EINTR)) continue;
        const ssize_t sent = ::write(STDERR_FILENO, text.data(), text.size());
        if (sent >= 0)
            text.remove_prefix(static_cast<std::size_t>(sent));
        else if (errno != EINTR && errno != EAGAIN)
            return false;
    }
    return true;
}

/// Runs on the logging thread; other threads read the atomics.
class Sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
  public:
    std::atomic<bool> give_up = false;
    std::atomic<std::uint64_t> handled = 0;   ///< lines that arrived here
    std::atomic<std::uint64_t> unwritten = 0; ///< of these: lines that could not be written
    std::atomic<std::uint64_t> overrun = 0;   ///< lines that later lines pushed out of the queue

  protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        if (!put({message.payload.data(), message.payload.size()}, give_up)) ++unwritten;
        report_loss();
        ++handled;
    }
    void flush_() override {}

  private:
    void report_loss() {
        const std::uint64_t lost = overrun + unwritten;
        if (lost == reported_ || give_up || std::chrono::steady_clock::now() < next_report_) return;
        const Field count{"lines", static_cast<std::int64_t>(lost - reported_)};
        const auto text = line(wall_now(), Level::warning, "log_lines_dropped", {count});
        if (!put(with_priority(Level::warning, text), give_up)) return;
        reported_ = lost;
        next_report_ = deadline_in(report_interval);
    }

    std::uint64_t reported_ = 0;
    Deadline next_report_{};
};

/// The logging thread and its queue. The owner must serialize the calls.
class Writer {
  public:
    /// Returns at once; drops the oldest waiting line if the queue is full.
    void write(std::string_view text) {
        logger_->log(spdlog::level::critical, spdlog::string_view_t(text.data(), text.size()));
        ++queued_;
        sink_->overrun = pool_->overrun_counter();
    }

    /// Waits until every line is written, but gives up on a stderr that accepts nothing.
    void finish() {
        const Deadline give_up_at = deadline_in(stop_grace);
        while (sink_->handled + sink_->overrun < queued_ && std::chrono::steady_clock::now() < give_up_at)
            std::this_thread::sleep_for(Millis(1));
        sink_->give_up = true;
        logger_.reset();
        pool_.reset(); // empties the queue and joins the thread
    }

    [[nodiscard]] std::uint64_t lost() const { return sink_->overrun + sink_->unwritten; }

  private:
    // Blocks all signals, because signals belong to the loop. Blocking also turns SIGPIPE (the reader has gone) into
    // EPIPE.
    static void prepare_thread() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, nullptr);
        pthread_setname_np(pthread_self(), "gatehouse-log");
    }

    std::uint64_t queued_ = 0;
    std::shared_ptr<Sink> sink_ = std::make_shared<Sink>();
    std::shared_ptr<spdlog::details::thread_pool> pool_ =
        std::make_shared<spdlog::details::thread_pool>(queue_lines, 1, &prepare_thread);
    std::shared_ptr<spdlog::async_logger> logger_ = std::make_shared<spdlog::async_logger>(
        "gatehouse", sink_, pool_, spdlog::async_overflow_policy::overrun_oldest);
};

std::atomic<Level> threshold = Level::info;
std::atomic<std::uint64_t> lost_before = 0; // lines lost by writers that have ended, or while there was none
const std::atomic<bool> never = false;
std::mutex guard; // protects `writer`; held while a line is queued, which never waits
std::unique_ptr<Writer> writer;

} // namespace

void start(Level level) {
    threshold = level;
    to_journal = is_journal();
    const std::lock_guard lock(guard);
    if (!writer) writer = std::make_unique<Writer>();
}

void set_level(Level level) {
    threshold = level;
}

bool enabled(Level level) noexcept {
    return level >= threshold.load(std::memory_order_relaxed);
}

void stop() {
    std::unique_ptr<Writer> ending;
    {
        const std::lock_guard lock(guard);
        ending = std::move(writer);
    }
    if (!ending) return;
    ending->finish();
    lost_before += ending->lost();
}

void write(Level level, std::string_view event, std::initializer_list<Field> fields) {
    if (!enabled(level)) return;
    const std::string text = with_priority(level, line(wall_now(), level, event, fields));
    {
        const std::lock_guard lock(guard);
        if (writer) return writer->write(text);
    }
    if (!put(text, never)) ++lost_before;
}

std::uint64_t dropped() noexcept {
    const std::lock_guard lock(guard);
    return lost_before + (writer ? writer->lost() : 0);
}

} // namespace gatehouse::log
