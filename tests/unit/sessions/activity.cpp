// SPDX-License-Identifier: Apache-2.0
// Goal: activity that waits for SQL does not grow without limit, and what has been noted already is still kept up to
// date.
#include "gateway/sessions/activity.h"

#include "tests/memory/identity_store.h"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(activity)

BOOST_AUTO_TEST_CASE(an_outage_is_noted_to_a_limit) {
    boost::asio::io_context loop;
    MemoryIdentityStore store;
    ActivityWriter writer(loop.get_executor(), store, Millis{3000});
    const auto key = [](std::size_t number) { return SessionKey{"web", "session " + std::to_string(number)}; };
    const Instant early{Millis{1'000'000}};
    const Instant late = early + Millis{60'000};
    for (std::size_t i = 0; i < ActivityWriter::most_notes; ++i)
        writer.note(key(i), early);
    writer.note(key(ActivityWriter::most_notes), early);
    BOOST_TEST(!writer.pending(key(ActivityWriter::most_notes)).has_value());
    BOOST_TEST((writer.pending(key(ActivityWriter::most_notes - 1)) == early));
    writer.note(key(0), late);
    BOOST_TEST((writer.pending(key(0)) == late));
    writer.note(key(0), early);
    BOOST_TEST((writer.pending(key(0)) == late));
}

BOOST_AUTO_TEST_SUITE_END()
