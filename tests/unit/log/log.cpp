// SPDX-License-Identifier: Apache-2.0
// Goal: a log call returns at once whatever becomes of stderr, and what is lost is counted.
#include "gateway/log/log.h"

#include "storage/instant.h"

#include <array>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace gatehouse;

namespace {

/// stderr is a pipe of ours as long as this lives.
class CapturedStderr {
  public:
    CapturedStderr() {
        BOOST_REQUIRE(::pipe2(pipe_.data(), O_CLOEXEC) == 0);
        saved_ = ::dup(STDERR_FILENO);
        ::dup2(pipe_[1], STDERR_FILENO);
        ::close(pipe_[1]);
    }
    ~CapturedStderr() {
        restore();
        if (pipe_[0] >= 0) ::close(pipe_[0]);
    }
    void restore() {
        if (saved_ < 0) return;
        ::dup2(saved_, STDERR_FILENO);
        ::close(saved_);
        saved_ = -1;
    }
    void close_reader() {
        ::close(pipe_[0]);
        pipe_[0] = -1;
    }
    /// What has been written until now.
    std::string read() {
        ::fcntl(pipe_[0], F_SETFL, O_NONBLOCK);
        std::string out;
        std::array<char, 65536> part{};
        for (ssize_t n = 0; (n = ::read(pipe_[0], part.data(), part.size())) > 0;)
            out.append(part.data(), static_cast<std::size_t>(n));
        return out;
    }

  private:
    std::array<int, 2> pipe_{};
    int saved_ = -1;
};

std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::size_t events(const std::string& text, const std::string& name) {
    const std::string wanted = "\"event\":\"" + name + "\"";
    std::size_t found = 0;
    for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1))
        ++found;
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(logging)

/// JOURNAL_STREAM as systemd sets it for the stderr of this moment.
struct JournalStream {
    explicit JournalStream(ino_t other = 0) {
        struct stat info {};
        ::fstat(STDERR_FILENO, &info);
        const auto text = std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino + other);
        ::setenv("JOURNAL_STREAM", text.c_str(), 1);
    }
    ~JournalStream() { ::unsetenv("JOURNAL_STREAM"); }
    JournalStream(const JournalStream&) = delete;
    JournalStream& operator=(const JournalStream&) = delete;
};

BOOST_AUTO_TEST_CASE(the_journal_learns_of_the_level) {
    CapturedStderr captured;
    std::string text, elsewhere;
    {
        const JournalStream stream;
        log::start(log::Level::debug);
        log::debug("a");
        log::info("b");
        log::warning("c");
        log::error("d");
        log::stop();
        text = captured.read();
    }
    {
        const JournalStream stream(1); // of a parent, whose stderr is another one
        log::start(log::Level::info);
        log::error("e");
        log::stop();
        elsewhere = captured.read();
    }
    captured.restore();
    std::string priorities;
    for (std::size_t at = 0; at != std::string::npos && at < text.size(); at = text.find('\n', at) + 1)
        priorities += text.substr(at, 4);
    BOOST_TEST(priorities == "<7>{<6>{<4>{<3>{");
    BOOST_TEST(elsewhere.starts_with("{"));
}

BOOST_AUTO_TEST_CASE(before_start_lines_are_written_at_once) {
    CapturedStderr captured;
    log::info("early", {{"n", std::int64_t(1)}});
    log::debug("below_the_level");
    const std::string text = captured.read();
    captured.restore();
    BOOST_TEST(lines(text) == 1u);
    BOOST_TEST(text.find("\"event\":\"early\",\"n\":1}") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(stop_writes_everything_and_can_be_followed_by_a_start) {
    for (int round = 0; round < 3; ++round) {
        CapturedStderr captured;
        log::start(log::Level::warning);
        for (int i = 0; i < 200; ++i)
            log::error("line");
        log::info("below_the_level");
        log::set_level(log::Level::debug);
        log::debug("above_it_now");
        log::stop();
        const std::string text = captured.read();
        captured.restore();
        BOOST_TEST(lines(text) == 201u);
        BOOST_TEST(text.find("below_the_level") == std::string::npos);
        BOOST_TEST(text.find("above_it_now") != std::string::npos);
    }
    log::set_level(log::Level::info);
    BOOST_TEST(log::dropped() == 0u);
}

BOOST_AUTO_TEST_CASE(lines_of_many_threads_do_not_mix) {
    CapturedStderr captured;
    log::start(log::Level::info);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([] {
            for (int i = 0; i < 100; ++i)
                log::info("shared");
        });
    for (auto& thread : threads)
        thread.join();
    log::stop();
    const std::string text = captured.read();
    captured.restore();
    BOOST_TEST(lines(text) == 400u);
    BOOST_TEST(text.find("}{") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_reader_that_reads_nothing_delays_nobody) {
    const std::uint64_t before = log::dropped();
    constexpr std::uint64_t calls = 20'000;
    CapturedStderr captured;
    log::start(log::Level::info);
    const auto began = std::chrono::steady_clock::now();
    for (std::uint64_t i = 0; i < calls; ++i)
        log::info("flood", {{"n", static_cast<std::int64_t>(i)}});
    const auto flood = std::chrono::steady_clock::now() - began;
    const std::uint64_t overrun = log::dropped() - before;
    const auto stopping = std::chrono::steady_clock::now();
    log::stop();
    const auto stop_took = std::chrono::steady_clock::now() - stopping;
    const std::string text = captured.read();
    captured.restore();
    BOOST_TEST((flood < Seconds(60)),
               "20000 calls took " << std::chrono::duration_cast<Millis>(flood).count() << " ms");
    BOOST_TEST((stop_took < Seconds(60)));
    BOOST_TEST(overrun > 0u);
    // Not `lines`: the log may have put in one of its own about the loss.
    BOOST_TEST(log::dropped() - before + events(text, "flood") == calls);
}

BOOST_AUTO_TEST_CASE(losses_are_reported_when_stderr_takes_lines_again) {
    CapturedStderr captured;
    log::start(log::Level::info);
    for (int i = 0; i < 20'000; ++i)
        log::info("flood");
    std::string text;
    const Deadline deadline = deadline_in(Seconds(20));
    while (text.find("log_lines_dropped") == std::string::npos && std::chrono::steady_clock::now() < deadline)
        text += captured.read();
    log::stop();
    captured.restore();
    BOOST_TEST(text.find("\"event\":\"log_lines_dropped\",\"lines\":") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_reader_that_went_away_kills_nobody) {
    const std::uint64_t before = log::dropped();
    CapturedStderr captured;
    captured.close_reader();
    log::start(log::Level::info);
    for (int i = 0; i < 10; ++i)
        log::info("unheard");
    log::stop();
    captured.restore();
    BOOST_TEST(log::dropped() - before == 10u);
}

BOOST_AUTO_TEST_SUITE_END()
