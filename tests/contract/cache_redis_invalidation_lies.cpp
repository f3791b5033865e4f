// SPDX-License-Identifier: Apache-2.0
// Goal: an invalidation link believes no server that says something else than Redis, or nothing at all; and it may end
// at any moment.
#include "invalidation_bench.h"
#include "lying_redis.h"

namespace gatehouse::testing::cache_redis_invalidation_lies {
namespace {

using Clock = std::chrono::steady_clock;
using Words = std::vector<std::string>;

const std::string subscribed = "*3\r\n$9\r\nsubscribe\r\n$20\r\n__redis__:invalidate\r\n:1\r\n";

std::string message(const std::string& payload) {
    return "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n" + payload;
}

/// What a good server answers.
std::string truth(const LyingRedis::Command& command) {
    if (command.front() == "SUBSCRIBE") return subscribed;
    return command[1] == "ID" ? ":7\r\n" : "+OK\r\n";
}

/// A link and a server that is good until it is told to be otherwise, on one loop.
struct Lies {
    LinkLoop loop;
    Ear ear;
    bool silent = false;
    std::string to_heartbeats = subscribed;
    int heartbeats = -1; ///< the first one arms
    LyingRedis server{loop.io, [this](const LyingRedis::Command& command) { return answer(command); }};
    RedisInvalidationLink link{loop.io.get_executor(), {.url = server.url()}};

    Lies() {
        link.start(ear);
        BOOST_REQUIRE(loop.until([this] { return link.armed(); }, Millis{2000}));
    }

