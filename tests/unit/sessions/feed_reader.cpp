// SPDX-License-Identifier: Apache-2.0
// Goal: a look that our own queue has refused says nothing about the authority: nobody is told of an outage, and the
// look is made up for.
#include "gateway/sessions/feed_reader.h"

#include "tests/memory/identity_store.h"
#include "tests/unit/await.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;

namespace {

struct Listener final : FeedReader::Audience {
    boost::asio::awaitable<void> changed(FeedPage) override { co_return; }
    void missed_changes() override {}
    boost::asio::awaitable<void> looked(Moment) override {
        ++looks;
        co_return;
    }
    void met(std::vector<std::string>) override {}
    void tried(Moment) override { ++tries; }
    void no_answer() override { ++outages; }

    int looks = 0;
    int tries = 0;
    int outages = 0;
};

struct Reading {
    Reading() { reader.start(); }

    template <class Condition> bool wait_for(Condition condition) {
        const auto patience = deadline_in(Millis{20'000});
        while (!condition() && std::chrono::steady_clock::now() < patience) {
            loop.restart();
            loop.run_one_for(Millis{20});
        }
        return condition();
    }

    boost::asio::io_context loop;
    MemoryIdentityStore store;
    Listener listener;
    FeedReader reader{loop.get_executor(), store, "node", listener};
};

} // namespace

BOOST_AUTO_TEST_SUITE(feed_reader)

BOOST_AUTO_TEST_CASE(an_overload_is_not_an_outage) {
    Reading world;
    world.store.set_failure(StoreError::overloaded);
    BOOST_TEST(world.wait_for([&] { return world.reader.stats().refused >= 3; }));
    BOOST_TEST(world.listener.outages == 0);
    BOOST_TEST(world.listener.looks == 0);
    BOOST_TEST(world.reader.stats().failures == 0U);
    world.store.set_failure(std::nullopt);
    BOOST_TEST(world.wait_for([&] { return world.listener.looks > 0; }));
    BOOST_TEST(world.listener.outages == 0);
}

BOOST_AUTO_TEST_CASE(an_outage_is_one) {
    for (const auto error : {StoreError::unavailable, StoreError::timed_out}) {
        Reading world;
        world.store.set_failure(error);
        BOOST_TEST(world.wait_for([&] { return world.listener.outages > 0; }));
        BOOST_TEST(world.reader.stats().failures > 0U);
        BOOST_TEST(world.reader.stats().refused == 0U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
