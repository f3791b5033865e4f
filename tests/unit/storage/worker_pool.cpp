// SPDX-License-Identifier: Apache-2.0
// Goal: threads in the background hold up nobody, whatever priority the process was started with, and get on all the
// same; the others are as the process is.
#include "storage/worker_pool.h"

#include "storage/background.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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

} // namespace

BOOST_AUTO_TEST_SUITE(worker_pool)

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

BOOST_AUTO_TEST_SUITE_END()
