// SPDX-License-Identifier: Apache-2.0
// Goal: whatever somebody else has put under our keys in Redis is a miss, is gone afterwards and costs next to nothing.
#include "cache_suite.h"

#include "storage/keys.h"
#include "storage/redis/counter_store.h"
#include "storage/redis/script.h"
#include "storage/redis/session_value.h"

namespace gatehouse::testing::cache_redis_values {
namespace {

using std::chrono::hours;

struct Planted : RedisBench {
    Planted() : RedisBench({.url = RedisServer::shared().url()}) {
        console({"FLUSHALL"});
        BOOST_REQUIRE_MESSAGE(comes_up(), link.trouble());
    }
    SessionCopy find(Instant now = CacheBench::now()) {
        return loop.wait(cache.find(session.key, now, CacheBench::soon())).value();
    }
    void need(boost::asio::awaitable<Result<void>> work) {
        const auto done = loop.wait(std::move(work));
        BOOST_REQUIRE(done.has_value());
    }
    void plant(const std::string& where, const std::string& value) { console({"SET", where, value, "EX", "3600"}); }
    bool exists(const std::string& where) { return console({"EXISTS", where}).integer == 1; }
    std::int64_t life(const std::string& where) { return console({"PTTL", where}).integer; }
    std::string run() { return std::string(link.run_id()); }

