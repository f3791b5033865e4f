// SPDX-License-Identifier: Apache-2.0
// Goal: an old system that is like none of those that are known works by its layout alone: another schema, ids and
// columns, moments as numbers, sessions in a table and in Redis at once.
#include "legacy_suite.h"
#include "storage/legacy/old_system.h"
#include "storage/legacy/presets.h"
#include "storage/legacy/redis/store.h"
#include "storage/legacy/sql/store.h"

#include <fmt/format.h>
#include <set>

namespace gatehouse::testing::legacy_custom {
namespace {

using Kind = LegacyAnswer::Kind;

constexpr const char* tables =
    "CREATE SCHEMA auth;"
    "CREATE TABLE auth.accounts (uid TEXT PRIMARY KEY, mail TEXT UNIQUE, pw TEXT, made BIGINT);"
    "CREATE TABLE auth.logins (tok TEXT PRIMARY KEY, uid TEXT REFERENCES auth.accounts, began BIGINT, seen BIGINT,"
    " ends BIGINT, dead BOOLEAN);"
    "CREATE INDEX ON auth.logins (uid);"
    "INSERT INTO auth.accounts VALUES ('cuid_anna', 'anna@example.org', 'h', 1735689600000),"
    " ('cuid_boris', 'boris@example.org', 'h', NULL)";

legacy::Layout layout_of_its_own() {
    legacy::Layout l;
    l.instants = legacy::InstantKind::milliseconds;
    l.users_table = "auth.accounts";
    l.user_id = "uid", l.user_id_kind = legacy::IdKind::text;
    l.user_email = "mail", l.user_password = "pw", l.user_created = "made";
    l.user_role = l.user_verified = l.user_last_login = "";
    l.sessions_table = "auth.logins";
    l.session_token = "tok", l.session_user = "uid", l.session_created = "began", l.session_active = "seen";
    l.session_expires = "ends", l.session_revoked = "dead";
    l.redis_prefix = "login:";
    return l;
}

struct Scene {
    explicit Scene(RedisServer& redis = RedisServer::shared())
        : console(redis.socket()),
          bench(RedisOptions{.url = redis.url()}),
          url(PostgresServer::shared().create_database()) {
        console({"FLUSHALL"});
        BOOST_REQUIRE(bench.comes_up());
        postgres_query(url, tables);
    }
    ~Scene() { sql.stop(Millis{5000}); }

    Result<LegacyAnswer> find(const std::string& token, Millis within = Millis{20'000}) {
        return bench.loop.wait(old.find(token, "web", now, deadline_in(within)));
    }
    void write(const std::string& token, const std::string& user) {
        const LegacyLogin login{token, user, "web", now, now + Seconds{60}, {"192.0.2.7", "Mozilla/5.0"}};
        const auto written = bench.loop.wait(old.write(login, std::nullopt, LegacyBench::soon()));
        BOOST_REQUIRE_MESSAGE(written, sql.last_failure());
    }
    std::string by_hand(const std::string& text) { return postgres_query(url, text); }

    RedisConsole console;
    RedisBench bench;
    const std::string url;
    const legacy::Layout layout = layout_of_its_own();
    SqlLegacyStore sql{{.url = url, .connections = 2, .statement_timeout = Millis{5000}}, layout};
    RedisLegacyKeys keys{bench.link, layout};
    OldSystem old{layout, sql, &keys};
    const Instant now = LegacyBench::now();
};

} // namespace

BOOST_AUTO_TEST_SUITE(legacy_custom)

BOOST_AUTO_TEST_CASE(a_login_is_written_and_ended_in_both_places) {
    Scene scene;
    scene.write("one", "cuid_anna");
    BOOST_TEST(scene.by_hand("SELECT ends - began FROM auth.logins WHERE tok = 'one'") == "60000");
    BOOST_TEST(scene.console({"EXISTS", "login:one"}).integer == 1);
    const auto session = scene.find("one").value().session.value();
    BOOST_TEST((session.place == LegacyPlace::sessions));
    BOOST_TEST(session.user.id == "cuid_anna");
    BOOST_TEST((session.user.created_at == Instant(Millis(1'735'689'600'000))));
    BOOST_TEST((session.created_at == scene.now));
    BOOST_TEST((session.expires_at == scene.now + Seconds{60}));
    BOOST_REQUIRE(scene.bench.loop.wait(scene.old.clear("one", scene.now, LegacyBench::soon())).has_value());
    BOOST_TEST(scene.by_hand("SELECT dead FROM auth.logins WHERE tok = 'one'") == "t");
    BOOST_TEST(scene.console({"EXISTS", "login:one"}).integer == 0);
    BOOST_TEST((scene.find("one")->kind == Kind::ended));
}

BOOST_AUTO_TEST_CASE(redis_alone_is_enough_and_a_logout_in_the_table_is_final) {
    Scene scene;
    const auto value = fmt::format(R"({{"user_id":"cuid_boris","expires_at":{}}})",
                                   (scene.now + Seconds{3600}).time_since_epoch().count());
    scene.console({"SET", "login:two", value, "EX", "3600"});
    BOOST_TEST((scene.find("two").value().session.value().place == LegacyPlace::redis));
    BOOST_TEST(scene.find("two")->session.value().user.email == "boris@example.org");
    // The table's end is older than that of Redis, which the old system moves on.
    scene.by_hand("INSERT INTO auth.logins VALUES ('two', 'cuid_boris', 1, 1, 1, false)");
    BOOST_TEST((scene.find("two")->kind == Kind::live));
    scene.by_hand("UPDATE auth.logins SET dead = true");
    BOOST_TEST((scene.find("two")->kind == Kind::ended));
    BOOST_TEST(scene.find("two")->revoked);
}

BOOST_AUTO_TEST_CASE(all_of_both_places_is_read) {
    Scene scene;
    std::set<std::string> expected;
    const auto value = fmt::format(R"({{"user_id":"cuid_boris","expires_at":{}}})",
                                   (scene.now + Seconds{3600}).time_since_epoch().count());
    for (int i = 0; i < 40; ++i) {
        const auto token = legacy_token(i);
        if (i % 2 == 0) {
            scene.console({"SET", "login:" + token, value, "EX", "3600"});
        } else {
            scene.write(token, i % 4 == 1 ? "cuid_anna" : "cuid_boris");
        }
        expected.insert(token);
    }
    std::set<std::string> seen;
    std::string after;
    do {
        const auto page =
            scene.bench.loop.wait(scene.old.sessions(after, 5, "web", scene.now, LegacyBench::soon())).value();
        for (const auto& item : page.items)
            seen.insert(item.token);
        after = page.next;
    } while (!after.empty());
    BOOST_TEST((seen == expected));
}

BOOST_AUTO_TEST_CASE(while_redis_hangs_the_table_still_answers_for_what_it_has) {
    RedisServer redis;
    Scene scene(redis);
    scene.write("one", "cuid_anna");
    redis.suspend();
    const auto first = scene.find("one", Millis{2000});
    BOOST_REQUIRE(first.has_value());
    BOOST_TEST((first->kind == Kind::live));
    const auto unknown = scene.find("two", Millis{500});
    BOOST_TEST(unknown.has_error()); // it may be in Redis
    scene.by_hand("UPDATE auth.logins SET dead = true");
    BOOST_TEST((scene.find("one", Millis{2000}).value().kind == Kind::ended));
    redis.resume();
    BOOST_REQUIRE(scene.bench.comes_up(Millis{10'000}));
    BOOST_TEST((scene.find("two").value().kind == Kind::absent));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::legacy_custom
