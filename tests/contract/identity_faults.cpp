// SPDX-License-Identifier: Apache-2.0
// Goal: with PostgreSQL frozen, cut, gone or back again, and with SQLite busy, every call ends in time and says the
// right thing.
#include "databases.h"
#include "identity_suite.h"
#include "storage/admin/migrations.h"
#include "storage/sql/identity_store.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <set>
#include <sys/stat.h>
#include <thread>

namespace gatehouse::testing::identity_faults {
namespace {

using boost::asio::awaitable;
using std::chrono::steady_clock;

/// A store on a database of its own, with one user and one session.
struct Scene {
    explicit Scene(const std::string& database_url, SqlOptions options = {})
        : url(database_url), store(with_url(options)) {
        const NewAccount account{new_uuid(), "anna@example.org", "h", "user", true, Identity::now()};
        BOOST_REQUIRE(loop.wait(store.create(account, Identity::soon())));
        user = loop.wait(store.find(account.id, Identity::soon())).value().value();
        const auto now = Identity::now();
        session = {{"web", new_session_id()}, new_uuid(), user.id, now, now, now + std::chrono::hours{1}, false};
        BOOST_REQUIRE(loop.wait(store.insert({session, {}, user.generation, 0}, Identity::soon())));
    }
    ~Scene() { store.stop(Millis{5000}); }

