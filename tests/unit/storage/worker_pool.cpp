// SPDX-License-Identifier: Apache-2.0
// Goal: threads in the background hold up nobody, whatever priority the process was started with, and get on all the
// same; the others are as the process is. Jobs that decide have threads and places in the queue that those that serve
// cannot take, and go first, though not for ever; a full queue is told from threads that are stuck.
#include "storage/worker_pool.h"

#include "storage/background.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <sched.h>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

using namespace gatehouse;

namespace {

int nice_now() {
    return getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()));
}

/// What the job returns, run by a pool of one thread.
template <class Job> std::optional<int> on_a_worker(bool background, Job job, std::size_t times = 1) {
    WorkerPool pool({.name = "test", .threads = 1, .queue = 1, .background = background});
    std::optional<int> found;
    for (std::size_t i = 0; i < times; ++i) {
        boost::asio::io_context loop;
        boost::asio::co_spawn(loop, pool.run(job, deadline_in(Millis{20'000})),
                              [&found](const std::exception_ptr& error, const Result<int>& value) {
                                  found = !error && value ? std::optional(*value) : std::nullopt;
                              });
        loop.run();
    }
    return found;
}

Result<int> look_at_nice() {
    return nice_now();
}
Result<int> look_at_policy() {
    return sched_getscheduler(0);
}

/// As if something else were computing without a pause: this ends when it is called back, or is let down.
Result<int> starve() {
    const auto patience = deadline_in(Millis{10'000});
    while (sched_getscheduler(0) == SCHED_IDLE && std::chrono::steady_clock::now() < patience)
        sched_yield();
    return sched_getscheduler(0);
}

/// Does something in a child whose priority and limits are its own; what it returns, which is small.
template <class Work> int in_a_child(Work work) {
    const pid_t child = fork();
    if (child == 0) _exit(work());
    int status = -1;
    BOOST_REQUIRE(waitpid(child, &status, 0) == child);
    BOOST_REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/// Whether this machine lets us take back what we give: root may, unless it is a root of little power.
bool may_be_less_nice_again() {
    return in_a_child([] {
               const int here = getpriority(PRIO_PROCESS, 0);
               return setpriority(PRIO_PROCESS, 0, here + 1) == 0 && setpriority(PRIO_PROCESS, 0, here) == 0 ? 0 : 1;
           }) == 0;
}

/// As a service runs: nobody in particular, and no limit was raised.
int as_nobody(std::optional<int> (*work)()) {
    return in_a_child([work] {
        const rlimit none{0, 0};
        if (setrlimit(RLIMIT_NICE, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0)) return 255;
        return work().value_or(255);
    });
}

/// Jobs that wait until they are let go, and what became of each. Calls run on the loop, jobs on the pool's threads.
class Jobs {
  public:
    explicit Jobs(WorkerPoolOptions options) : pool_(std::move(options)) {}
    ~Jobs() {
        let_go();
        pool_.stop(Millis{20'000});
    }
    Jobs(const Jobs&) = delete;
    Jobs& operator=(const Jobs&) = delete;

    struct Call {
        std::optional<Result<int>> outcome;
        [[nodiscard]] bool refused() const { return outcome && outcome->has_error(); }
    };
    using CallPtr = std::shared_ptr<Call>;

    /// A job that waits, and is asked for from now on.
    CallPtr hold(JobKind kind, std::string name = {}) {
        return ask(kind, [this, name = std::move(name)]() -> Result<int> {
            std::unique_lock lock(mutex_);
            begun_.push_back(name);
            changed_.notify_all();
            changed_.wait(lock, [this] { return open_; });
            return 1;
        });
    }
    /// One that does not.
    CallPtr pass(JobKind kind) {
        return ask(kind, []() -> Result<int> { return 2; });
    }

    void let_go() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    /// Waits until so many have begun; how many really.
    std::size_t begun(std::size_t wanted) {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, Millis{20'000}, [&] { return begun_.size() >= wanted; });
        return begun_.size();
    }
    std::vector<std::string> order() {
        const std::lock_guard lock(mutex_);
        return begun_;
    }
    bool ends(const CallPtr& call) {
        const auto patience = deadline_in(Millis{20'000});
        while (!call->outcome && std::chrono::steady_clock::now() < patience) {
            loop_.restart();
            loop_.run_one_for(Millis{20});
        }
        return call->outcome.has_value();
    }
    [[nodiscard]] std::size_t waiting() const { return pool_.waiting(); }

  private:
    template <class Job> CallPtr ask(JobKind kind, Job job) {
        auto call = std::make_shared<Call>();
        boost::asio::co_spawn(loop_, pool_.run(std::move(job), deadline_in(Millis{60'000}), kind),
                              [call](const std::exception_ptr&, const Result<int>& value) { call->outcome = value; });
        loop_.restart();
        loop_.poll();
        return call;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> begun_; ///< names of those that wait, in order
    bool open_ = false;
    boost::asio::io_context loop_;
    WorkerPool pool_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(worker_pool)

BOOST_AUTO_TEST_CASE(jobs_that_serve_do_not_take_the_threads_of_those_that_decide) {
    Jobs jobs({.name = "test", .threads = 4, .queue = 8, .kept_threads = 1});
    for (int i = 0; i < 6; ++i)
        jobs.hold(JobKind::serves);
    BOOST_TEST(jobs.begun(3) == 3U);
    const auto check = jobs.pass(JobKind::decides);
    BOOST_TEST(jobs.ends(check));    // there was a thread for it
    BOOST_TEST(jobs.begun(3) == 3U); // and that one begins nothing that serves afterwards
    BOOST_TEST(jobs.waiting() == 3U);
    jobs.let_go();
    BOOST_TEST(jobs.begun(6) == 6U);
}

BOOST_AUTO_TEST_CASE(jobs_that_serve_do_not_take_the_places_of_those_that_decide) {
    Jobs jobs({.name = "test", .threads = 1, .queue = 4, .kept_queue = 1});
    jobs.hold(JobKind::decides);
    BOOST_TEST(jobs.begun(1) == 1U);
    std::vector<Jobs::CallPtr> serving;
    for (int i = 0; i < 4; ++i)
        serving.push_back(jobs.pass(JobKind::serves));
    for (int i = 0; i < 4; ++i)
        BOOST_TEST(serving.at(static_cast<std::size_t>(i))->refused() == (i == 3));
    const auto check = jobs.pass(JobKind::decides);
    BOOST_TEST(!check->refused());
    BOOST_TEST(jobs.pass(JobKind::decides)->refused()); // it is bounded for them, too
    BOOST_TEST(jobs.waiting() == 4U);
    jobs.let_go();
    BOOST_TEST(jobs.ends(check));
    BOOST_TEST(jobs.ends(serving.front()));
}

BOOST_AUTO_TEST_CASE(jobs_that_decide_go_first_and_leave_every_fourth_turn) {
    Jobs jobs({.name = "test", .threads = 1, .queue = 16});
    jobs.hold(JobKind::serves, "busy");
    BOOST_TEST(jobs.begun(1) == 1U);
    for (const char* name : {"s1", "s2"})
        jobs.hold(JobKind::serves, name);
    for (const char* name : {"d1", "d2", "d3", "d4", "d5"})
        jobs.hold(JobKind::decides, name);
    jobs.let_go();
    BOOST_TEST(jobs.begun(8) == 8U);
    const std::vector<std::string> wanted{"busy", "d1", "d2", "d3", "s1", "d4", "d5", "s2"};
    BOOST_TEST(jobs.order() == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_queue_before_threads_that_are_stuck_is_no_overload) {
    Jobs jobs({.name = "test", .threads = 1, .queue = 1});
    jobs.hold(JobKind::decides);
    BOOST_TEST(jobs.begun(1) == 1U);
    jobs.pass(JobKind::decides);
    const auto patience = deadline_in(Millis{20'000});
    std::optional<StoreError> last;
    while (last != StoreError::timed_out && std::chrono::steady_clock::now() < patience) {
        const auto call = jobs.pass(JobKind::decides);
        BOOST_REQUIRE(call->refused());
        const auto error = call->outcome->error();
        BOOST_REQUIRE((error == StoreError::overloaded || error == StoreError::timed_out));
        last = error == StoreError::timed_out ? StoreError::timed_out : StoreError::overloaded;
    }
    BOOST_TEST((last == StoreError::timed_out));
}

BOOST_AUTO_TEST_CASE(a_thread_in_the_background_is_nicer_than_the_process) {
    const int here = getpriority(PRIO_PROCESS, 0);
    BOOST_TEST((on_a_worker(false, look_at_nice) == here));
    BOOST_TEST((on_a_worker(true, look_at_nice) == std::min(here + background::nicer_by, 19)));
    BOOST_TEST(in_a_child([here] { // which stays as nice as it becomes
                   setpriority(PRIO_PROCESS, 0, here + 3);
                   return on_a_worker(true, look_at_nice) == std::min(here + 3 + background::nicer_by, 19) ? 0 : 1;
               }) == 0);
}

BOOST_AUTO_TEST_CASE(who_could_not_come_back_does_not_go) {
    BOOST_TEST(as_nobody([] { return on_a_worker(true, look_at_policy); }) == SCHED_OTHER);
}

BOOST_AUTO_TEST_CASE(who_may_come_back_takes_only_what_others_leave) {
    const int wanted = may_be_less_nice_again() ? SCHED_IDLE : SCHED_OTHER;
    BOOST_TEST((on_a_worker(true, look_at_policy) == wanted));
    BOOST_TEST((on_a_worker(true, look_at_policy, 3) == wanted)); // it has come back, and goes again
    BOOST_TEST((on_a_worker(false, look_at_policy) == SCHED_OTHER));
}

BOOST_AUTO_TEST_CASE(who_starves_there_is_called_back) {
    BOOST_TEST((on_a_worker(true, starve) == SCHED_OTHER));
}

BOOST_AUTO_TEST_CASE(who_gives_up_waiting_and_who_works_do_not_meet) {
    constexpr int calls = 400;
    boost::asio::io_context loop;
    WorkerPool pool({.name = "test", .threads = 4, .queue = calls / 2});
    int answered = 0;
    int refused = 0;
    for (int i = 0; i < calls; ++i) {
        const auto work = [text = std::to_string(i)]() -> Result<std::string> { return text + "!"; };
        boost::asio::co_spawn(loop, pool.run(work, std::chrono::steady_clock::now() + std::chrono::microseconds(5 * i)),
                              [&, i](const std::exception_ptr& error, const Result<std::string>& text) {
                                  if (error) return;
                                  if (!text)
                                      ++refused; // too late, or the queue was full
                                  else if (*text == std::to_string(i) + "!")
                                      ++answered;
                              });
    }
    loop.run();
    BOOST_TEST(answered + refused == calls);
    BOOST_TEST(pool.stop(Millis{20'000}));
    BOOST_TEST(pool.waiting() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
