// SPDX-License-Identifier: Apache-2.0
// Goal: a database comes to the schema of this binary once, whoever else is at it, and one that does not fit is not
// served.
#include "databases.h"
#include "servers.h"
#include "storage/admin/migration_files.h"
#include "storage/admin/migrations.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <stdexcept>
#include <sys/stat.h>
#include <thread>

namespace gatehouse::testing::identity_migrations {
namespace {

using Kind = SchemaState::Kind;
using sql::Backend;
using sql::MigrationFile;

/// An empty database, and a look into it.
struct PostgresDatabase {
    static constexpr Backend backend = Backend::postgresql;
    static constexpr const char* schema = "gatehouse.";
    std::string url = PostgresServer::shared().create_database();

    std::string query(const std::string& sql) const { return postgres_query(url, sql); }
};
struct SqliteDatabase {
    static constexpr Backend backend = Backend::sqlite;
    static constexpr const char* schema = "";
    TemporaryDirectory directory;
    std::string path = (directory.path() / "some.db").string();
    std::string url = "sqlite:" + path;

    std::string query(const std::string& sql) const { return sqlite_query(path, sql); }
};
using Databases = std::tuple<PostgresDatabase, SqliteDatabase>;

std::vector<std::string> names(Backend backend, Database database) {
    std::vector<std::string> all;
    for (const auto& file : sql::embedded_migrations()) {
        if (file.backend == backend && file.database == database) {
            auto number = std::to_string(file.version);
            all.push_back(std::string(4 - number.size(), '0') + number + "_" + file.name);
        }
    }
    return all;
}

/// Two migrations of a dialect for tests; `second` is the text of the second one.
template <class D> std::vector<MigrationFile> two(const std::string& second) {
    const std::string s = D::schema;
    return {{D::backend, Database::identity, 1, "one", "CREATE TABLE " + s + "one (a integer);\n"},
            {D::backend, Database::identity, 2, "two", second}};
}

std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return {};
}

std::string bytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(migrations)

BOOST_AUTO_TEST_CASE_TEMPLATE(up_brings_an_empty_database_to_our_schema_once, D, Databases) {
    const D db;
    for (const auto which : {Database::identity, Database::web}) { // both in one database
        Migrator migrator(db.url, which);
        const auto before = migrator.status();
        BOOST_REQUIRE(!before.empty());
        for (const auto& one : before)
            BOOST_TEST((one.state == Migration::State::pending));
        const auto state = migrator.verify();
        BOOST_TEST((state.kind == Kind::too_old));
        BOOST_TEST(!state.serves());
        BOOST_TEST(contains(state.message, "gatehouse migrate up"));

        BOOST_TEST(migrator.up() == names(D::backend, which), boost::test_tools::per_element());
        BOOST_TEST((check_schema(db.url, which).kind == Kind::fits));
        const auto first = db.query(std::string("SELECT max(applied_at) FROM ") + D::schema + "schema_migrations");
        BOOST_TEST(migrator.up().empty());
        BOOST_TEST(db.query(std::string("SELECT max(applied_at) FROM ") + D::schema + "schema_migrations") == first);
        for (const auto& one : migrator.status()) {
            BOOST_TEST((one.state == Migration::State::applied));
            BOOST_TEST((one.applied_at.has_value() && wall_now() - *one.applied_at < std::chrono::minutes{5}));
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(two_runners_at_once_apply_everything_once, D, Databases) {
    for (int round = 0; round < 3; ++round) {
        const D db;
        std::vector<std::thread> runners;
        std::vector<std::vector<std::string>> applied(4);
        std::vector<std::string> errors(4);
        for (std::size_t i = 0; i < applied.size(); ++i) {
            runners.emplace_back(
                [&, i] { errors[i] = message_of([&] { applied[i] = Migrator(db.url, Database::identity).up(); }); });
        }
        for (auto& runner : runners)
            runner.join();
        std::vector<std::string> all;
        for (std::size_t i = 0; i < applied.size(); ++i) {
            BOOST_TEST(errors[i] == "");
            all.insert(all.end(), applied[i].begin(), applied[i].end());
        }
        std::ranges::sort(all);
        BOOST_TEST(all == names(D::backend, Database::identity), boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(a_new_sqlite_file_that_another_has_locked_is_waited_for) {
    const SqliteDatabase db;
    std::optional<SqliteLock> lock{db.path};
    auto runner = std::async(std::launch::async, [&] { return Migrator(db.url, Database::identity).up(); });
    BOOST_TEST((runner.wait_for(Millis{100}) == std::future_status::timeout)); // refused at once, it would be ready
    lock.reset();
    BOOST_TEST(runner.get() == names(SqliteDatabase::backend, Database::identity), boost::test_tools::per_element());
    const SqliteDatabase other;
    const SqliteLock held(other.path);
    BOOST_TEST(contains(message_of([&] { Migrator(other.url, Database::identity, Millis{50}).up(); }), "locked"));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_migration_that_fails_leaves_nothing_and_can_be_run_again, D, Databases) {
    const D db;
    const std::string s = D::schema;
    const auto bad = two<D>("CREATE TABLE " + s + "two (a integer);\nCREATE TABLE " + s + "two (a integer);\n");
    const auto message = message_of([&] { Migrator(db.url, Database::identity, Millis{5000}, &bad).up(); });
    BOOST_TEST(contains(message, "0002_two was not applied"));
    BOOST_TEST(contains(message, "already exists"));
    BOOST_TEST(db.query("SELECT count(*) FROM " + s + "schema_migrations") == "1"); // the first stays
    BOOST_CHECK_THROW(db.query("SELECT * FROM " + s + "two"), std::runtime_error);

    const auto good = two<D>("CREATE TABLE " + s + "two (a integer);\n");
    BOOST_TEST(Migrator(db.url, Database::identity, Millis{5000}, &good).up() == std::vector<std::string>{"0002_two"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(comments_are_not_sql, D, Databases) {
    const D db;
    const std::string s = D::schema;
    const auto files = two<D>("-- it's ours: a :name and \"more\"\nCREATE TABLE " + s +
                              "two (a text DEFAULT '--x:y'); -- don't\nINSERT INTO " + s + "two DEFAULT VALUES;\n");
    Migrator(db.url, Database::identity, Millis{5000}, &files).up();
    BOOST_TEST(db.query("SELECT a FROM " + s + "two") == "--x:y");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_drifted_schema_is_refused, D, Databases) {
    const D db;
    Migrator migrator(db.url, Database::identity);
    migrator.up();
    db.query(std::string("UPDATE ") + D::schema + "schema_migrations SET checksum = 'another' WHERE version = 1");
    BOOST_TEST((migrator.status().front().state == Migration::State::drifted));
    const auto state = migrator.verify();
    BOOST_TEST((state.kind == Kind::drifted));
    BOOST_TEST(!state.serves());
    BOOST_TEST(contains(state.message, "0001_identity"));
    BOOST_TEST(contains(message_of([&] { migrator.up(); }), "another text"));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_newer_schema_is_served_if_it_says_so, D, Databases) {
    const D db;
    Migrator migrator(db.url, Database::identity);
    migrator.up();
    const int ours = migrator.status().back().version;
    const auto newer = [&](int version, int min_binary) {
        db.query(std::string("INSERT INTO ") + D::schema + "schema_migrations SELECT 'identity', " +
                 std::to_string(version) + ", 'future', 'x', applied_at, " + std::to_string(min_binary) + " FROM " +
                 D::schema + "schema_migrations WHERE version = 1 AND database = 'identity'");
    };
    newer(9998, ours);
    BOOST_TEST((migrator.status().back().state == Migration::State::unknown));
    BOOST_TEST((migrator.verify().kind == Kind::too_new_but_allowed));
    BOOST_TEST(migrator.verify().serves());
    BOOST_TEST(migrator.up().empty());

    newer(9999, ours + 1); // one that does not allow us is enough
    const auto state = migrator.verify();
    BOOST_TEST((state.kind == Kind::too_new));
    BOOST_TEST(!state.serves());
    BOOST_TEST(contains(state.message, "9999_future"));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_a_newer_binary_left_out_is_not_filled_in, D, Databases) {
    const D db;
    const std::string s = D::schema;
    const auto files = two<D>("CREATE TABLE " + s + "two (a integer);\n");
    const std::vector<MigrationFile> first{files[0]};
    Migrator(db.url, Database::identity, Millis{5000}, &first).up();
    db.query("INSERT INTO " + s + "schema_migrations SELECT 'identity', 3, 'three', 'x', applied_at, 1 FROM " + s +
             "schema_migrations");
    Migrator migrator(db.url, Database::identity, Millis{5000}, &files);
    BOOST_TEST((migrator.verify().kind == Kind::too_old));
    BOOST_TEST(contains(message_of([&] { migrator.up(); }), "0003_three came from a newer binary"));
}

BOOST_AUTO_TEST_CASE(min_binary_is_kept_with_the_migration) {
    const SqliteDatabase db;
    const auto files = two<SqliteDatabase>("-- min_binary: 1\nCREATE TABLE two (a integer);\n");
    Migrator(db.url, Database::identity, Millis{5000}, &files).up();
    const std::vector<MigrationFile> older{files[0]};
    BOOST_TEST((Migrator(db.url, Database::identity, Millis{5000}, &older).verify().kind == Kind::too_new_but_allowed));

    const SqliteDatabase strict;
    const auto without = two<SqliteDatabase>("CREATE TABLE two (a integer);\n");
    Migrator(strict.url, Database::identity, Millis{5000}, &without).up();
    BOOST_TEST((Migrator(strict.url, Database::identity, Millis{5000}, &older).verify().kind == Kind::too_new));
}

BOOST_AUTO_TEST_CASE(foreign_tables_in_postgresql_are_left_alone) {
    const PostgresDatabase db;
    db.query("CREATE TABLE users (id serial PRIMARY KEY, email text, session_id text);"
             "CREATE TABLE sessions (id text PRIMARY KEY, user_id integer);"
             "INSERT INTO users (email, session_id) VALUES ('anna@example.org', 'raw');"
             "INSERT INTO sessions VALUES ('raw', 1)");
    const std::string picture =
        "SELECT md5(string_agg(x::text, ',' ORDER BY x::text)) FROM (SELECT table_name, column_name,"
        " data_type, column_default FROM information_schema.columns WHERE table_schema = 'public') x";
    const auto before = db.query(picture);
    Migrator(db.url, Database::identity).up();
    Migrator(db.url, Database::web).up();
    BOOST_TEST(db.query(picture) == before);
    BOOST_TEST(db.query("SELECT count(*) FROM public.users") == "1");
    BOOST_TEST(db.query("SELECT count(*) FROM gatehouse.users") == "0");
}

BOOST_AUTO_TEST_CASE(a_sqlite_file_of_somebody_else_is_left_alone) {
    const SqliteDatabase db;
    db.query("CREATE TABLE users (id INTEGER PRIMARY KEY, auth_token TEXT); INSERT INTO users VALUES (1, 'x')");
    const auto before = bytes(db.path);
    const auto message = message_of([&] { Migrator(db.url, Database::identity).up(); });
    BOOST_TEST(contains(message, "tables of another application"));
    const auto state = check_schema(db.url, Database::identity);
    BOOST_TEST((state.kind == Kind::unusable));
    BOOST_TEST(contains(state.message, "a file of its own"));
    BOOST_TEST((bytes(db.path) == before)); // not even its mode of journalling
    BOOST_TEST(db.query("SELECT group_concat(name) FROM sqlite_master") == "users");
    BOOST_TEST(db.query("SELECT auth_token FROM users") == "x");
}

BOOST_AUTO_TEST_CASE(looking_makes_no_file) {
    const SqliteDatabase db;
    BOOST_TEST((check_schema(db.url, Database::identity).kind == Kind::too_old));
    BOOST_TEST(!std::filesystem::exists(db.path));
    Migrator(db.url, Database::identity).up();
    struct stat status {};
    BOOST_REQUIRE(stat(db.path.c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777) == 0600U);
}

BOOST_AUTO_TEST_CASE(a_role_without_the_right_to_create_can_serve) {
    const PostgresDatabase db;
    Migrator(db.url, Database::identity).up();
    db.query("DO $$BEGIN CREATE ROLE gate LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END$$;"
             "REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA gatehouse TO gate;"
             "GRANT SELECT ON ALL TABLES IN SCHEMA gatehouse TO gate");
    auto url = db.url;
    url.replace(url.find("postgres@"), 9, "gate@");
    BOOST_TEST((check_schema(url, Database::identity).kind == Kind::fits));
    BOOST_TEST(Migrator(url, Database::identity).up().empty());
    BOOST_TEST(contains(message_of([&] { Migrator(url, Database::web).up(); }), "permission denied"));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_reached_says_so_without_the_password) {
    const TemporaryDirectory directory;
    const auto elsewhere = "postgresql://anna:s3cret@/db?host=" + directory.path().string();
    for (const auto& url : {elsewhere, "sqlite:" + (directory.path() / "no" / "x.db").string()}) {
        const auto message = message_of([&] { Migrator(url, Database::identity).up(); });
        BOOST_TEST(contains(message, "identity database"));
        BOOST_TEST(contains(message, "No such file or directory"));
        BOOST_TEST(!contains(message, "s3cret"));
    }
    const PostgresDatabase latin;
    latin.query("CREATE DATABASE latin1 ENCODING 'LATIN1' TEMPLATE template0");
    const auto url = PostgresServer::shared().url("latin1");
    BOOST_TEST(contains(message_of([&] { Migrator(url, Database::identity).up(); }), "must be UTF8"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::identity_migrations