    SqlOptions with_url(SqlOptions options) const {
        Migrator(url, Database::identity).up();
        options.url = url;
        return options;
    }
    Result<std::optional<StoredSession>> find(Millis within = Millis{20'000}) {
        return loop.wait(store.find(session.key, deadline_in(within)));
    }
    /// Asks again and again until it works; how long that took.
    Millis recovery() {
        const auto start = steady_clock::now();
        while (!find(Millis{500}) && steady_clock::now() - start < std::chrono::seconds{20}) {
            std::this_thread::sleep_for(Millis{20});
        }
        return std::chrono::duration_cast<Millis>(steady_clock::now() - start);
    }
    /// As many finds at the same time; how many of them ended how, and after how long the last.
    std::vector<Result<std::optional<StoredSession>>> flood(int finds, Millis within) {
        std::vector<awaitable<Result<std::optional<StoredSession>>>> all;
        for (int i = 0; i < finds; ++i)
            all.push_back(store.find(session.key, deadline_in(within)));
        return loop.wait_all(std::move(all));
    }

    /// The same on a loop with a timer of twice the time. Timers end in their order, so a slow machine does not matter.
    std::vector<Result<std::optional<StoredSession>>> flood_before_a_timer(std::size_t finds, Millis within) {
        std::vector<Result<std::optional<StoredSession>>> results;
        const auto keep = [&](const std::exception_ptr&, auto result) { results.push_back(std::move(result)); };
        for (std::size_t i = 0; i < finds; ++i)
            boost::asio::co_spawn(io, store.find(session.key, deadline_in(within)), keep);
        boost::asio::steady_timer timer(io, 2 * within);
        timer.async_wait([&](boost::system::error_code) { BOOST_TEST(results.size() == finds); });
        io.restart();
        io.run();
        return results;
    }

    std::string url;
    Loop loop;
    boost::asio::io_context io;
    SqlIdentityStore store;
    Account user;
    Session session;
};

SqlOptions small() {
    return {.url = {}, .connections = 2, .queue = 8};
}

/// Suspends PostgreSQL for as long as it lives.
struct Frozen {
    Frozen() { PostgresServer::shared().suspend(); }
    ~Frozen() { PostgresServer::shared().resume(); }
    Frozen(const Frozen&) = delete;
    Frozen& operator=(const Frozen&) = delete;
};

Millis since(steady_clock::time_point start) {
    return std::chrono::duration_cast<Millis>(steady_clock::now() - start);
}

/// How many connections our stores have to this database.
std::string connections(const std::string& url) {
    return postgres_query(url, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gatehouse'"
                               " AND datname = current_database()");
}

} // namespace

BOOST_AUTO_TEST_SUITE(identity_postgresql)

BOOST_AUTO_TEST_CASE(with_the_server_frozen_every_call_ends_at_its_deadline) {
    Scene scene(PostgresServer::shared().create_database(), small());
    {
        const Frozen frozen;
        for (int round = 0; round < 3; ++round) { // all threads are stuck from the first round on
            for (const auto& result : scene.flood_before_a_timer(6, Millis{100})) {
                BOOST_TEST((result.error() == StoreError::timed_out || result.error() == StoreError::overloaded));
            }
        }
        // 2 jobs are stuck; the queue takes 8, whose callers may have gone. It is full, and soon no overload any more.
        const auto full = steady_clock::now();
        std::multiset<int> errors;
        do {
            errors.clear();
            for (const auto& result : scene.flood(20, Millis{100}))
                errors.insert(result.error().value());
        } while (errors.contains(static_cast<int>(StoreError::overloaded)) && since(full) < Millis{20'000});
        BOOST_TEST(errors.count(static_cast<int>(StoreError::timed_out)) == 20U);
    }
    BOOST_TEST(scene.recovery().count() < 1000);
}

BOOST_AUTO_TEST_CASE(a_store_that_never_connected_copes_with_a_frozen_server) {
    Scene scene(PostgresServer::shared().create_database(), small());
    SqlIdentityStore fresh(scene.with_url(small()));
    {
        const Frozen frozen;
        const auto start = steady_clock::now();
        const auto result = scene.loop.wait(fresh.find(scene.session.key, deadline_in(Millis{200})));
        BOOST_TEST((result.error() == StoreError::timed_out));
        BOOST_TEST(since(start).count() < 400);
    }
    const auto start = steady_clock::now();
    while (!scene.loop.wait(fresh.find(scene.session.key, deadline_in(Millis{500}))) && since(start) < Millis{5000}) {
    }
    BOOST_TEST(since(start).count() < 1000);
    BOOST_TEST(fresh.stop(Millis{5000}));
}

BOOST_AUTO_TEST_CASE(a_cut_connection_is_made_anew_without_anybody_noticing) {
    Scene scene(PostgresServer::shared().create_database());
    scene.flood(10, Millis{20'000}); // several connections
    for (int round = 0; round < 3; ++round) {
        postgres_query(scene.url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                  " WHERE application_name = 'gatehouse' AND datname = current_database()");
        for (const auto& result : scene.flood(10, Millis{20'000}))
            BOOST_TEST(result.has_value());
        // And a transaction begins anew, once.
        postgres_query(scene.url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                  " WHERE application_name = 'gatehouse' AND datname = current_database()");
        const auto change = scene.loop.wait(scene.store.set_role(scene.user.id, "admin", Identity::soon()));
        BOOST_TEST(change.value().generation == scene.user.generation + 1 + round);
    }
    BOOST_TEST(scene.store.last_failure().empty());
}

BOOST_AUTO_TEST_CASE(while_the_server_is_gone_calls_fail_at_once_and_after_it_is_back_they_work) {
    auto& server = PostgresServer::shared();
    Scene scene(server.create_database());
    scene.flood(10, Millis{20'000});
    server.stop();
    for (int i = 0; i < 50; ++i) {
        const auto start = steady_clock::now();
        BOOST_TEST((scene.find(Millis{500}).error() == StoreError::unavailable));
        BOOST_TEST(since(start).count() < 250);
    }
    BOOST_TEST(!scene.store.last_failure().empty());
    server.start();
    BOOST_TEST(scene.recovery().count() < 1000);
    for (const auto& result : scene.flood(10, Millis{20'000}))
        BOOST_TEST(result.value().has_value());
}

BOOST_AUTO_TEST_CASE(connections_are_opened_when_they_are_needed_and_not_more_than_allowed) {
    const auto url = PostgresServer::shared().create_database();
    Scene scene(url, {.url = {}, .connections = 3});
    BOOST_TEST(connections(url) == "1");
    for (int i = 0; i < 5; ++i)
        scene.find();
    BOOST_TEST(connections(url) == "1");
    scene.flood(60, Millis{20'000});
    BOOST_TEST(std::stoi(connections(url)) <= 3);
    BOOST_TEST(postgres_query(url, "SELECT count(*) FROM gatehouse.sessions") == "1");
}

BOOST_AUTO_TEST_CASE(a_locked_table_is_not_waited_for_longer_than_allowed) {
    const auto url = PostgresServer::shared().create_database();
    Scene scene(url, {.url = {}, .connections = 2, .statement_timeout = Millis{200}});
    std::thread locker([&] {
        postgres_query(url, "BEGIN; LOCK TABLE gatehouse.sessions IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(2)");
    });
    while (postgres_query(url, "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation ="
                               " 'gatehouse.sessions'::regclass") == "0") {
        std::this_thread::sleep_for(Millis{5});
    }
    const auto start = steady_clock::now();
    BOOST_TEST((scene.find().error() == StoreError::timed_out));
    BOOST_TEST((scene.loop.wait(scene.store.revoke(scene.session.key, Identity::now(), Identity::soon())).error() ==
                StoreError::timed_out));
    BOOST_TEST(since(start).count() < 1500);
    locker.join();
    BOOST_TEST(!scene.find().value()->revoked);
}

BOOST_AUTO_TEST_CASE(a_schema_or_a_right_that_is_missing_is_a_refusal) {
    const auto url = PostgresServer::shared().create_database();
    Scene scene(url);
    postgres_query(url, "ALTER TABLE gatehouse.sessions RENAME TO elsewhere");
    BOOST_TEST((scene.find().error() == StoreError::refused));
    BOOST_TEST(scene.store.last_failure().find("42P01") != std::string::npos);
    postgres_query(url, "ALTER TABLE gatehouse.elsewhere RENAME TO sessions");
    BOOST_TEST(scene.find().value().has_value());

    postgres_query(url, "ALTER DATABASE " + postgres_query(url, "SELECT current_database()") +
                            " SET default_transaction_read_only = on");
    SqlIdentityStore fresh({.url = url, .connections = 1});
    // Connections to a server that cannot write are not wanted: there may be another one in the URL.
    BOOST_TEST((scene.loop.wait(fresh.ping(Identity::soon())).error() == StoreError::unavailable));
    BOOST_TEST(fresh.last_failure().find("read-only") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_write_that_no_standby_confirmed_is_not_acknowledged) {
    const auto url = PostgresServer::shared().create_database();
    Scene scene(url, {.url = {}, .connections = 2, .statement_timeout = Millis{300}});
    const auto wait_for = [&](const std::string& standby) {
        postgres_query(url, "ALTER SYSTEM SET synchronous_standby_names = '" + standby + "'");
        postgres_query(url, "SELECT pg_reload_conf()");
        while (postgres_query(url, "SHOW synchronous_standby_names") != standby)
            std::this_thread::sleep_for(Millis{5});
    };
    wait_for("nobody");
    std::promise<void> over;
    std::atomic<bool> waited = false;
    std::thread operator_loses_patience([&, ended = over.get_future()] {
        while (ended.wait_for(Millis{20}) != std::future_status::ready) {
            const auto cancelled =
                postgres_query(url, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
            if (!cancelled.empty()) waited = true;
        }
    });
    // The setting counts from when the checkpointer has seen it.
    while (!waited)
        postgres_query(url, "CREATE TABLE IF NOT EXISTS probe (a integer); INSERT INTO probe VALUES (1)");
    const auto revoked = scene.loop.wait(scene.store.revoke(scene.session.key, Identity::now(), Identity::soon()));
    const auto said = scene.store.last_failure();
    const auto changed = scene.loop.wait(scene.store.set_role(scene.user.id, "admin", Identity::soon()));
    const auto found = scene.find();
    over.set_value();
    operator_loses_patience.join();
    wait_for("");
    BOOST_TEST((revoked.error() == StoreError::timed_out));
    BOOST_TEST((changed.error() == StoreError::timed_out));
    BOOST_TEST(said == "not confirmed by the standby");
    BOOST_TEST(found.value()->revoked); // it is here; only nobody else is known to have it
    BOOST_TEST(scene.loop.wait(scene.store.revoke(scene.session.key, Identity::now(), Identity::soon())).has_value());
}

BOOST_AUTO_TEST_CASE(a_changed_table_does_not_break_cached_statements) {
    const auto url = PostgresServer::shared().create_database();
    Scene scene(url, {.url = {}, .connections = 1});
    BOOST_TEST(scene.find().value().has_value());
    postgres_query(url, "ALTER TABLE gatehouse.sessions ALTER COLUMN remember DROP DEFAULT,"
                        " ALTER COLUMN remember TYPE integer USING remember::integer");
    BOOST_TEST(scene.find().value().has_value());
}

BOOST_AUTO_TEST_CASE(two_who_wait_for_each_other_both_get_there) {
    const auto url = PostgresServer::shared().create_database();
    Scene scene(url, {.url = {}, .connections = 1, .statement_timeout = Millis{10'000}});
    Session second = scene.session;
    second.key.id = new_session_id();
    second.handle = new_uuid();
    BOOST_REQUIRE(scene.loop.wait(scene.store.insert({second, {}, scene.user.generation, 0}, Identity::soon())));
    const auto update = [](const SessionKey& key) {
        return "UPDATE gatehouse.sessions SET user_agent = 'x' WHERE id = '" + key.id + "';";
    };
    // It takes the second row, waits until we have the first one and wait for the second, and then wants the first. We
    // look for a deadlock after a second and find it; the other one would not look for a minute.
    const std::string we_wait =
        "DO $$BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND"
        " application_name = 'gatehouse') LOOP PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();"
        " END LOOP; END$$;";
    std::thread other([&] {
        postgres_query(url, "SET deadlock_timeout = '1min'; BEGIN;" + update(second.key) + we_wait +
                                update(scene.session.key) + "COMMIT");
    });
    while (postgres_query(url, "SELECT count(*) FROM pg_locks WHERE mode = 'RowExclusiveLock' AND relation ="
                               " 'gatehouse.sessions'::regclass") == "0") {
        std::this_thread::sleep_for(Millis{5});
    }
    const auto later = Identity::now() + std::chrono::minutes{1};
    const auto touched =
        scene.loop.wait(scene.store.touch({{scene.session.key, later}, {second.key, later}}, Identity::soon()));
    other.join();
    BOOST_TEST(touched.has_value());
    BOOST_TEST(postgres_query(url, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") != "0");
    BOOST_TEST((scene.find().value()->session.last_activity == later));
}

BOOST_AUTO_TEST_CASE(the_look_up_uses_indexes_only) {
    const auto url = PostgresServer::shared().create_database();
    Scene scene(url);
    postgres_query(url,
                   "INSERT INTO gatehouse.users (email) SELECT 'u' || g FROM generate_series(1, 3000) g;"
                   " INSERT INTO gatehouse.sessions (id, handle, user_id, expires_at)"
                   " SELECT 's' || row_number() OVER (), gen_random_uuid(), u.id, now() + g * interval '1 hour'"
                   " FROM gatehouse.users u, generate_series(0, 3) g WHERE u.email <> 'anna@example.org';"
                   " INSERT INTO gatehouse.user_permissions (user_id, permission) SELECT id, 'p' FROM gatehouse.users;"
                   " ANALYZE");
    // The statistics of a connection are written when it ends.
    const auto scans = [&] {
        postgres_query(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            " WHERE application_name = 'gatehouse' AND datname = current_database()");
        const auto start = steady_clock::now();
        while (connections(url) != "0" && since(start) < Millis{5000})
            std::this_thread::sleep_for(Millis{5});
        return postgres_query(url, "SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_user_tables"
                                   " WHERE relname IN ('sessions', 'users', 'user_permissions')");
    };
    const auto before = scans();
    // From the sixth execution on PostgreSQL plans without looking at the parameters.
    for (int i = 0; i < 12; ++i) {
        BOOST_TEST(scene.find().value().has_value());
        BOOST_TEST(scene.loop.wait(scene.store.find_by_email("u7", Identity::soon())).value().has_value());
        BOOST_TEST(scene.loop.wait(scene.store.list(scene.user.id, Identity::now(), Identity::soon())).value().size() ==
                   1U);
        scene.loop.wait(scene.store.revoke_by_handle(scene.user.id, new_uuid(), Identity::now(), Identity::soon()));
    }
    BOOST_TEST(scans() == before);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(identity_sqlite)

BOOST_AUTO_TEST_CASE(a_busy_database_is_not_waited_for_longer_than_allowed) {
    const TemporaryDirectory directory;
    const auto path = (directory.path() / "identity.db").string();
    Scene scene("sqlite:" + path, {.url = {}, .connections = 2, .statement_timeout = Millis{200}});
    std::optional<SqliteLock> another(path);
    const auto start = steady_clock::now();
    const auto revoke = [&] {
        return scene.loop.wait(scene.store.revoke(scene.session.key, Identity::now(), Identity::soon()));
    };
    BOOST_TEST((revoke().error() == StoreError::timed_out));
    BOOST_TEST((scene.loop.wait(scene.store.set_role(scene.user.id, "admin", Identity::soon())).error() ==
                StoreError::timed_out));
    BOOST_TEST(since(start).count() < 1000);
    BOOST_TEST(!scene.find().value()->revoked); // readers are not held up
    another.reset();
    BOOST_TEST(revoke().value().has_value());
    BOOST_TEST(scene.find().value()->revoked);
}

BOOST_AUTO_TEST_CASE(the_file_is_for_us_alone) {
    const TemporaryDirectory directory;
    const auto path = (directory.path() / "with space.db").string();
    Scene scene("sqlite:" + path);
    for (const std::string suffix : {"", "-wal", "-shm"}) {
        struct stat status {};
        BOOST_REQUIRE(stat((path + suffix).c_str(), &status) == 0);
        BOOST_TEST((status.st_mode & 0777) == 0600U);
    }
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_or_not_ours_is_an_error) {
    const TemporaryDirectory directory;
    Loop loop;
    SqlIdentityStore nowhere({.url = "sqlite:" + (directory.path() / "no" / "x.db").string(), .connections = 1});
    BOOST_TEST((loop.wait(nowhere.ping(Identity::soon())).error() == StoreError::unavailable));
    BOOST_TEST(nowhere.last_failure().find("No such file or directory") != std::string::npos);

    const auto path = (directory.path() / "text.db").string();
    std::ofstream(path) << std::string(4096, 'x');
    SqlIdentityStore text({.url = "sqlite:" + path, .connections = 1});
    BOOST_TEST((loop.wait(text.ping(Identity::soon())).error() == StoreError::corrupt));

    SqlIdentityStore empty({.url = "sqlite:" + (directory.path() / "empty.db").string(), .connections = 1});
    BOOST_TEST((loop.wait(empty.find(new_uuid(), Identity::soon())).error() == StoreError::refused)); // no schema
}

BOOST_AUTO_TEST_CASE(what_was_answered_is_there_for_another_process) {
    const TemporaryDirectory directory;
    const auto path = (directory.path() / "identity.db").string();
    Scene scene("sqlite:" + path);
    BOOST_TEST(sqlite_query(path, "SELECT count(*) FROM sessions") == "1");
    BOOST_TEST(sqlite_query(path, "PRAGMA journal_mode") == "wal");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::identity_faults