    std::vector<std::string> answer(const LyingRedis::Command& command) {
        if (silent) return {};
        if (command.front() != "SUBSCRIBE") return {truth(command)};
        return {++heartbeats > 0 ? to_heartbeats : subscribed};
    }
    [[nodiscard]] bool proven() const { return link.proven(Clock::now()); }
    bool hears(std::string_view what, Millis limit = Millis{2000}) {
        return loop.until([this, what] { return ear.count(what) > 0; }, limit);
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(redis_invalidation)

BOOST_AUTO_TEST_CASE(a_connection_that_swallows_everything) {
    Lies lies;
    lies.silent = true;
    const auto start = Clock::now();
    lies.loop.until([&] { return Clock::now() - start > Millis{900}; }, Millis{1500});
    BOOST_TEST(!lies.proven());
    BOOST_TEST(lies.hears("lost"));
    BOOST_TEST((Clock::now() - start < Millis{1500}));
    BOOST_TEST(lies.link.trouble() == "a heartbeat was not answered in time");
    lies.silent = false;
    lies.heartbeats = -1;
    BOOST_TEST(lies.loop.until([&] { return lies.link.armed(); }, Millis{3000}), lies.link.trouble());
    BOOST_TEST(lies.proven());
}

BOOST_AUTO_TEST_CASE(changes_are_no_proof) {
    Lies lies;
    lies.silent = true;
    const auto start = Clock::now();
    while (Clock::now() - start < Millis{900}) {
        lies.server.blurt(message("*1\r\n$10\r\nidentity:x\r\n"));
        lies.loop.io.run_one_for(Millis{20});
    }
    BOOST_TEST(!lies.proven());
    BOOST_TEST(lies.ear.count("identity:x") > 3);
    BOOST_TEST(lies.hears("lost"));
}

BOOST_AUTO_TEST_CASE(wrong_answers_to_a_heartbeat) {
    for (const std::string lie : {"+PONG\r\n", "-BUSY Redis is busy\r\n", "$-1\r\n", ":1\r\n", "*0\r\n", "nonsense",
                                  "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:2\r\n"}) {
        BOOST_TEST_CONTEXT(lie) {
            Lies lies;
            lies.to_heartbeats = lie;
            BOOST_TEST(lies.hears("lost"));
            BOOST_TEST(lies.link.stats().heartbeats == 0U);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_nobody_asked_for) {
    const std::string large = "a message that is too large";
    const std::vector<std::pair<std::string, std::string>> rows = {
        {subscribed + subscribed, "an answer that makes no sense"},
        {"-NOPERM gone\r\n", "NOPERM gone"},
        {message("*2147483647\r\n"), "a heartbeat was not answered in time"}, // it is a part of that
        {message("*1\r\n$1000000\r\n") + std::string(66'000, 'x'), large},
        {"$70000\r\n" + std::string(66'000, 'x'), large},
        {std::string(66'000, '+'), large},
        {"\r\n", "Protocol error, got \"\\r\" as reply type byte"},
    };
    for (const auto& [lie, trouble] : rows) {
        BOOST_TEST_CONTEXT(trouble) {
            Lies lies;
            std::string seen;
            lies.ear.then = [&] { seen = lies.link.trouble(); };
            // What comes behind it is of a connection that is over.
            lies.server.blurt(message("*1\r\n$15\r\nidentity:before\r\n") + lie);
            lies.server.blurt(message("*1\r\n$14\r\nidentity:after\r\n"));
            BOOST_TEST(lies.hears("lost"));
            BOOST_TEST(seen == trouble);
            BOOST_TEST(lies.ear.count("identity:before") == 1);
            BOOST_TEST(lies.ear.count("identity:after") == 0);
        }
    }
}

BOOST_AUTO_TEST_CASE(messages_in_pieces) {
    Lies lies;
    lies.ear.heard.clear();
    const std::string bytes = message("*2\r\n$10\r\nidentity:x\r\n$5\r\nweb:y\r\n") + message("$-1\r\n");
    for (std::size_t at = 1; at < bytes.size(); ++at) {
        for (const auto& piece : {bytes.substr(0, at), bytes.substr(at)}) {
            lies.server.blurt(piece);
            lies.loop.io.restart();
            lies.loop.io.poll();
        }
        BOOST_TEST(std::exchange(lies.ear.heard, {}) == (Words{"identity:x", "all"}), boost::test_tools::per_element());
    }
    BOOST_TEST(lies.link.stats().losses == 0U);
}

BOOST_AUTO_TEST_CASE(it_may_be_destroyed_at_any_moment) {
    int armed = 0;
    int before = 0;
    for (const auto& url : {RedisServer::shared().url(), std::string("redis://localhost:1"), std::string("unix:/none")})
        for (int steps = 0; steps < 40; ++steps) {
            BOOST_TEST_CONTEXT(url << " after " << steps << " steps") {
                Ear ear;
                boost::asio::io_context io;
                auto link = std::make_unique<RedisInvalidationLink>(io.get_executor(), InvalidationOptions{.url = url});
                link->start(ear);
                for (int step = 0; step < steps; ++step)
                    io.run_one_for(Millis{1});
                ++(link->armed() ? armed : before);
                link.reset();
                const auto heard = ear.heard.size();
                io.restart();
                io.run_for(Millis{5000}); // returns at once, when nothing is left
                BOOST_TEST(io.stopped());
                BOOST_TEST(ear.heard.size() == heard);
            }
        }
    BOOST_TEST(armed > 5);
    BOOST_TEST(before > 50);
}

BOOST_AUTO_TEST_CASE(the_loop_may_end_first) {
    Ear ear;
    auto io = std::make_unique<boost::asio::io_context>();
    RedisInvalidationLink link(io->get_executor(), {.url = RedisServer::shared().url()});
    link.start(ear);
    while (!link.armed())
        io->run_one();
    link.stop();
    BOOST_TEST(!link.armed());
    io.reset();
    BOOST_TEST(ear.heard == Words{"armed"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_listener_may_destroy_it) {
    const auto two_keys = message("*2\r\n$10\r\nidentity:x\r\n$10\r\nidentity:y\r\n");
    for (const std::string when : {"armed", "identity:x", "all", "lost"}) {
        BOOST_TEST_CONTEXT(when) {
            LinkLoop loop;
            Ear ear;
            LyingRedis server(loop.io, [](const LyingRedis::Command& command) { return Words{truth(command)}; });
            auto link = std::make_unique<RedisInvalidationLink>(loop.io.get_executor(),
                                                                InvalidationOptions{.url = server.url()});
            ear.then = [&] {
                if (ear.heard.back() == when) link.reset();
            };
            link->start(ear);
            BOOST_TEST(loop.until([&] { return ear.count("armed") > 0; }, Millis{2000}));
            server.blurt(when == "identity:x" ? two_keys + message("$-1\r\n")
                                              : message("$-1\r\n") + two_keys + "+unasked\r\n");
            BOOST_TEST(loop.until([&] { return link == nullptr; }, Millis{2000}));
            loop.io.poll();
            BOOST_TEST(ear.heard.back() == when);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::cache_redis_invalidation_lies
