// SPDX-License-Identifier: Apache-2.0
// Goal: whoever waits for a long command is told how long.
#include "gateway/cli/progress.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse::cli;

BOOST_AUTO_TEST_SUITE(progress)

BOOST_AUTO_TEST_CASE(lines) {
    using std::chrono::seconds;
    BOOST_TEST(progress_line("keys", 1000, 4000, seconds{2}) == "keys: 25 % (1000 of 4000), 500/s, 6 s left");
    BOOST_TEST(progress_line("keys", 0, 4000, seconds{2}) == "keys: 0, 0/s");
    BOOST_TEST(progress_line("keys", 10, 0, seconds{2}) == "keys: 10, 5/s");
    BOOST_TEST(progress_line("keys", 5000, 4000, seconds{2}) == "keys: 5000, 2500/s"); // more have come
    BOOST_TEST(progress_line("keys", 10, 20, seconds{0}) == "keys: 10, 0/s");
}

BOOST_AUTO_TEST_SUITE_END()
