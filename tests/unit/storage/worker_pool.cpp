// SPDX-License-Identifier: Apache-2.0
// Goal: threads that hash give way to the loop, whatever priority the process was started with.
#include "storage/worker_pool.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <exception>
#include <optional>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace gatehouse;

namespace {

/// The nice value of a thread of a pool that gives way by so much.
std::optional<int> nice_of_worker(int by) {
    WorkerPool pool({.name = "test", .threads = 1, .queue = 1, .nice = by});
    boost::asio::io_context loop;
    std::optional<int> found;
    const auto look = [] { return Result<int>(getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()))); };
    boost::asio::co_spawn(loop, pool.run(look, deadline_in(Millis{10'000})),
                          [&found](const std::exception_ptr& error, Result<int> value) {
                              if (!error && value) found = *value;
                          });
    loop.run();
    return found;
}

} // namespace

BOOST_AUTO_TEST_SUITE(worker_pool)

BOOST_AUTO_TEST_CASE(a_thread_gives_way_from_where_the_process_is) {
    const int here = getpriority(PRIO_PROCESS, 0);
    BOOST_TEST((nice_of_worker(0) == here));
    BOOST_TEST((nice_of_worker(2) == std::min(here + 2, 19)));
    const pid_t child = fork();
    if (child == 0) { // which stays as nice as it becomes
        setpriority(PRIO_PROCESS, 0, here + 3);
        _exit(nice_of_worker(5) == std::min(here + 8, 19) ? 0 : 1);
    }
    int status = -1;
    BOOST_REQUIRE(waitpid(child, &status, 0) == child);
    BOOST_TEST(status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
