// SPDX-License-Identifier: Apache-2.0
// A client that keeps to its timetable. With --rate it asks at fixed times, whether or not earlier answers have come,
// and a latency is counted from the time at which the request was due: a server that stalls makes all requests late
// that were due meanwhile, not only the one under way. Without --rate every connection asks again as soon as it is
// answered.
//
// Every request carries one line of a file: its cookies, or with --post its JSON body. One thread, one epoll loop,
// HTTP/1.1 on kept connections. Says what it has seen as one line of JSON.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <map>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <random>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

constexpr auto patience = std::chrono::seconds(20); // after the last request was due
// What comes within a tick is due at its beginning. A timer for each request would cost this machine more than the
// request.
constexpr nanoseconds tick = std::chrono::microseconds(250);
constexpr std::uint64_t clock_number = UINT64_MAX; // where others have the number of a connection

struct Options {
    std::uint16_t port = 0;
    std::string path = "/";
    std::string lines;
    bool post = false;
    unsigned connections = 32;
    double rate = 0;    // requests per second; 0: as fast as the connections are answered
    double seconds = 0; // 0: until every line has been sent `passes` times
    unsigned passes = 1;
};

Options read_options(int argc, char** argv) {
    CLI::App app("asks at fixed times, or as fast as it is answered");
    Options options;
    app.add_option("--port", options.port, "of 127.0.0.1")->required();
    app.add_option("--path", options.path);
    app.add_option("--lines", options.lines, "a file, one request in a line")->required()->check(CLI::ExistingFile);
    app.add_flag("--post", options.post, "the lines are JSON to post, not cookies");
    app.add_option("--connections", options.connections)->check(CLI::Range(1, 4096));
    auto* const seconds = app.add_option("--seconds", options.seconds);
    app.add_option("--rate", options.rate, "requests per second, of lines taken at random")->needs(seconds);
    app.add_option("--passes", options.passes, "over all lines, in order")->excludes(seconds);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        std::exit(app.exit(error));
    }
    return options;
}

/// The text of each request.
class Requests {
  public:
    explicit Requests(const Options& options) : options_(options) {
        std::ifstream file(options.lines);
        for (std::string line; std::getline(file, line);)
            lines_.push_back(line);
        const auto origin = "127.0.0.1:" + std::to_string(options.port);
        head_ = (options.post ? "POST " : "GET ") + options.path + " HTTP/1.1\r\nHost: " + origin +
                "\r\nAccept: application/json\r\n";
        if (options.post)
            head_ += "Content-Type: application/json\r\nOrigin: http://" + origin + "\r\nContent-Length: ";
    }

    [[nodiscard]] std::size_t lines() const { return lines_.size(); }

    std::string make() {
        const auto& line = lines_[options_.rate > 0 ? random_() % lines_.size() : next_++ % lines_.size()];
        if (options_.post) return head_ + std::to_string(line.size()) + "\r\n\r\n" + line;
        return head_ + "Cookie: " + line + "\r\n\r\n";
    }

  private:
    const Options& options_;
    std::vector<std::string> lines_;
    std::string head_;
    std::size_t next_ = 0;
    std::minstd_rand random_;
};

/// Which requests are due when.
class Timetable {
  public:
    Timetable(const Options& options, std::size_t lines)
        : rate_(options.rate),
          seconds_(options.seconds),
          total_(options.rate > 0      ? static_cast<std::uint64_t>(options.rate * options.seconds)
                 : options.seconds > 0 ? UINT64_MAX
                                       : lines * options.passes) {}

    void begin() {
        start_ = Clock::now();
        if (seconds_ > 0) end_ = start_ + in(seconds_);
    }
    [[nodiscard]] Clock::time_point start() const { return start_; }
    [[nodiscard]] std::uint64_t given() const { return given_; }
    [[nodiscard]] bool over(Clock::time_point now) const { return given_ >= total_ || (rate_ <= 0 && now >= end_); }
    [[nodiscard]] bool given_up(Clock::time_point now) const { return end_ < now - patience; }
    [[nodiscard]] Clock::time_point next(Clock::time_point now) const {
        if (rate_ <= 0) return now;
        const auto exactly = in(static_cast<double>(given_) / rate_);
        return start_ + exactly - exactly % tick;
    }
    void give() { ++given_; }

  private:
    static nanoseconds in(double seconds) { return nanoseconds(static_cast<std::int64_t>(seconds * 1e9)); }

    double rate_;
    double seconds_;
    std::uint64_t total_;
    std::uint64_t given_ = 0;
    Clock::time_point start_;
    Clock::time_point end_ = Clock::time_point::max();
};

struct Connection {
    int fd = -1;
    bool busy = false;
    Clock::time_point due;
    std::string input;
};

/// The value of a header of an answer; empty if there is none.
std::string_view header(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
        const auto line = head.substr(at + 2);
        if (line.size() > name.size() && line[name.size()] == ':' &&
            strncasecmp(line.data(), name.data(), name.size()) == 0) {
            const auto value = line.substr(name.size() + 2);
            return value.substr(0, value.find("\r\n"));
        }
    }
    return {};
}

/// The status of the answer if all of it has come, else 0. Nothing follows it: we ask one thing at a time.
int complete_answer(std::string_view input) {
    const auto end = input.find("\r\n\r\n");
    if (end == std::string_view::npos || input.size() < 12) return 0;
    int status = 0;
    std::from_chars(input.data() + 9, input.data() + 12, status);
    const auto head = input.substr(0, end + 2);
    const auto body = input.substr(end + 4);
    if (!header(head, "Transfer-Encoding").empty()) return body.ends_with("0\r\n\r\n") ? status : 0;
    std::size_t length = 0;
    const auto stated = header(head, "Content-Length");
    std::from_chars(stated.data(), stated.data() + stated.size(), length);
    return body.size() >= length ? status : 0;
}

