// SPDX-License-Identifier: Apache-2.0
// What a Redis says to an invalidation link, and a link's state with a clock that only the test moves.
#pragma once

#include "storage/redis/invalidation_state.h"

#include <boost/test/unit_test.hpp>
#include <utility>

namespace gatehouse::talk {

using Type = RedisReply::Type;
using Event = InvalidationStep::Event;
using Commands = std::vector<std::vector<std::string>>;
using std::chrono::minutes;
using std::chrono::nanoseconds;

inline const std::string run_id(40, 'a');
inline const std::string channel = "__redis__:invalidate";

inline RedisReply text(const std::string& value) {
    return {Type::string, 0, value, {}};
}
inline RedisReply status(const std::string& value) {
    return {Type::status, 0, value, {}};
}
inline RedisReply error(const std::string& value) {
    return {Type::error, 0, value, {}};
}
inline RedisReply number(std::int64_t value) {
    return {Type::integer, value, {}, {}};
}
inline RedisReply list(std::vector<RedisReply> elements) {
    return {Type::array, 0, {}, std::move(elements)};
}
inline RedisReply info() {
    return text("# Server\r\nredis_version:7.0.15\r\nrun_id:" + run_id + "\r\n");
}
inline RedisReply role(const std::string& name) {
    return list({text(name), number(0), list({})});
}
inline RedisReply subscribed() {
    return list({text("subscribe"), text(channel), number(1)});
}
inline RedisReply message(RedisReply what) {
    return list({text("message"), text(channel), std::move(what)});
}

/// What a good server answers until we are armed, without a login.
inline std::vector<RedisReply> welcome() {
    return {info(), role("master"), status("PONG"), number(7), status("OK"), subscribed()};
}

/// A state, and a clock that only the test moves.
struct Talk {
    explicit Talk(RedisAddress address = {}) : state(std::move(address)) {}

    InvalidationState state;
    Moment now{minutes{5}};

    InvalidationStep hear(RedisReply reply) { return state.received(now, std::move(reply)); }
    InvalidationStep look_after(nanoseconds span) {
        now += span;
        return state.look(now);
    }
    void connect() {
        state.begin(now);
        state.connected();
    }
    Talk& arm() {
        connect();
        for (auto& reply : welcome())
            hear(std::move(reply));
        BOOST_REQUIRE(state.armed());
        return *this;
    }
    [[nodiscard]] bool proven_in(nanoseconds span) const { return state.proven(now + span); }
};

/// The connection has ended, `event` tells whether the listener hears of it, and nothing more comes of it.
inline void check_over(Talk& talk, const InvalidationStep& step, Event event) {
    BOOST_TEST(step.over);
    BOOST_TEST((step.event == event));
    BOOST_TEST(step.commands.empty());
    BOOST_TEST(talk.state.idle());
    BOOST_TEST(!talk.proven_in(nanoseconds{0}));
    BOOST_TEST(talk.state.run_id() == "");
    BOOST_TEST(talk.state.trouble() != "");
    BOOST_TEST(!talk.state.next_look().has_value());
    const auto trouble = talk.state.trouble();
    for (const auto& late : {subscribed(), message({}), message(list({text("identity:x")})), error("ERR late")}) {
        const auto after = talk.hear(late);
        BOOST_TEST(after.over);
        BOOST_TEST((after.event == Event::none));
    }
    BOOST_TEST((talk.state.broken("again").event == Event::none));
    BOOST_TEST((talk.look_after(minutes{1}).event == Event::none));
    BOOST_TEST(talk.state.trouble() == trouble);
    BOOST_TEST(talk.state.stats().losses == (event == Event::lost ? 1U : 0U));
    BOOST_TEST(talk.state.stats().failures == (event == Event::lost ? 0U : 1U));
}

} // namespace gatehouse::talk
