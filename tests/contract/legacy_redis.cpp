// SPDX-License-Identifier: Apache-2.0
// Goal: what an old system has in Redis is read without a trace, whatever stands there is never taken for more than it
// is, and nothing of ours is taken, replaced or deleted.
#include "cache_suite.h"
#include "storage/keys.h"
#include "storage/legacy/presets.h"
#include "storage/legacy/redis/store.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace gatehouse::testing::legacy_redis {
namespace {

using Kind = LegacyAnswer::Kind;

const std::string user = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

struct Scene {
    explicit Scene(const std::string& prefix = "session:", RedisServer& at = RedisServer::shared())
        : server(at),
          console(at.socket()),
          bench(RedisOptions{.url = at.url()}),
          layout(with_prefix(prefix)),
          keys(bench.link, layout) {
        console({"FLUSHALL"});
        BOOST_REQUIRE_MESSAGE(bench.comes_up(), bench.link.trouble());
    }
    static legacy::Layout with_prefix(const std::string& prefix) {
        auto layout = legacy::preset("redis").value();
        layout.redis_prefix = prefix;
        return layout;
    }
    void put(const std::string& token, const std::string& value) {
        console({"SET", layout.redis_prefix + token, value, "PX", "3600500"});
    }
    Result<LegacyKeyAnswer> find(const std::string& token) {
        return bench.loop.wait(keys.find(token, now, deadline_in(Millis{5000})));
    }
    Result<void> write(const std::string& token) {
        const LegacyLogin login{token, user, "web", now, now + Millis{1500}, {}};
        return bench.loop.wait(keys.write(login, deadline_in(Millis{5000})));
    }
    Result<void> clear(const std::string& token) {
        return bench.loop.wait(keys.clear(token, deadline_in(Millis{5000})));
    }
    Result<LegacyKeyPage> page(const std::string& after, std::size_t limit = 10) {
        return bench.loop.wait(keys.page(after, limit, now, deadline_in(Millis{5000})));
    }
    std::string live_value() const {
        return fmt::format(R"({{"user_id":"{}","expires_at":{}}})", user,
                           (now + Seconds{3600}).time_since_epoch().count());
    }

    const Instant now = wall_now();
    RedisServer& server;
    RedisConsole console;
    RedisBench bench;
    legacy::Layout layout;
    RedisLegacyKeys keys;
};

/// As one of ours is named, and what stands there.
const std::string our_id(43, 'A');

} // namespace

BOOST_AUTO_TEST_SUITE(legacy_redis_keys)

BOOST_AUTO_TEST_CASE(a_look_changes_nothing) {
    Scene scene;
    scene.put("abc", scene.live_value());
    const auto idle_before = scene.console({"PEXPIRETIME", "session:abc"}).integer;
    BOOST_REQUIRE((scene.find("abc")->kind == Kind::live));
    BOOST_TEST(scene.find("abc")->key.value().user_id == user);
    BOOST_TEST(scene.console({"PEXPIRETIME", "session:abc"}).integer == idle_before);
    BOOST_TEST(scene.console({"GET", "session:abc"}).text == scene.live_value());
}

