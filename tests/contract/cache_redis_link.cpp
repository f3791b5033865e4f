// SPDX-License-Identifier: Apache-2.0
// Goal: the link survives what happens to a real Redis: it ends every command in time, never gives an answer to the
// wrong caller, and is back within a second of the server.
#include "cache_suite.h"

#include "storage/keys.h"

namespace gatehouse::testing::cache_redis_link {
namespace {

using std::chrono::hours;

RedisOptions to(const RedisServer& server) {
    return {.url = server.url()};
}

/// `count` commands that only a live server answers, all at once.
std::vector<Result<RedisReply>> ask(RedisBench& bench, int count, Millis limit) {
    std::vector<boost::asio::awaitable<Result<RedisReply>>> all;
    const auto deadline = deadline_in(limit);
    for (int i = 0; i < count; ++i) {
        RedisLink::Command command{"ECHO", std::to_string(i)};
        all.push_back(bench.link.command(std::move(command), deadline));
    }
    return bench.loop.wait_all(std::move(all));
}

void check_echoes(RedisBench& bench, int count) {
    const auto replies = ask(bench, count, Millis{5000});
    for (int i = 0; i < count; ++i) {
        const auto& reply = replies[static_cast<std::size_t>(i)];
        BOOST_REQUIRE_MESSAGE(reply, reply.error().message());
        BOOST_TEST(reply->text == std::to_string(i));
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(redis_link)

BOOST_AUTO_TEST_CASE(it_comes_up_over_unix_and_tcp) {
    RedisServer server;
    RedisConsole console(server.socket());
    const auto port = open_tcp(console);
    const std::vector<std::string> urls = {server.url(), server.url() + "?db=3", "redis://127.0.0.1:" + port,
                                           "redis://localhost:" + port + "/3", "redis://[::1]:" + port};
    for (const auto& url : urls) {
        BOOST_TEST_CONTEXT(url) {
            RedisBench bench({.url = url});
            BOOST_REQUIRE_MESSAGE(bench.comes_up(), bench.link.trouble());
            BOOST_TEST(bench.link.run_id().size() == 40U);
            BOOST_TEST(bench.link.trouble() == "");
            check_echoes(bench, 1000);
            const bool third = url.ends_with("3") && url.find("/3") != std::string::npos;
            if (third || url.ends_with("db=3")) bench.command({"SET", "where", url, "EX", "60"});
        }
    }
    BOOST_TEST(console({"GET", "where"}).is(RedisReply::Type::nil));
    console({"SELECT", "3"});
    BOOST_TEST(console({"GET", "where"}).text == urls[3]);
}

BOOST_AUTO_TEST_CASE(before_it_is_up_commands_end_at_once) {
    RedisServer server;
    RedisBench bench(to(server));
    const auto start = std::chrono::steady_clock::now();
    BOOST_TEST(bench.command({"PING"}).error() == make_error_code(StoreError::unavailable));
    BOOST_TEST(bench.link.run_id() == "");
    BOOST_TEST((std::chrono::steady_clock::now() - start < Millis{200}));
    BOOST_TEST(bench.comes_up());
}

BOOST_AUTO_TEST_CASE(it_logs_in) {
    RedisServer server({"--requirepass", "sésam@me: x"});
    RedisConsole console(server.socket());
    console({"AUTH", "sésam@me: x"});
    console({"ACL", "SETUSER", "gate", "on", ">hunter2", "~identity:*", "+@all"});
    const std::string at = "@127.0.0.1:" + open_tcp(console);
    for (const std::string login : {":s%C3%A9sam%40me%3A%20x", "gate:hunter2"}) {
        RedisBench bench({.url = "redis://" + login + at});
        BOOST_TEST(bench.comes_up(), login << ": " << bench.link.trouble());
    }
    for (const std::string login : {":hunter3@", "gate:hunter3@", "nobody:hunter3@", ""}) {
        RedisBench bench({.url = "redis://" + login + at.substr(1)});
        BOOST_TEST(bench.loop.until([&] { return bench.link.stats().connect_failures > 2; }, Millis{2000}));
        BOOST_TEST(!bench.link.up());
        const auto& trouble = bench.link.trouble();
        BOOST_TEST((trouble.starts_with("WRONGPASS") || trouble.starts_with("NOAUTH")), trouble);
        BOOST_TEST(trouble.find("hunter3") == std::string::npos);
        BOOST_TEST(bench.command({"PING"}).error() == make_error_code(StoreError::unavailable));
    }
}

BOOST_AUTO_TEST_CASE(a_login_that_is_taken_away_ends_the_link) {
    RedisServer server;
    RedisBench bench(to(server));
    BOOST_REQUIRE(bench.comes_up());
    RedisConsole console(server.socket());
    console({"CONFIG", "SET", "requirepass", "x"});
    console({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    BOOST_TEST(bench.loop.until([&] { return bench.link.trouble().starts_with("NOAUTH"); }, Millis{1000}));
    console({"CONFIG", "SET", "requirepass", ""});
    BOOST_TEST(bench.comes_up());
}

BOOST_AUTO_TEST_CASE(a_frozen_server_delays_nobody_beyond_the_deadline) {
    RedisServer server;
    RedisConsole console(server.socket());
    const auto port = open_tcp(console);
    for (const auto& url : {server.url(), "redis://127.0.0.1:" + port}) {
        BOOST_TEST_CONTEXT(url) {
            RedisBench bench({.url = url});
            BOOST_REQUIRE(bench.comes_up());
            for (int round = 0; round < 3; ++round) {
                server.suspend();
                const auto start = std::chrono::steady_clock::now();
                for (const auto& reply : ask(bench, 100, Millis{50}))
                    BOOST_TEST(reply.error() == make_error_code(StoreError::timed_out));
                BOOST_TEST((std::chrono::steady_clock::now() - start < Millis{250}));
                // The kernel accepts for the frozen server, but that is no reason to wait for it.
                BOOST_TEST(!bench.link.up());
                for (const auto& reply : ask(bench, 10, Millis{5000}))
                    BOOST_TEST(reply.error() == make_error_code(StoreError::unavailable));
                BOOST_TEST((std::chrono::steady_clock::now() - start < Millis{400}));
                server.resume();
                BOOST_TEST(bench.comes_up(), bench.link.trouble());
                check_echoes(bench, 100); // none of the late ones among them
            }
            BOOST_TEST(bench.link.stats().timeouts == 3U);
        }
    }
}

BOOST_AUTO_TEST_CASE(one_late_command_takes_the_others_with_it) {
    RedisServer server;
    RedisBench bench(to(server));
    BOOST_REQUIRE(bench.comes_up());
    server.suspend();
    std::vector<boost::asio::awaitable<Result<RedisReply>>> all;
    for (const Millis limit : {Millis{5000}, Millis{50}, Millis{-1}}) {
        RedisLink::Command command{"PING"};
        all.push_back(bench.link.command(std::move(command), deadline_in(limit)));
    }
    const auto start = std::chrono::steady_clock::now();
    const auto replies = bench.loop.wait_all(std::move(all));
    BOOST_TEST((std::chrono::steady_clock::now() - start < Millis{250}));
    BOOST_TEST(replies[0].error() == make_error_code(StoreError::unavailable));
    BOOST_TEST(replies[1].error() == make_error_code(StoreError::timed_out));
    BOOST_TEST(replies[2].error() == make_error_code(StoreError::timed_out)); // it was not even sent
    server.resume();
    BOOST_TEST(bench.comes_up());
}

BOOST_AUTO_TEST_CASE(it_is_back_within_a_second_of_a_killed_server) {
    RedisServer server;
    RedisBench bench(to(server));
    BOOST_REQUIRE(bench.comes_up());
    const auto session = cached_session(1);
    BOOST_TEST(bench.loop.wait(bench.cache.populate(session, hours{1}, CacheBench::soon())).has_value());
    for (const Millis away : {Millis{0}, Millis{1500}}) {
        const std::string before(bench.link.run_id());
        server.stop();
        BOOST_TEST(bench.loop.until([&] { return !bench.link.up(); }, Millis{1000}));
        BOOST_TEST(bench.command({"PING"}).error() == make_error_code(StoreError::unavailable));
        bench.loop.until([] { return false; }, away);
        server.start();
        BOOST_TEST(bench.comes_up(), bench.link.trouble());
        BOOST_TEST(bench.link.run_id() != before);
        BOOST_TEST(
            is_absent(bench.loop.wait(bench.cache.find(session.key, CacheBench::now(), CacheBench::soon())).value()));
    }
    BOOST_TEST(bench.link.stats().losses == 2U);
    BOOST_TEST(bench.link.stats().connects == 3U);
}

BOOST_AUTO_TEST_CASE(a_killed_server_ends_what_is_under_way) {
    RedisServer server;
    RedisBench bench(to(server));
    BOOST_REQUIRE(bench.comes_up());
    server.suspend();
    RedisLink::Command command{"PING"};
    std::vector<boost::asio::awaitable<Result<RedisReply>>> all;
    all.push_back(bench.link.command(std::move(command), CacheBench::soon()));
    boost::asio::post(bench.loop.io, [&] { boost::asio::post(bench.loop.io, [&] { server.stop(); }); });
    const auto ended = bench.loop.wait_all(std::move(all));
    BOOST_TEST(ended.front().error() == make_error_code(StoreError::unavailable));
}

BOOST_AUTO_TEST_CASE(a_replica_is_not_up) {
    RedisServer server;
    RedisConsole console(server.socket());
    RedisBench bench(to(server));
    BOOST_REQUIRE(bench.comes_up());
    const auto put = [&] { return bench.command({"SET", "x", "y", "EX", "60"}); };
    BOOST_TEST(put().has_value());
    console({"REPLICAOF", "127.0.0.1", "1"});
    BOOST_TEST(put().error() == make_error_code(StoreError::refused)); // READONLY
    BOOST_TEST(bench.loop.until([&] { return bench.link.stats().connect_failures > 1; }, Millis{1000}));
    BOOST_TEST(!bench.link.up());
    BOOST_TEST(bench.link.trouble() == "the server is not a master");
    console({"REPLICAOF", "NO", "ONE"});
    BOOST_TEST(bench.comes_up());
    BOOST_TEST(put().has_value());
}

BOOST_AUTO_TEST_CASE(a_full_server_still_answers_reads) {
    RedisServer server({"--maxmemory-policy", "noeviction"});
    RedisConsole console(server.socket());
    RedisBench bench(to(server));
    BOOST_REQUIRE(bench.comes_up());
    const auto session = cached_session(1);
    const auto populate = [&](const Session& one) {
        return bench.loop.wait(bench.cache.populate(one, hours{1}, CacheBench::soon()));
    };
    BOOST_TEST(populate(session).has_value());
    console({"CONFIG", "SET", "maxmemory", "1"});
    const auto refused = make_error_code(StoreError::refused);
    BOOST_TEST(populate(cached_session(2)).error() == refused);
    BOOST_TEST(
        bench.loop.wait(bench.cache.tombstone({ended(session)}, CacheBench::now(), CacheBench::soon())).error() ==
        refused);
    BOOST_TEST(
        bench.loop.wait(bench.cache.put_user(cached_user(1), "web", CacheBench::now(), CacheBench::soon())).error() ==
        refused);
    BOOST_TEST(is_live(bench.loop.wait(bench.cache.find(session.key, CacheBench::now(), CacheBench::soon())).value()));
    BOOST_TEST(bench.link.stats().losses == 0U);
}

BOOST_AUTO_TEST_CASE(a_pipeline_keeps_its_order) {
    RedisServer server;
    RedisBench bench(to(server));
    BOOST_REQUIRE(bench.comes_up());
    std::vector<RedisLink::Command> commands;
    for (int i = 0; i < 5000; ++i)
        commands.push_back({"ECHO", std::to_string(i)});
    const auto replies = bench.loop.wait(bench.link.pipeline(commands, CacheBench::soon())).value();
    BOOST_REQUIRE(replies.size() == commands.size());
    for (std::size_t i = 0; i < replies.size(); ++i)
        BOOST_TEST(replies[i].text == commands[i][1]);
    commands[7] = {"NOSUCHCOMMAND"};
    BOOST_TEST(bench.loop.wait(bench.link.pipeline(commands, CacheBench::soon())).error() ==
               make_error_code(StoreError::refused));
    BOOST_TEST(bench.loop.wait(bench.link.pipeline({}, CacheBench::soon())).value().empty());
    check_echoes(bench, 10);
}

BOOST_AUTO_TEST_CASE(stopping_ends_everything) {
    RedisServer server;
    RedisBench bench(to(server));
    BOOST_REQUIRE(bench.comes_up());
    server.suspend();
    boost::asio::post(bench.loop.io, [&] { boost::asio::post(bench.loop.io, [&] { bench.link.stop(); }); });
    BOOST_TEST(bench.command({"PING"}, Millis{5000}).error() == make_error_code(StoreError::unavailable));
    BOOST_TEST(bench.command({"PING"}).error() == make_error_code(StoreError::unavailable));
    // Nothing is left on the loop.
    BOOST_TEST(bench.loop.until([&] { return bench.loop.io.poll() == 0 && bench.loop.io.stopped(); }, Millis{1000}));
    server.resume();
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::cache_redis_link