class Client {
  public:
    explicit Client(const Options& options)
        : options_(options),
          requests_(options),
          timetable_(options, requests_.lines()),
          connections_(options.connections) {
        if (requests_.lines() == 0) throw std::runtime_error("no lines");
        for (std::size_t i = 0; i < connections_.size(); ++i)
            open(i);
    }

    void run() {
        timetable_.begin();
        if (options_.rate > 0) start_clock(timetable_.start().time_since_epoch());
        for (;;) {
            const auto now = Clock::now();
            send_due(now);
            if ((timetable_.over(now) && idle_.size() == connections_.size()) || timetable_.given_up(now)) return;
            wait();
        }
    }

    void report() {
        const std::chrono::duration<double> took = last_ - timetable_.start();
        std::sort(latencies_.begin(), latencies_.end());
        std::printf(R"({"sent": %llu, "good": %zu, "seconds": %.3f, "p50": %.3f, "p99": %.3f, "p999": %.3f, )"
                    R"("max": %.3f, "bad": {)",
                    static_cast<unsigned long long>(timetable_.given()), latencies_.size(), took.count(), quantile(0.5),
                    quantile(0.99), quantile(0.999), quantile(1));
        const char* comma = "";
        for (const auto& [status, count] : bad_) {
            std::printf(R"(%s"%d": %llu)", comma, status, static_cast<unsigned long long>(count));
            comma = ", ";
        }
        std::puts("}}");
    }

  private:
    void open(std::size_t number) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(options_.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto& connection = connections_[number];
        connection = {};
        connection.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(connection.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
        const int on = 1;
        setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(connection.fd, number);
        idle_.push_back(number);
    }

    void send_due(Clock::time_point now) {
        while (!idle_.empty() && !timetable_.over(now) && timetable_.next(now) <= now) {
            auto& connection = connections_[idle_.front()];
            idle_.pop_front();
            connection.busy = true;
            connection.due = timetable_.next(now);
            timetable_.give();
            const auto text = requests_.make(); // small, and the connection is idle: it fits its buffer
            if (send(connection.fd, text.data(), text.size(), MSG_NOSIGNAL) < 0) shutdown(connection.fd, SHUT_RDWR);
        }
    }

    /// It ticks when requests are due: both count from `start`.
    void start_clock(nanoseconds start) {
        clock_ = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
        const timespec first{start.count() / 1'000'000'000, start.count() % 1'000'000'000};
        const itimerspec times{{0, tick.count()}, first};
        timerfd_settime(clock_, TFD_TIMER_ABSTIME, &times, nullptr);
        watch(clock_, clock_number);
    }

    void watch(int fd, std::uint64_t number) const {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.u64 = number;
        epoll_ctl(loop_, EPOLL_CTL_ADD, fd, &event);
    }

    void wait() {
        std::array<epoll_event, 64> events;
        const int count = epoll_wait(loop_, events.data(), static_cast<int>(events.size()), 100);
        for (int i = 0; i < count; ++i) {
            const auto number = events[static_cast<std::size_t>(i)].data.u64;
            if (number == clock_number)
                take_ticks();
            else
                receive(number);
        }
    }

    /// How many have passed does not matter: we look at the time itself.
    void take_ticks() const {
        std::uint64_t ticks = 0;
        if (read(clock_, &ticks, sizeof ticks) < 0)
            throw std::runtime_error(std::string("timer: ") + std::strerror(errno));
    }

    void receive(std::size_t number) {
        auto& connection = connections_[number];
        std::array<char, 16384> block;
        const auto count = recv(connection.fd, block.data(), block.size(), 0);
        if (count <= 0) return lost(number);
        connection.input.append(block.data(), static_cast<std::size_t>(count));
        const int status = complete_answer(connection.input);
        if (status == 0 || !connection.busy) return;
        last_ = Clock::now();
        if (status / 100 == 2)
            latencies_.push_back(last_ - connection.due);
        else
            ++bad_[status];
        connection.busy = false;
        idle_.push_back(number);
        if (header(connection.input, "Connection") == "close") return lost(number);
        connection.input.clear();
    }

    void lost(std::size_t number) {
        if (connections_[number].busy)
            ++bad_[0];
        else
            std::erase(idle_, number);
        close(connections_[number].fd);
        open(number);
    }

    [[nodiscard]] double quantile(double part) const { // milliseconds
        if (latencies_.empty()) return 0;
        const auto at = static_cast<std::size_t>(part * static_cast<double>(latencies_.size() - 1));
        return std::chrono::duration<double, std::milli>(latencies_[at]).count();
    }

    const Options& options_;
    Requests requests_;
    Timetable timetable_;
    int loop_ = epoll_create1(EPOLL_CLOEXEC);
    int clock_ = -1;
    std::vector<Connection> connections_;
    std::deque<std::size_t> idle_;
    std::vector<nanoseconds> latencies_;
    std::map<int, std::uint64_t> bad_; ///< by status; 0: the connection was lost
    Clock::time_point last_;           ///< when the last answer came
};

} // namespace

int main(int argc, char** argv) {
    const Options options = read_options(argc, argv);
    try {
        Client client(options);
        client.run();
        client.report();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