BOOST_AUTO_TEST_CASE(what_is_written_has_an_end_and_replaces_nothing) {
    Scene scene;
    BOOST_REQUIRE(scene.write("abc").has_value());
    const auto left = scene.console({"PTTL", "session:abc"}).integer;
    BOOST_TEST((left > 0 && left <= 2000)); // 1.5 s, in whole seconds
    const auto answer = scene.find("abc").value();
    BOOST_TEST((answer.key.value().created_at == std::chrono::time_point_cast<Millis>(scene.now)));
    BOOST_TEST((answer.key->expires_at == scene.now + Millis{1500}));
    BOOST_TEST((scene.write("abc").error() == StoreError::conflict));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_counted_and_left_alone) {
    Scene scene;
    int number = 0;
    for (const auto& value : {std::string("{"), std::string("null"), std::string("{}"), std::string(70'000, ' '),
                              std::string("a:1:{s:7:\"user_id\";}"), std::string("\x80\x04\x95"),
                              std::string("s:abc.signature"), "[" + scene.live_value() + "]"}) {
        const auto token = "t" + std::to_string(++number);
        scene.put(token, value);
        BOOST_TEST((scene.find(token)->kind == Kind::absent));
        BOOST_TEST(scene.keys.unreadable() == static_cast<unsigned>(number));
        BOOST_TEST((scene.console({"GET", "session:" + token}).text == value));
    }
    scene.console({"LPUSH", "session:list", "x"});
    scene.console({"EXPIRE", "session:list", "60"});
    BOOST_TEST((scene.find("list")->kind == Kind::absent));
    BOOST_TEST(scene.console({"LLEN", "session:list"}).integer == 1);
    const auto page = scene.page("", 1000).value();
    BOOST_TEST(page.items.empty());
    BOOST_TEST(page.seen == 9);
    BOOST_TEST(page.unreadable == 9);
}

BOOST_AUTO_TEST_CASE(an_old_session_under_our_own_prefix_is_found) {
    Scene scene("identity:session:web:");
    scene.put("sess_abc123", scene.live_value());
    BOOST_TEST((scene.find("sess_abc123")->kind == Kind::live));
    BOOST_TEST(scene.page("", 1000)->items.size() == 1);
    BOOST_REQUIRE(scene.write("sess_abc124").has_value());
    BOOST_REQUIRE(scene.clear("sess_abc123").has_value());
    BOOST_TEST((scene.find("sess_abc123")->kind == Kind::absent));
    BOOST_TEST((scene.find("sess_abc124")->kind == Kind::live));
}

BOOST_AUTO_TEST_CASE(what_is_ours_is_no_session_of_the_old_system_and_stays) {
    Scene scene("identity:session:web:");
    auto session = cached_session(1);
    session.key.id = our_id;
    BOOST_REQUIRE(scene.bench.loop.wait(scene.bench.cache.populate(session, Seconds{60}, deadline_in(Millis{5000}))));
    const auto check = [&] {
        const auto before = scene.console({"GET", keys::session(session.key)}).text;
        BOOST_REQUIRE(!before.empty());
        BOOST_TEST((scene.find(our_id)->kind == Kind::absent));
        BOOST_TEST((scene.write(our_id).error() == StoreError::refused));
        BOOST_TEST(scene.clear(our_id).has_value());
        BOOST_TEST(scene.console({"GET", keys::session(session.key)}).text == before);
        const auto page = scene.page("", 1000).value();
        BOOST_TEST(page.seen == 0);
        BOOST_TEST(page.unreadable == 0);
    };
    check();
    const std::vector<EndedSession> all{ended(session)};
    BOOST_REQUIRE(scene.bench.loop.wait(scene.bench.cache.tombstone(all, scene.now, deadline_in(Millis{5000}))));
    check(); // the mark that it has ended, too
    BOOST_TEST((scene.write(std::string(43, 'B')).error() == StoreError::refused));
}

BOOST_AUTO_TEST_CASE(a_token_is_no_pattern_and_a_prefix_is_none_either) {
    Scene scene("s[e]*?:");
    scene.put("abc", scene.live_value());
    scene.console({"SET", "se:abc", scene.live_value(), "EX", "60"});
    const auto page = scene.page("", 1000).value();
    BOOST_REQUIRE(page.items.size() == 1);
    BOOST_TEST(page.items.front().first == "abc");
    BOOST_REQUIRE(scene.clear("*").has_value());
    BOOST_TEST((scene.find("abc")->kind == Kind::live));
    BOOST_TEST((scene.find("*")->kind == Kind::absent));
}

BOOST_AUTO_TEST_CASE(a_place_of_another_run_of_the_server_is_begun_again) {
    Scene scene;
    for (int i = 0; i < 300; ++i)
        scene.put("t" + std::to_string(i), scene.live_value());
    const auto first = scene.page("", 10).value();
    BOOST_REQUIRE(!first.next.empty());
    const auto again = [&](const std::string& after) { return scene.page(after, 10)->items; };
    const auto tokens = [](const auto& items) {
        std::set<std::string> all;
        for (const auto& [token, key] : items)
            all.insert(token);
        return all;
    };
    BOOST_TEST((tokens(again("anotherrun 128")) == tokens(first.items)));
    BOOST_TEST((tokens(again("nonsense")) == tokens(first.items)));
    BOOST_TEST((tokens(again(first.next)) != tokens(first.items)));
}

BOOST_AUTO_TEST_CASE(a_server_that_does_not_answer_is_an_error_in_time) {
    RedisServer server;
    Scene scene("session:", server);
    scene.put("abc", scene.live_value());
    server.suspend();
    const auto found = scene.bench.loop.wait(scene.keys.find("abc", scene.now, deadline_in(Millis{100})));
    BOOST_TEST((found.error() == StoreError::timed_out));
    server.resume();
    server.stop();
    BOOST_REQUIRE(scene.bench.loop.until([&] { return !scene.bench.link.up(); }, Millis{5000}));
    BOOST_TEST((scene.find("abc").error() == StoreError::unavailable));
    BOOST_TEST((scene.clear("abc").error() == StoreError::unavailable));
    BOOST_TEST((scene.write("abc").error() == StoreError::unavailable));
    BOOST_TEST((scene.page("").error() == StoreError::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::legacy_redis
