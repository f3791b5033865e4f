// SPDX-License-Identifier: Apache-2.0
// Goal: what has ended is known for a while, and then costs nothing any more; however many end, memory is bounded.
#include "gateway/sessions/ended_lately.h"

#include <boost/test/unit_test.hpp>
#include <cstring>

using namespace gatehouse;

namespace {

const Moment start{std::chrono::hours{5}};

SessionDigest id_of(std::size_t number) {
    SessionDigest id{};
    std::memcpy(id.data(), &number, sizeof number);
    return id;
}

} // namespace

BOOST_AUTO_TEST_SUITE(ended_lately)

BOOST_AUTO_TEST_CASE(an_end_is_known_for_a_while) {
    EndedLately ended;
    BOOST_TEST(!ended.contains(id_of(1), start));
    ended.note(id_of(1), start);
    ended.note(id_of(2), start + Millis{4000});
    ended.note(id_of(1), start + Millis{4000}); // nothing new
    BOOST_TEST(ended.contains(id_of(1), start + Millis{9999}));
    BOOST_TEST(!ended.contains(id_of(1), start + Millis{10'000}));
    BOOST_TEST(ended.contains(id_of(2), start + Millis{10'000}));
    BOOST_TEST(!ended.contains(id_of(3), start + Millis{10'000}));
    BOOST_TEST(!ended.contains(id_of(2), start + Millis{14'000}));
    BOOST_TEST(ended.size() == 0U);
    ended.note(id_of(1), start + Millis{20'000});
    BOOST_TEST(ended.contains(id_of(1), start + Millis{20'000}));
}

BOOST_AUTO_TEST_CASE(of_too_many_the_oldest_are_forgotten) {
    EndedLately ended;
    for (std::size_t i = 0; i < EndedLately::most + 10; ++i)
        ended.note(id_of(i), start);
    BOOST_TEST(ended.size() == EndedLately::most);
    BOOST_TEST(!ended.contains(id_of(9), start));
    BOOST_TEST(ended.contains(id_of(10), start));
    BOOST_TEST(ended.contains(id_of(EndedLately::most + 9), start));
}

BOOST_AUTO_TEST_SUITE_END()
