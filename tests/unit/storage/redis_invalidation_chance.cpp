// SPDX-License-Identifier: Apache-2.0
// Goal: whatever a server says, whenever, and however time goes, what the listener is told makes sense, and no proof is
// older than it may be.
#include "storage/redis/invalidation_state.h"

#include <boost/test/unit_test.hpp>
#include <random>

using namespace gatehouse;

namespace {

using Type = RedisReply::Type;
using Event = InvalidationStep::Event;

RedisReply text(const std::string& value) {
    return {Type::string, 0, value, {}};
}

RedisReply push(const std::string& kind, RedisReply what) {
    return {Type::array, 0, {}, {text(kind), text("__redis__:invalidate"), std::move(what)}};
}

/// In the order of a welcome, then what else may come.
std::vector<RedisReply> vocabulary() {
    return {text("#\r\nrun_id:" + std::string(40, 'b') + "\r\n"),
            {Type::array, 0, {}, {text("master")}},
            {Type::status, 0, "PONG", {}},
            {Type::integer, 7, {}, {}},
            {Type::status, 0, "OK", {}},
            push("subscribe", {Type::integer, 1, {}, {}}),
            push("message", {}),
            push("message", {Type::array, 0, {}, {text("identity:x")}}),
            {Type::error, 0, "ERR no", {}},
            {}};
}

/// A state, what its listener knows, and when the heartbeats were sent: all that the promise is about.
struct World {
    explicit World(unsigned seed) : random(seed) {}

    std::minstd_rand random;
    const std::vector<RedisReply> words = vocabulary();
    InvalidationState state{RedisAddress{}};
    Moment now{std::chrono::hours{1}};
    Moment last_beat;         ///< the last heartbeat that was sent
    std::size_t expected = 0; ///< the word that a good server says next
    bool listener_armed = false;
    int arms = 0;

    std::size_t roll(std::size_t sides) { return std::uniform_int_distribution<std::size_t>(0, sides - 1)(random); }

    void apply(const InvalidationStep& step) {
        BOOST_REQUIRE((step.commands.empty() || (step.event == Event::none && !step.over)));
        BOOST_REQUIRE(step.keys.empty() == (step.event != Event::changed));
        BOOST_REQUIRE((listener_armed || step.event == Event::none || step.event == Event::armed));
        BOOST_REQUIRE((!listener_armed || step.event != Event::armed));
        BOOST_REQUIRE((!step.over || state.idle()));
        if (!step.commands.empty() && step.commands.back().front() == "SUBSCRIBE") last_beat = now;
        if (step.event == Event::armed) listener_armed = true;
        if (step.event == Event::lost) listener_armed = false;
        arms += step.event == Event::armed ? 1 : 0;
        BOOST_REQUIRE(state.armed() == listener_armed);
        BOOST_REQUIRE(state.run_id().empty() != listener_armed);
        BOOST_REQUIRE(state.trouble().empty() == listener_armed);
    }

    void turn() {
        if (state.idle()) {
            state.begin(now);
            apply(state.connected());
            expected = 0;
        }
        const auto what = roll(100);
        if (what < 80 && expected < 5) {
            apply(state.received(now, words[expected++]));
        } else if (what < 40) {
            apply(state.received(now, words[5])); // the first time it arms, later it answers a heartbeat or nothing
        } else if (what < 70) {
            now += std::chrono::milliseconds(roll(400));
            apply(state.look(now));
        } else if (what < 90) {
            apply(state.received(now, words[6 + roll(2)]));
        } else if (what < 95) {
            apply(state.received(now, words[roll(words.size())]));
        } else if (what < 98) {
            now += std::chrono::milliseconds(roll(3000)); // nobody looks: the machine was suspended
        } else {
            apply(state.broken("closed"));
        }
        // What is proven was sent no longer ago than that, and there is always a next look until it is over.
        BOOST_REQUIRE((!state.proven(now) || (listener_armed && now - last_beat <= Millis{900})));
        BOOST_REQUIRE(state.next_look().has_value() != state.idle());
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(redis_invalidation)

BOOST_AUTO_TEST_CASE(whatever_a_server_says_whenever) {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        BOOST_TEST_CONTEXT("seed " << seed) {
            World world(seed);
            for (int turn = 0; turn < 5000; ++turn)
                world.turn();
            BOOST_TEST(world.arms > 50); // or the world says nothing of what happens then
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