    RedisConsole console{RedisServer::shared().socket()};
    const Session session = cached_session(1);
    const User user = cached_user(1, 5);
    const std::string key = keys::session(session.key);
    const std::string user_key = keys::user("web", user.id);
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(redis_values, Planted)

BOOST_AUTO_TEST_CASE(a_corrupt_value_is_deleted_and_a_miss) {
    const auto good = encode_live(session, run());
    std::string wide = "{";
    for (int i = 0; i < 1'000'000; ++i)
        wide += "\"" + std::to_string(i) + "\":1,";
    const std::vector<std::string> values = {"{}",
                                             "[]",
                                             "null",
                                             "true",
                                             "0",
                                             "\"x\"",
                                             "rubbish",
                                             good + " ",
                                             good + std::string(1, '\0'),
                                             good + good,
                                             good.substr(0, good.size() / 2),
                                             replaced(good, "\"v\":1", "\"v\":2"),
                                             replaced(good, "\"v\":1,", "\"v\":1,\"v\":1,"),
                                             replaced(good, "web", "w\xff\xfe"),
                                             std::string(4096, '{'),
                                             std::string(100'000, '['),
                                             wide + "\"v\":1}",
                                             std::string(10 * 1024 * 1024, 'x')};
    std::uint64_t corrupt = 0;
    for (const auto& value : values) {
        BOOST_TEST_CONTEXT(value.substr(0, 60)) {
            plant(key, value);
            BOOST_TEST(is_absent(find()));
            BOOST_TEST(!exists(key));
            BOOST_TEST(cache.stats().corrupt == ++corrupt);
        }
    }
    plant(key, ""); // Redis does not tell it from none
    BOOST_TEST(is_absent(find()));
    BOOST_TEST(!exists(key));
    BOOST_TEST(link.stats().losses == 0U);
    plant(key, good);
    BOOST_TEST(is_live(find()));
}

BOOST_AUTO_TEST_CASE(a_key_of_another_type_is_deleted_and_a_miss) {
    const std::vector<std::vector<std::string>> commands = {{"RPUSH", key, "x"},
                                                            {"SADD", key, "x"},
                                                            {"HSET", key, "x", "y"},
                                                            {"ZADD", key, "1", "x"},
                                                            {"XADD", key, "*", "x", "y"}};
    for (const auto& command : commands) {
        BOOST_TEST_CONTEXT(command.front()) {
            console(command);
            BOOST_TEST(is_absent(find()));
            BOOST_TEST(!exists(key));
            console(command);
            need(cache.extend(session, hours{1}, CacheBench::soon()));
            BOOST_TEST(console({"TYPE", key}).text != "string");
            need(cache.tombstone({ended(session)}, CacheBench::now(), CacheBench::soon()));
            BOOST_TEST(is_tombstone(find()));
            console({"DEL", key});
        }
    }
    BOOST_TEST(cache.stats().corrupt == commands.size());
}

BOOST_AUTO_TEST_CASE(a_value_of_another_key_is_deleted_and_the_link_distrusted) {
    for (const auto& other : {cached_session(2), cached_session(1, "admin")}) {
        for (const auto& value : {encode_live(other, run()), encode_tombstone(other.key)}) {
            BOOST_REQUIRE(comes_up());
            const auto losses = link.stats().losses;
            plant(key, value);
            BOOST_TEST(is_absent(find()));
            BOOST_TEST(!exists(key));
            BOOST_TEST(link.stats().losses == losses + 1);
        }
    }
    BOOST_TEST(cache.stats().mismatched == 4U);
    BOOST_TEST(comes_up());
}

BOOST_AUTO_TEST_CASE(a_value_of_another_run_is_a_miss_but_a_tombstone_stands) {
    const std::string other_run(40, '0');
    plant(key, encode_live(session, other_run));
    need(cache.extend(session, hours{1}, CacheBench::soon()));
    BOOST_TEST(console({"GET", key}).text == encode_live(session, other_run));
    BOOST_TEST(is_absent(find()));
    BOOST_TEST(!exists(key));
    BOOST_TEST(cache.stats().foreign_run == 1U);

    plant(key, encode_live(session, run()));
    plant(user_key, encode_user(user, "web", CacheBench::now(), other_run));
    BOOST_TEST(!find().user);
    need(cache.put_user(cached_user(1, 4), "web", CacheBench::now(), CacheBench::soon()));
    BOOST_TEST(!find().user); // generation 4 did not pass generation 5
    need(cache.put_user(user, "web", CacheBench::now(), CacheBench::soon()));
    BOOST_TEST((find().user == user));

    plant(key, encode_tombstone(session.key));
    BOOST_TEST(is_tombstone(find()));
}

BOOST_AUTO_TEST_CASE(whose_session_it_is_is_what_its_value_says) {
    auto other = session;
    const auto newcomer = cached_user(2, 3);
    other.user_id = newcomer.id;
    plant(user_key, encode_user(user, "web", CacheBench::now(), run()));
    plant(keys::user("web", newcomer.id), encode_user(newcomer, "web", CacheBench::now(), run()));
    for (const auto& [now, whose] : {std::pair{session, user}, {session, user}, {other, newcomer}, {session, user}}) {
        plant(key, encode_live(now, run()));
        BOOST_TEST((find().user == whose));
        BOOST_TEST((find().user == whose)); // this time both were asked for at once
    }
    console({"DEL", user_key});
    BOOST_TEST(is_live(find()));
    BOOST_TEST(!find().user);
    BOOST_TEST(cache.stats().mismatched == 0U);
}

BOOST_AUTO_TEST_CASE(a_record_that_says_the_same_is_renewed_in_the_second_half_of_its_age) {
    const auto renewed = [&](const User& as, Instant now) {
        console({"EXPIRE", user_key, "100"});
        need(cache.put_user(as, "web", now, CacheBench::soon()));
        return life(user_key) > 100'000;
    };
    const auto begin = CacheBench::now();
    const Seconds half = RedisCacheOptions{}.user_soft_age / 2;
    BOOST_TEST(renewed(user, begin));
    BOOST_TEST(!renewed(user, begin + Seconds{1}));
    BOOST_TEST(!renewed(user, begin + half));
    BOOST_TEST(renewed(user, begin + half + Millis{1}));
    auto changed = user;
    changed.email = "another@example.org";
    BOOST_TEST(renewed(changed, begin + half + Millis{2})); // a permission that has ended is no new generation either
    BOOST_TEST(renewed(user, begin + half + Millis{3}));
}

BOOST_AUTO_TEST_CASE(a_corrupt_user_is_deleted_and_does_not_stand_in_the_way) {
    plant(key, encode_live(session, run()));
    const auto good = encode_user(user, "web", CacheBench::now(), run());
    const std::vector<std::string> values = {"{}", good + "x",
                                             replaced(good, "\"permissions\":{", "\"permissions\":{\"a\":1.5,"),
                                             "{\"v\":1,\"generation\":99999,", std::string(1024 * 1024, '{')};
    for (const auto& value : values) {
        BOOST_TEST_CONTEXT(value.substr(0, 60)) {
            plant(user_key, value);
            const auto found = find();
            BOOST_TEST(is_live(found));
            BOOST_TEST(!found.user);
            BOOST_TEST(!exists(user_key));
        }
    }
    console({"SADD", user_key, "x"});
    need(cache.put_user(user, "web", CacheBench::now(), CacheBench::soon()));
    BOOST_TEST((find().user == user));

    plant(user_key, encode_user(cached_user(2), "web", CacheBench::now(), run()));
    BOOST_TEST(!find().user);
    BOOST_TEST(!exists(user_key));
    BOOST_TEST(cache.stats().mismatched == 1U);
}

BOOST_AUTO_TEST_CASE(what_was_written_meanwhile_is_not_deleted) {
    plant(key, "rubbish");
    // Reading and writing leave together, in this order; deleting comes after the first answer.
    const auto rewrite = [](RedisLink& via, RedisLink::Command command) -> boost::asio::awaitable<Result<SessionCopy>> {
        const auto reply = co_await via.command(std::move(command), CacheBench::soon());
        if (!reply) co_return reply.error();
        co_return SessionCopy{};
    };
    std::vector<boost::asio::awaitable<Result<SessionCopy>>> both;
    both.push_back(cache.find(session.key, CacheBench::now(), CacheBench::soon()));
    both.push_back(rewrite(link, {"SET", key, encode_live(session, run()), "EX", "60"}));
    for (const auto& found : loop.wait_all(std::move(both)))
        BOOST_TEST(is_absent(found.value()));
    BOOST_TEST(cache.stats().corrupt == 1U);
    BOOST_TEST(is_live(find()));
}

BOOST_AUTO_TEST_CASE(a_user_from_the_future_is_not_fresh) {
    plant(key, encode_live(session, run()));
    plant(user_key, encode_user(user, "web", CacheBench::now() + Seconds{6}, run()));
    BOOST_TEST(!find().user);
    plant(user_key, encode_user(user, "web", CacheBench::now() + Seconds{5}, run()));
    BOOST_TEST(find().user.has_value());
}

BOOST_AUTO_TEST_CASE(a_good_value_without_an_end_gets_one) {
    console({"SET", key, encode_live(session, run())});
    BOOST_TEST(is_live(find()));
    BOOST_TEST(life(key) == -1);
    need(cache.extend(session, hours{1}, CacheBench::soon()));
    BOOST_TEST(life(key) > 0);
}

BOOST_AUTO_TEST_CASE(lives_are_as_long_as_they_should_be) {
    const auto near = [](std::int64_t life, Seconds expected) {
        return life > Millis{expected - Seconds{30}}.count() && life <= Millis{expected}.count();
    };
    need(cache.populate(session, hours{2}, CacheBench::soon()));
    BOOST_TEST(near(life(key), hours{2}));
    need(cache.extend(session, hours{3}, CacheBench::soon()));
    BOOST_TEST(near(life(key), hours{3}));
    need(cache.extend(session, hours{24 * 365}, CacheBench::soon()));
    const auto left = std::chrono::ceil<Seconds>(session.expires_at - wall_now()); // this suite's clock stands still
    BOOST_TEST(near(life(key), left));
    need(cache.tombstone({ended(session)}, CacheBench::now(), CacheBench::soon()));
    BOOST_TEST(near(life(key), hours{24 * 30} + Seconds{60}));
    need(cache.tombstone({{session.key, CacheBench::now() - hours{1}}}, CacheBench::now(), CacheBench::soon()));
    BOOST_TEST(near(life(key), Seconds{60}));
    need(cache.put_user(user, "web", CacheBench::now(), CacheBench::soon()));
    BOOST_TEST(near(life(user_key), hours{24}));
}

BOOST_AUTO_TEST_CASE(a_counter_that_is_none_begins_anew) {
    RedisCounterStore counters(link);
    const auto name = keys::counter("a");
    const std::vector<std::vector<std::string>> commands = {
        {"SET", name, "x"}, {"SET", name, "9223372036854775807"}, {"SET", name, "1.5"}, {"RPUSH", name, "1"}};
    for (const auto& command : commands) {
        BOOST_TEST_CONTEXT(command[0] << " " << command[2]) {
            console({"DEL", name});
            console(command);
            const auto counted = loop.wait(counters.increment("a", Seconds{60}, CacheBench::soon()));
            BOOST_TEST(counted.value().value == 1);
            BOOST_TEST(life(name) > 0);
        }
    }
    console({"SET", name, "3"}); // somebody took the end away, or made it far too late
    BOOST_TEST(loop.wait(counters.increment("a", Seconds{60}, CacheBench::soon())).value().value == 4);
    console({"EXPIRE", name, "100000"});
    BOOST_TEST(loop.wait(counters.increment("a", Seconds{60}, CacheBench::soon())).value().resets_in.count() == 60);
    BOOST_TEST(life(name) <= 60'000);
}

BOOST_AUTO_TEST_CASE(scripts_go_by_the_name_that_redis_gives_them) {
    const std::string source = "return {KEYS[1], ARGV[1], ARGV[2]}";
    const RedisScript script(source);
    BOOST_TEST(console({"SCRIPT", "LOAD", source}).text == script.sha1());
    for (const bool known : {true, false}) {
        if (!known) console({"SCRIPT", "FLUSH"});
        std::vector<std::string> arguments{"x y", std::string("a\0b\r\n", 5)};
        const auto reply = loop.wait(script.run(link, "k", arguments, CacheBench::soon())).value();
        BOOST_REQUIRE(reply.elements.size() == 3U);
        BOOST_TEST(reply.elements[0].text == "k");
        BOOST_TEST(reply.elements[2].text == arguments[1]);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::cache_redis_values
