// SPDX-License-Identifier: Apache-2.0
// Goal: why the older system does not answer is told once, again while it lasts, and never for every request; and the
// watch ends with its owner.
#include "gateway/health/legacy_watch.h"

#include "tests/unit/server/rig.h"

#include <boost/asio/io_context.hpp>

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(legacy_watch)

BOOST_AUTO_TEST_CASE(each_reason_once_in_ten_minutes) {
    ToldLately told;
    const Deadline start{};
    BOOST_TEST(told.is_worth_telling("no rights", start));
    BOOST_TEST(!told.is_worth_telling("no rights", start + std::chrono::minutes(9)));
    BOOST_TEST(told.is_worth_telling("no table", start + std::chrono::minutes(9)));
    BOOST_TEST(told.is_worth_telling("no rights", start + std::chrono::minutes(10)));
    BOOST_TEST(!told.is_worth_telling("no table", start + std::chrono::minutes(10)));
}

BOOST_AUTO_TEST_CASE(many_reasons_do_not_fill_the_log) {
    ToldLately told;
    int lines = 0;
    for (int i = 0; i < 1000; ++i)
        lines += told.is_worth_telling("reason " + std::to_string(i), Deadline{}) ? 1 : 0;
    BOOST_TEST(lines == 8);
}

BOOST_AUTO_TEST_CASE(it_asks_until_its_owner_goes) {
    boost::asio::io_context loop;
    int asked = 0;
    {
        LegacyWatch watch([&] { return ++asked, std::string(); });
        watch.start(loop.get_executor());
        loop.poll();
        BOOST_TEST(asked == 1);
    }
    loop.run();
    BOOST_TEST(asked == 1);
}

BOOST_AUTO_TEST_SUITE_END()
