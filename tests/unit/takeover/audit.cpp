// SPDX-License-Identifier: Apache-2.0
// Goal: how the older system's sessions and ours stand to each other is counted right, also while people come and go.
#include "gateway/takeover/audit.h"

#include "tests/unit/takeover/world.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <functional>
#include <utility>

namespace gatehouse {
namespace {

using std::chrono::hours;

std::string token(int number) {
    return "an-old-token-of-somebody-" + std::to_string(number);
}

TakeoverAudit surveyed(OldWorld& world, std::size_t part = 500, const std::function<void()>& meanwhile = {}) {
    TakeoverAuditOptions options;
    options.context = "web";
    options.part = part;
    if (meanwhile) options.progress = [&](std::uint64_t, std::uint64_t) { meanwhile(); };
    return world.run(audit(world.legacy, world.store, std::move(options))).value();
}

bool no_unmoved(OldWorld& world) {
    TakeoverAuditOptions options;
    options.context = "web";
    options.until_unmoved = true;
    return world.run(audit(world.legacy, world.store, std::move(options))).value().unmoved == 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sessions_survey)

BOOST_AUTO_TEST_CASE(what_a_new_password_has_ended_is_over_and_not_missing) {
    for (const auto* system : {"redis", "sessions"}) {
        OldWorld world(Strategy::gradual, system);
        const bool redis = std::string_view(system) == "redis";
        const auto begin = [&](int number, Instant at) {
            if (redis) return world.legacy.put_key(token(number), {OldWorld::bob, at + hours{24}});
            world.old_login(token(number), at);
        };
        begin(1, now - hours{1});
        expect(world.old_check(token(1)), Verdict::valid, Reason::live);
        begin(2, now - hours{1}); // never used here
        BOOST_TEST(surveyed(world).unmoved == 1);
        BOOST_TEST(!no_unmoved(world));
        world.run(world.store.set_password(OldWorld::bob, "$argon2id$new", {}, {}, now, World::soon()));
        const auto after = surveyed(world);
        BOOST_TEST(after.unmoved == 0);
        BOOST_TEST(after.ended == 2);
        BOOST_TEST(no_unmoved(world));
        if (redis) continue; // it does not say when a session began
        begin(3, now + hours{1});
        BOOST_TEST(surveyed(world).unmoved == 1);
    }
}

BOOST_AUTO_TEST_CASE(sessions_of_somebody_who_is_disabled_are_not_missing) {
    OldWorld world;
    world.old_login(token(1));
    world.old_check(token(1));
    world.run(world.store.set_disabled(OldWorld::bob, true, now, World::soon()));
    world.old_login(token(2), now + hours{1});
    BOOST_TEST(surveyed(world).unmoved == 0);
    BOOST_TEST(surveyed(world).ended == 2);
}

BOOST_AUTO_TEST_CASE(what_is_taken_over_or_begins_meanwhile_is_not_ours_alone) {
    OldWorld world;
    const auto began = wall_now();
    for (int i = 1; i <= 3; ++i)
        world.old_login(token(i), began);
    expect(world.old_check(token(2), began), Verdict::valid, Reason::live);
    bool once = false;
    const auto seen = surveyed(world, 1, [&] {
        if (std::exchange(once, true)) return;
        boost::asio::co_spawn(
            world.loop,
            [&]() -> boost::asio::awaitable<void> {
                (void)co_await world.takeover.check(world.visit(token(1), wall_now()));
            },
            boost::asio::detached);
    });
    BOOST_TEST(seen.live == 3);
    BOOST_TEST(seen.here == 2);
    BOOST_TEST(seen.here_only == 0);
    BOOST_TEST(seen.unmoved == 1);
    const auto after = surveyed(world);
    BOOST_TEST(after.taken_over == 2);
    BOOST_TEST(after.unmoved == 1);
    BOOST_TEST(after.here_only == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse
