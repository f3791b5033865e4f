// SPDX-License-Identifier: Apache-2.0
// Goal: a real Redis tells every change of our keys, whoever makes it and however; and whatever happens to the server
// or to the connection, the link stops being proven in time, says so, and comes back.
#include "invalidation_bench.h"

namespace gatehouse::testing::cache_redis_invalidation {
namespace {

using Clock = std::chrono::steady_clock;
using Words = std::vector<std::string>;

/// The id of the only connection that listens.
std::string listener_id(RedisConsole& console) {
    const auto clients = console({"CLIENT", "LIST", "TYPE", "pubsub"}).text;
    return clients.substr(3, clients.find(' ') - 3); // id=N addr=…
}

} // namespace

BOOST_AUTO_TEST_SUITE(redis_invalidation)

BOOST_AUTO_TEST_CASE(every_change_is_told) {
    struct Row {
        std::vector<Words> commands;
        Words told;
    };
    const std::string a = "identity:session:web:a";
    const std::string b = "identity:user:web:b";
    const std::string script = "redis.call('SET', KEYS[1], 'x') redis.call('EXPIRE', KEYS[1], 60)";
    const std::vector<Row> rows = {
        {{{"SET", a, "x"}}, {a}},
        {{{"SET", a, "x"}}, {a}}, // the same value again
        {{{"SET", a, "x", "NX"}}, {}},
        {{{"EXPIRE", a, "60"}}, {a}},
        {{{"PERSIST", a}}, {a}},
        {{{"GET", a}, {"EXISTS", a}, {"TTL", a}}, {}},
        {{{"RENAME", a, b}}, {a, b}},
        {{{"COPY", b, a}}, {a}},
        {{{"DEL", a}}, {a}},
        {{{"DEL", a}}, {}},
        {{{"UNLINK", b}}, {b}},
        {{{"HSET", b, "f", "v"}}, {b}},
        {{{"EVAL", script, "1", a}}, {a}},
        {{{"MULTI"}, {"SET", a, "y"}, {"SET", b, "y"}, {"EXEC"}}, {a, b}},
        {{{"MULTI"}, {"SET", a, "z"}, {"DISCARD"}}, {}},
        {{{"SET", "web:x", "y"}, {"SET", "identit", "y"}, {"SET", "Identity:x", "y"}}, {}},
        {{{"MSET", "web:x", "z", a, "z"}}, {a}},
        {{{"SELECT", "5"}, {"SET", a, "x"}, {"SELECT", "0"}}, {a}}, // no harm
        {{{"SET", "identity:\r\n \xff", "x"}}, {"identity:\r\n \xff"}},
        {{{"FLUSHDB"}}, {"all"}},
        {{{"FLUSHALL"}}, {"all"}},
        {{{"DEBUG", "RELOAD"}}, {"all"}},
        {{{"PUBLISH", "__redis__:invalidate", a}}, {"all"}},                            // whatever that means
        {{{"SET", a, "x", "PX", "1"}, {"DEBUG", "SLEEP", "0.01"}, {"GET", a}}, {a, a}}, // expired
    };
    RedisServer server({"--enable-debug-command", "yes"});
    RedisConsole console(server.socket());
    const auto port = open_tcp(console);
    for (const auto& url :
         {server.url(), "redis://127.0.0.1:" + port, "redis://localhost:" + port + "/3", "redis://[::1]:" + port}) {
        InvalidationBench bench(url);
        BOOST_REQUIRE_MESSAGE(bench.comes_up(), bench.link.trouble());
        BOOST_TEST(bench.link.run_id().size() == 40U);
        BOOST_TEST(bench.proven());
        BOOST_TEST(bench.news() == Words{"armed"}, boost::test_tools::per_element());
        for (const auto& row : rows) {
            BOOST_TEST_CONTEXT(url << " " << row.commands.front().front()) {
                for (const auto& command : row.commands)
                    console(command);
                // The next answer to the writer comes after the news: nothing has to be waited for.
                console({"PING"});
                bench.loop.io.poll();
                auto told = bench.news();
                std::sort(told.begin(), told.end());
                BOOST_TEST(told == row.told, boost::test_tools::per_element());
            }
        }
        console({"FLUSHALL"});
    }
}

BOOST_AUTO_TEST_CASE(expiry_and_eviction_are_told) {
    RedisServer server({"--maxmemory-policy", "allkeys-random"});
    RedisConsole console(server.socket());
    InvalidationBench bench(server.url());
    BOOST_REQUIRE(bench.comes_up());
    console({"SET", "identity:brief", "x", "PX", "30"});
    BOOST_TEST(bench.loop.until([&] { return bench.ear.count("identity:brief") == 2; }, Millis{5000})); // nobody asks
    console({"SET", "identity:evicted", "x"});
    BOOST_TEST(bench.hears("identity:evicted"));
    console({"CONFIG", "SET", "maxmemory", "1"});
    console({"SET", "identity:other", "x"});
    BOOST_TEST(bench.loop.until([&] { return bench.ear.count("identity:evicted") == 2; }, Millis{5000}));
}

BOOST_AUTO_TEST_CASE(heartbeats_keep_it_proven) {
    RedisServer server;
    InvalidationBench bench(server.url());
    RedisBench data({.url = server.url()});
    BOOST_REQUIRE(bench.comes_up());
    BOOST_REQUIRE(data.comes_up());
    BOOST_TEST(bench.link.run_id() == data.link.run_id());
    BOOST_TEST(bench.link.trouble() == "");
    auto last = Clock::now();
    while (bench.link.stats().heartbeats < 8) {
        bench.loop.io.run_one();
        const bool held_up = Clock::now() - last > Millis{500}; // this program, by others
        BOOST_REQUIRE((bench.proven() || held_up));
        last = Clock::now();
    }
    BOOST_TEST(bench.news() == Words{"armed"}, boost::test_tools::per_element());
    BOOST_TEST(bench.link.stats().arms == 1U);
}

BOOST_AUTO_TEST_CASE(a_killed_connection_is_told_and_replaced) {
    RedisServer server;
    RedisConsole console(server.socket());
    InvalidationBench bench(server.url());
    BOOST_REQUIRE(bench.comes_up());
    for (int round = 1; round <= 5; ++round) {
        console({"SET", "identity:before", "x"});
        console({"CLIENT", "KILL", "ID", listener_id(console)});
        console({"SET", "identity:between", "x"});
        const auto start = Clock::now();
        BOOST_TEST(bench.hears("lost"));
        BOOST_TEST(!bench.proven());
        BOOST_TEST(bench.link.run_id() == "");
        BOOST_TEST(bench.link.trouble() != "");
        BOOST_TEST(bench.comes_up());
        BOOST_TEST((Clock::now() - start < Millis{1500}));
        BOOST_TEST(bench.proven());
        console({"SET", "identity:after", "x"});
        BOOST_TEST(bench.hears("identity:after"));
        const auto news = bench.news();
        BOOST_TEST(std::count(news.begin(), news.end(), "identity:between") == 0);
        BOOST_TEST(std::count(news.begin(), news.end(), "identity:before") == 1);
        BOOST_TEST(bench.link.stats().losses == static_cast<unsigned>(round));
    }
}

BOOST_AUTO_TEST_CASE(another_run_of_the_server_has_another_name) {
    RedisServer server;
    InvalidationBench bench(server.url());
    BOOST_REQUIRE(bench.comes_up());
    const std::string before(bench.link.run_id());
    server.stop();
    BOOST_TEST(bench.hears("lost"));
    BOOST_TEST(bench.loop.until([&] { return bench.link.stats().failures > 4; }, Millis{5000}));
    BOOST_TEST(!bench.proven());
    server.start();
    BOOST_TEST(bench.comes_up(), bench.link.trouble());
    BOOST_TEST(bench.link.run_id() != before);
    RedisConsole(server.socket())({"SET", "identity:x", "x"});
    BOOST_TEST(bench.hears("identity:x"));
    BOOST_TEST(bench.news() == (Words{"armed", "lost", "armed", "identity:x"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_frozen_server_proves_nothing) {
    RedisServer server;
    RedisConsole console(server.socket());
    const auto port = open_tcp(console);
    for (const auto& url : {server.url(), "redis://127.0.0.1:" + port}) {
        BOOST_TEST_CONTEXT(url) {
            InvalidationBench bench(url);
            BOOST_REQUIRE(bench.comes_up());
            server.suspend();
            const auto frozen = Clock::now();
            bench.loop.until([&] { return Clock::now() - frozen > Millis{900}; }, Millis{1500});
            BOOST_TEST(!bench.proven());
            BOOST_TEST(bench.hears("lost"));
            BOOST_TEST((Clock::now() - frozen < Millis{1500}));
            // The kernel accepts for it, but that is no reason to believe anything.
            const auto failures = bench.link.stats().failures;
            BOOST_TEST(bench.loop.until([&] { return bench.link.stats().failures > failures; }, Millis{3000}));
            BOOST_TEST(bench.link.trouble() == "no answer in time");
            BOOST_TEST(bench.news() == (Words{"armed", "lost"}), boost::test_tools::per_element());
            server.resume();
            BOOST_TEST(bench.comes_up(Millis{2000}), bench.link.trouble());
            console({"SET", "identity:x", "x"});
            BOOST_TEST(bench.hears("identity:x"));
        }
    }
}

BOOST_AUTO_TEST_CASE(it_logs_in_and_says_what_it_may_not) {
    RedisServer server({"--requirepass", "s3same"});
    RedisConsole console(server.socket());
    console({"AUTH", "s3same"});
    const auto allow = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"ACL", "SETUSER", "gate", "reset", "on", ">hunter2", "~identity:*"});
        BOOST_TEST(console(more).text == "OK");
    };
    const std::string at = "@127.0.0.1:" + open_tcp(console);
    InvalidationBench by_password("redis://:s3same" + at);
    BOOST_TEST(by_password.comes_up(), by_password.link.trouble());

    InvalidationBench bench("redis://gate:hunter2" + at);
    const auto stays_lost_because = [&](const std::string& why) {
        bench.loop.until([&] { return bench.link.trouble().find(why) != std::string::npos; }, Millis{2000});
        BOOST_TEST(bench.link.trouble().find(why) != std::string::npos, bench.link.trouble() << ", not " << why);
        BOOST_TEST(bench.link.trouble().find("hunter2") == std::string::npos);
        BOOST_TEST(!bench.proven());
    };
    const Words least = {"+auth",
                         "+select",
                         "+info",
                         "+role",
                         "+ping",
                         "+client|id",
                         "+client|tracking",
                         "+subscribe",
                         "&__redis__:invalidate"};
    stays_lost_because("WRONGPASS");
    for (const auto& [right, why] : std::vector<std::pair<std::string, std::string>>{
             {"+info", "'info'"},
             {"+role", "'role'"},
             {"+client|id", "'client|id'"},
             {"+client|tracking", "'client|tracking'"},
             {"+subscribe", "'subscribe'"},
             {"&__redis__:invalidate", "channels"},
         }) {
        BOOST_TEST_CONTEXT("without " << right) {
            auto some = least;
            std::erase(some, right);
            allow(some);
            stays_lost_because(why);
        }
    }
    BOOST_TEST(bench.news().empty());
    allow(least);
    BOOST_TEST(bench.comes_up(Millis{2000}), bench.link.trouble());
    console({"SET", "identity:x", "x"});
    BOOST_TEST(bench.hears("identity:x"));
    allow({"-@all"}); // a login that is taken away ends it with the next heartbeat
    BOOST_TEST(bench.hears("lost", Millis{2000}));
}

BOOST_AUTO_TEST_CASE(a_server_that_cannot_do_it) {
    RedisServer server({"--rename-command", "CLIENT", "", "--rename-command", "AUTH", ""});
    InvalidationBench bench(server.url());
    BOOST_TEST(bench.loop.until([&] { return bench.link.stats().failures > 1; }, Millis{2000}));
    BOOST_TEST(bench.link.trouble() == "ERR unknown command 'CLIENT'");
    RedisConsole console(server.socket());
    const std::string url = "redis://:hunter2@127.0.0.1:" + open_tcp(console);
    InvalidationBench with_password(url);
    BOOST_TEST(with_password.loop.until([&] { return with_password.link.stats().failures > 0; }, Millis{2000}));
    BOOST_TEST(with_password.link.trouble() == "ERR unknown command 'AUTH'");
    RedisBench data({.url = url});
    BOOST_TEST(data.loop.until([&] { return data.link.stats().connect_failures > 0; }, Millis{2000}));
    BOOST_TEST(data.link.trouble() == "ERR unknown command 'AUTH'");
    BOOST_TEST(bench.ear.heard.empty());
}

BOOST_AUTO_TEST_CASE(a_replica_is_not_listened_to) {
    RedisServer server;
    RedisConsole console(server.socket());
    console({"REPLICAOF", "127.0.0.1", "1"});
    InvalidationBench bench(server.url());
    BOOST_TEST(bench.loop.until([&] { return bench.link.stats().failures > 0; }, Millis{2000}));
    BOOST_TEST(bench.link.trouble() == "the server is not a master");
    console({"REPLICAOF", "NO", "ONE"});
    BOOST_TEST(bench.comes_up());
}

BOOST_AUTO_TEST_CASE(a_name_that_is_nowhere) {
    InvalidationBench bench("redis://nowhere.invalid");
    BOOST_TEST(bench.loop.until([&] { return bench.link.stats().failures > 0; }, Millis{30'000}));
    BOOST_TEST(bench.link.trouble().starts_with("cannot look up nowhere.invalid"), bench.link.trouble());
    BOOST_TEST(bench.ear.heard.empty());
}

BOOST_AUTO_TEST_CASE(two_links_hear_the_same) {
    RedisServer server;
    RedisConsole console(server.socket());
    InvalidationBench first(server.url());
    InvalidationBench second(server.url());
    BOOST_REQUIRE(first.comes_up());
    BOOST_REQUIRE(second.comes_up());
    for (int i = 0; i < 100; ++i)
        console({"SET", "identity:" + std::to_string(i), "x"});
    BOOST_TEST(first.hears("identity:99"));
    BOOST_TEST(second.hears("identity:99"));
    BOOST_TEST(first.ear.heard == second.ear.heard, boost::test_tools::per_element());
    BOOST_TEST(first.ear.heard.size() == 101U);
}

BOOST_AUTO_TEST_CASE(many_keys_at_once_are_told_or_all_are) {
    RedisServer server;
    RedisConsole console(server.socket());
    InvalidationBench bench(server.url());
    BOOST_REQUIRE(bench.comes_up());
    bench.news();
    const auto set = [&](int count) {
        Words command{"MSET"};
        for (int i = 0; i < count; ++i)
            command.insert(command.end(), {"identity:session:web:" + std::string(40, 'k') + std::to_string(i), "x"});
        console(command);
    };
    set(5000);
    BOOST_TEST(bench.loop.until([&] { return bench.link.stats().keys == 5000; }, Millis{5000}));
    auto told = bench.news();
    std::sort(told.begin(), told.end());
    BOOST_TEST(told.size() == 5000U);
    BOOST_TEST((std::unique(told.begin(), told.end()) == told.end()));
    set(20'000);
    console({"SET", "identity:session:web:later", "x"});
    BOOST_TEST(bench.hears("identity:session:web:later", Millis{5000}));
    BOOST_TEST(bench.news() == (Words{"all", "identity:session:web:later"}), boost::test_tools::per_element());
    BOOST_TEST(bench.link.stats().losses == 0U); // it would hear of nothing until it is back
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::cache_redis_invalidation
