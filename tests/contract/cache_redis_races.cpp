// SPDX-License-Identifier: Apache-2.0
// Goal: whatever several gateways do to one session at the same time, each over its own connection: as soon as one of
// them has been told that it is over, none finds it alive again, and nothing that is late makes it so.
#include "cache_suite.h"

#include "storage/keys.h"

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <random>

namespace gatehouse::testing::cache_redis_races {
namespace {

using boost::asio::awaitable;

constexpr int rounds = 1600;
constexpr int writers = 64; ///< of each round
constexpr Seconds life{60};

struct Gateway {
    explicit Gateway(LinkLoop& loop) : link(loop.io.get_executor(), {.url = RedisServer::shared().url()}), cache(link) {
        link.start();
    }
    RedisLink link;
    RedisSessionCache cache;
};

struct Crowd {
    LinkLoop loop;
    std::array<Gateway, 4> gateways{Gateway(loop), Gateway(loop), Gateway(loop), Gateway(loop)};
    std::mt19937 random{20261121}; // NOLINT(cert-msc51-cpp): the same every time
    bool over = false;             ///< one of them was told so
    int alive_again = 0;
    int seen_alive = 0;
    int seen_over = 0;
    int failed = 0;

    int any(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random); }

    awaitable<Result<void>> look(Gateway& gateway, const Session& session) {
        const bool was_over = over;
        const auto found = co_await gateway.cache.find(session.key, CacheBench::now(), CacheBench::soon());
        if (!found) co_return found.error();
        if (was_over && is_live(*found)) ++alive_again;
        ++(is_live(*found) ? seen_alive : seen_over);
        co_return Result<void>{};
    }
    awaitable<Result<void>> end(Gateway& gateway, const Session& session) {
        const std::vector<EndedSession> all{ended(session)};
        const auto done = co_await gateway.cache.tombstone(all, CacheBench::now(), CacheBench::soon());
        over = over || done.has_value();
        co_return done;
    }
    /// After a while, as one of the gateways.
    awaitable<Result<void>> act(const Session& session, int what) {
        for (int turns = any(40); turns > 0; --turns)
            co_await boost::asio::post(loop.io, boost::asio::use_awaitable);
        auto& gateway = gateways.at(static_cast<std::size_t>(any(4)));
        auto used = session;
        used.last_activity += Millis{any(1000)};
        Result<void> done{};
        if (what == 0)
            done = co_await end(gateway, session);
        else if (what % 3 == 0)
            done = co_await gateway.cache.populate(used, life, CacheBench::soon());
        else if (what % 3 == 1)
            done = co_await gateway.cache.extend(used, life, CacheBench::soon());
        else
            done = co_await look(gateway, session);
        if (!done) ++failed;
        co_return done;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(redis_races)

BOOST_AUTO_TEST_CASE(whoever_comes_late_revives_nothing) {
    RedisConsole console(RedisServer::shared().socket());
    console({"FLUSHALL"});
    Crowd crowd;
    for (auto& gateway : crowd.gateways)
        BOOST_REQUIRE(crowd.loop.until([&] { return gateway.link.up(); }, Millis{5000}));
    int tombstones = 0;
    for (int round = 1; round <= rounds; ++round) {
        const auto session = cached_session(round);
        crowd.over = false;
        std::vector<awaitable<Result<void>>> all;
        for (int i = 0; i < writers; ++i)
            all.push_back(crowd.act(session, i));
        crowd.loop.wait_all(std::move(all));
        for (auto& gateway : crowd.gateways) {
            const auto found = crowd.loop.wait(gateway.cache.find(session.key, CacheBench::now(), CacheBench::soon()));
            tombstones += found && is_tombstone(*found) ? 1 : 0;
        }
        if (round % 50 == 0) BOOST_TEST(console({"PTTL", keys::session(session.key)}).integer > 0);
    }
    BOOST_TEST(crowd.failed == 0);
    BOOST_TEST(crowd.alive_again == 0);
    BOOST_TEST(crowd.seen_alive > rounds); // the end comes in the middle of it all
    BOOST_TEST(crowd.seen_over > rounds);
    BOOST_TEST(tombstones == rounds * 4);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::cache_redis_races
