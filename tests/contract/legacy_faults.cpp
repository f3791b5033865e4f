// SPDX-License-Identifier: Apache-2.0
// Goal: an old system that does not answer, or is not as its layout says, is an error in time that says what is wrong;
// it is never "absent". And its database stays as it is.
#include "databases.h"
#include "identity_suite.h"
#include "legacy_suite.h"
#include "storage/legacy/presets.h"
#include "storage/legacy/sql/store.h"
#include "tests/memory/legacy_store.h"

#include <filesystem>

namespace gatehouse::testing::legacy_faults {
namespace {

/// A store on a database made of a fixture, with a session.
struct Scene {
    Scene(const std::string& preset, const std::string& at, legacy::Layout with)
        : url(at),
          layout(std::move(with)),
          store({.url = url, .connections = 2, .statement_timeout = Millis{300}}, layout) {
        BOOST_TEST_MESSAGE(preset);
    }
    ~Scene() { store.stop(Millis{5000}); }
    Result<LegacyAnswer> find(const std::string& token, Millis within = Millis{20'000}) {
        return loop.wait(store.find(token, "web", wall_now(), deadline_in(within)));
    }
    std::string failure_of_ping() {
        const auto answer = loop.wait(store.ping(deadline_in(Millis{20'000})));
        return answer ? "" : answer.error().message() + ": " + store.last_failure();
    }

    std::string url;
    legacy::Layout layout;
    Loop loop;
    SqlLegacyStore store;
};

std::string postgres_with(const std::string& fixture) {
    auto url = PostgresServer::shared().create_database();
    postgres_query(url, legacy_fixture(fixture));
    return url;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(legacy_faults)

BOOST_AUTO_TEST_CASE(a_frozen_or_stopped_database_is_an_error_in_time) {
    auto& server = PostgresServer::shared();
    Scene scene("sessions", postgres_with("sessions.postgresql.sql"), legacy::preset("sessions").value());
    BOOST_REQUIRE(scene.find("x").has_value());
    server.suspend();
    BOOST_TEST((scene.find("x", Millis{200}).error() == StoreError::timed_out));
    server.resume();
    server.stop();
    const auto find = scene.find("x", Millis{1000});
    BOOST_TEST(find.has_error());
    const auto clear = scene.loop.wait(scene.store.clear("x", wall_now(), deadline_in(Millis{1000})));
    BOOST_TEST(clear.has_error());
    server.start();
    const auto start = std::chrono::steady_clock::now();
    auto back = scene.find("x", Millis{1000});
    while (!back && std::chrono::steady_clock::now() - start < std::chrono::seconds{20})
        back = scene.find("x", Millis{1000});
    BOOST_REQUIRE(back.has_value());
    BOOST_TEST((back->kind == LegacyAnswer::Kind::absent));
}

BOOST_AUTO_TEST_CASE(a_locked_row_holds_a_logout_up_no_longer_than_allowed) {
    const auto url = postgres_with("session_id.postgresql.sql");
    postgres_query(url, "UPDATE users SET session_id = 'standing' WHERE email = 'anna@example.org'");
    Scene scene("session-id", url, legacy::preset("session-id").value());
    PostgresSession other(url);
    other.query("BEGIN");
    other.query("UPDATE public.users SET role = 'user' WHERE session_id = 'standing'");
    const auto clear = scene.loop.wait(scene.store.clear("standing", wall_now(), deadline_in(Millis{20'000})));
    BOOST_TEST((clear.error() == StoreError::timed_out));
    BOOST_TEST((scene.find("standing")->kind == LegacyAnswer::Kind::live));
    other.query("ROLLBACK");
    BOOST_TEST(scene.loop.wait(scene.store.clear("standing", wall_now(), deadline_in(Millis{20'000}))).has_value());
    BOOST_TEST((scene.find("standing")->kind == LegacyAnswer::Kind::absent));
}

BOOST_AUTO_TEST_CASE(a_table_or_column_that_is_not_there_is_named) {
    const auto url = postgres_with("session_id.postgresql.sql");
    const TemporaryDirectory directory;
    const auto path = (directory.path() / "old.db").string();
    sqlite_query(path, legacy_fixture("auth_token.sqlite.sql"));
    for (const auto& [preset, at] : {std::pair{"session-id", url}, {"auth-token", "sqlite:" + path}}) {
        auto layout = legacy::preset(preset).value();
        BOOST_TEST(Scene(preset, at, layout).failure_of_ping().empty());
        layout.user_password = "no_such_password";
        layout.user_password_optional = false; // as legacy_layout has it when somebody names the column
        BOOST_TEST(has(Scene(preset, at, layout).failure_of_ping(), "no_such_password"));
        layout = legacy::preset(preset).value();
        layout.user_token = "no_such_token";
        Scene scene(preset, at, layout);
        BOOST_TEST(has(scene.failure_of_ping(), "no_such_token"));
        BOOST_TEST((scene.find("no_such_token").error() == StoreError::refused));
        layout.users_table = "no_such_table";
        BOOST_TEST(has(Scene(preset, at, layout).failure_of_ping(), "no_such_table"));
    }
    auto layout = legacy::preset("session-id").value();
    layout.users_table = "public.users";
    BOOST_TEST(Scene("session-id", url, layout).failure_of_ping().empty());
    layout.users_table = "elsewhere.users";
    BOOST_TEST(has(Scene("session-id", url, layout).failure_of_ping(), "elsewhere"));
}

BOOST_AUTO_TEST_CASE(a_layout_with_mistakes_is_not_opened) {
    auto layout = legacy::preset("session-id").value();
    layout.user_token = "session_id\"; DROP TABLE users; --";
    BOOST_CHECK_THROW(SqlLegacyStore({.url = "sqlite:nowhere.db"}, layout), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_moment_of_another_kind_is_an_error_that_names_the_column) {
    const auto url = postgres_with("sessions.postgresql.sql");
    postgres_query(url, "INSERT INTO sessions (id, user_id, expires_at) SELECT 'a-secret', id, now() + interval '1 day'"
                        " FROM users LIMIT 1");
    auto layout = legacy::preset("sessions").value();
    layout.instants = legacy::InstantKind::seconds;
    Scene scene("sessions", url, layout);
    BOOST_TEST((scene.find("a-secret").error() == StoreError::corrupt));
    BOOST_TEST(has(scene.store.last_failure(), "created_at"));
    const auto page = scene.loop.wait(scene.store.sessions("", 10, "web", wall_now(), deadline_in(Millis{20'000})));
    BOOST_TEST(page.value().unreadable == 1);
}

BOOST_AUTO_TEST_CASE(moments_as_numbers_are_read_and_written) {
    for (const auto kind : {legacy::InstantKind::seconds, legacy::InstantKind::milliseconds}) {
        const TemporaryDirectory directory;
        const auto path = (directory.path() / "old.db").string();
        sqlite_query(path, "CREATE TABLE users (id INTEGER PRIMARY KEY, phone TEXT);"
                           "CREATE TABLE s (t TEXT UNIQUE, u INTEGER, c BIGINT, a BIGINT, e BIGINT);"
                           "INSERT INTO users VALUES (1, '12345')");
        auto layout = legacy::preset("auth-token").value();
        layout.instants = kind;
        layout.user_password = layout.user_token = "";
        layout.sessions_table = "s", layout.session_token = "t", layout.session_user = "u";
        layout.session_created = "c", layout.session_active = "a", layout.session_expires = "e";
        Scene scene("numbers", "sqlite:" + path, layout);
        const auto now = LegacyBench::now();
        const LegacyLogin login{"token", "1", "web", now, now + Seconds{60}, {}};
        BOOST_REQUIRE(scene.loop.wait(scene.store.write(login, std::nullopt, LegacyBench::soon())).has_value());
        const auto unit = kind == legacy::InstantKind::seconds ? 1000 : 1;
        BOOST_TEST(sqlite_query(path, "SELECT e FROM s") ==
                   std::to_string((now + Seconds{60}).time_since_epoch().count() / unit));
        BOOST_TEST(sqlite_query(path, "SELECT typeof(e) FROM s") == "integer");
        const auto found = scene.loop.wait(scene.store.find("token", "web", now, LegacyBench::soon()));
        BOOST_TEST((found.value().session.value().expires_at == now + Seconds{60}));
    }
}

BOOST_AUTO_TEST_CASE(a_sqlite_file_is_never_made_and_keeps_its_settings) {
    const TemporaryDirectory directory;
    const auto path = (directory.path() / "old.db").string();
    const auto layout = legacy::preset("auth-token").value();
    {
        Scene missing("auth-token", "sqlite:" + path, layout);
        BOOST_TEST((missing.find("x").error() == StoreError::unavailable));
        BOOST_TEST(has(missing.store.last_failure(), "No such file or directory"));
        BOOST_TEST(!std::filesystem::exists(path));
    }
    sqlite_query(path, legacy_fixture("auth_token.sqlite.sql"));
    Scene scene("auth-token", "sqlite:" + path, layout);
    const LegacyLogin login{"token", "42", "web", wall_now(), wall_now() + Seconds{60}, {}};
    BOOST_REQUIRE(scene.loop.wait(scene.store.write(login, std::nullopt, LegacyBench::soon())).has_value());
    BOOST_TEST(sqlite_query(path, "PRAGMA journal_mode") == "delete");
    BOOST_TEST(!std::filesystem::exists(path + "-wal"));
    BOOST_TEST(sqlite_query(path, "SELECT length(created_at) FROM user_sessions") == "26"); // as SQLAlchemy has it
}

BOOST_AUTO_TEST_CASE(a_busy_sqlite_file_is_not_waited_for_longer_than_allowed) {
    const TemporaryDirectory directory;
    const auto path = (directory.path() / "old.db").string();
    sqlite_query(path, legacy_fixture("auth_token.sqlite.sql"));
    sqlite_query(path, "UPDATE users SET auth_token = 'standing' WHERE id = 42");
    Scene scene("auth-token", "sqlite:" + path, legacy::preset("auth-token").value());
    const LegacyLogin login{"token", "42", "web", wall_now(), wall_now() + Seconds{60}, {}};
    const auto write = [&] { return scene.loop.wait(scene.store.write(login, std::nullopt, LegacyBench::soon())); };
    std::optional<SqliteLock> another(path);
    BOOST_TEST((write().error() == StoreError::timed_out));
    BOOST_TEST((scene.find("standing")->kind == LegacyAnswer::Kind::live)); // readers are not held up
    another.reset();
    BOOST_TEST(write().has_value());
}

BOOST_AUTO_TEST_CASE(memory_fails_and_delays_as_it_is_told) {
    MemoryLegacyStore store(legacy::preset("session-id").value());
    LinkLoop loop;
    store.set_failure(StoreError::unavailable);
    const auto find = [&](Millis within) { return loop.wait(store.find("x", "web", wall_now(), deadline_in(within))); };
    BOOST_TEST((find(Millis{1000}).error() == StoreError::unavailable));
    store.set_failure(std::nullopt);
    store.set_delay(Millis{10'000});
    BOOST_TEST((find(Millis{10}).error() == StoreError::timed_out));
    store.set_delay(Millis{0});
    BOOST_TEST((find(Millis{1000})->kind == LegacyAnswer::Kind::absent));
    BOOST_TEST(store.calls() == 3);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::legacy_faults
