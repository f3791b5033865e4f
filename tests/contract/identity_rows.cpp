// SPDX-License-Identifier: Apache-2.0
// Goal: whatever somebody has done to the tables and rows of PostgreSQL, a session that is over is never taken for one
// that lives, one that cannot be read is an error and not "no such session", and the store goes on.
#include "databases.h"
#include "identity_suite.h"
#include "storage/admin/migrations.h"
#include "storage/sql/identity_store.h"

namespace gatehouse::testing::identity_rows {
namespace {

using Found = Result<std::optional<StoredSession>>;

/// A database with one user and two sessions, one of which has ended. Everything by hand.
struct Rows {
    Rows() {
        Migrator(url, Database::identity).up();
        by_hand("INSERT INTO users (id, email, hashed_password) VALUES ('" + user_id + "', 'anna@example.org', 'h')");
        for (const auto* id : {&alive, &over}) {
            by_hand("INSERT INTO sessions (id, handle, user_id, expires_at) VALUES ('" + *id + "', '" + new_uuid() +
                    "', '" + user_id + "', now() + interval '1 hour')");
        }
        by_hand("UPDATE sessions SET revoked = true, revoked_at = now() WHERE id = '" + over + "'");
    }
    ~Rows() { store.stop(Millis{5000}); }

    std::string by_hand(const std::string& sql) { return postgres.query(sql); }
    Found find(const std::string& id) { return loop.wait(store.find({"web", id}, Identity::soon())); }

    const std::string url = PostgresServer::shared().create_database();
    PostgresSession postgres{url};
    const std::string user_id = new_uuid();
    const std::string alive = new_session_id();
    const std::string over = new_session_id();
    Loop loop;
    SqlIdentityStore store{{.url = url, .connections = 1}};
};

bool lives(const Found& found) {
    return found && *found && !(*found)->revoked;
}
bool is_over(const Found& found) {
    return found && *found && (*found)->revoked;
}

} // namespace

BOOST_AUTO_TEST_SUITE(identity_postgresql)

BOOST_AUTO_TEST_CASE(a_value_that_is_missing_is_an_error) {
    Rows rows;
    BOOST_TEST(lives(rows.find(rows.alive)));
    BOOST_TEST(is_over(rows.find(rows.over)));
    const std::vector<std::pair<std::string, std::vector<std::string>>> tables = {
        {"sessions", {"handle", "expires_at", "created_at", "last_activity", "remember", "revoked"}},
        {"users", {"email", "is_verified", "role", "disabled", "generation"}}};
    rows.by_hand("ALTER TABLE users DISABLE TRIGGER USER; ALTER TABLE sessions DISABLE TRIGGER USER");
    for (const auto& [table, columns] : tables) {
        for (const auto& column : columns) {
            BOOST_TEST_CONTEXT(table << "." << column) {
                rows.by_hand("ALTER TABLE " + table + " ALTER " + column + " DROP NOT NULL, ADD was text");
                rows.by_hand("UPDATE " + table + " SET was = " + column + ", " + column + " = NULL");
                for (const auto& id : {rows.alive, rows.over}) {
                    const auto found = rows.find(id);
                    BOOST_REQUIRE(!found);
                    BOOST_TEST((found.error() == StoreError::corrupt || found.error() == StoreError::refused));
                }
                const auto type =
                    rows.by_hand("SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = '" + table +
                                 "'::regclass AND attname = '" + column + "'");
                rows.by_hand("UPDATE " + table + " SET " + column + " = CAST(was AS " + type + ")");
                rows.by_hand("ALTER TABLE " + table + " ALTER " + column + " SET NOT NULL, DROP was");
                BOOST_TEST(lives(rows.find(rows.alive)));
                BOOST_TEST(is_over(rows.find(rows.over)));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_value_that_makes_no_sense_lets_nobody_in_for_ever) {
    Rows rows;
    const auto update = [&](const std::string& what) {
        rows.by_hand("UPDATE sessions SET " + what + " WHERE id = '" + rows.alive + "'");
    };
    for (const std::string when : {"'infinity'", "'-infinity'"}) {
        for (const std::string column : {"expires_at", "created_at", "last_activity"}) {
            update(column + " = " + when);
            BOOST_TEST(!rows.find(rows.alive).has_value(), column << " " << when);
            update(column + " = now() + interval '1 hour'");
            BOOST_TEST(lives(rows.find(rows.alive)));
        }
    }
    update("expires_at = '290000-01-01', created_at = '4000-01-01 BC', last_activity = '290000-01-01'");
    const auto odd = rows.find(rows.alive);
    BOOST_TEST(lives(odd)); // as it is written; who judges it knows what a session may be
    BOOST_TEST((odd.value()->session.created_at < Instant{}));
    update("expires_at = now() + interval '1 hour', user_agent = repeat('x', 50000000)");
    BOOST_TEST(lives(rows.find(rows.alive)));
    const auto user = [&](const std::string& what) { rows.by_hand("UPDATE users SET " + what); };
    for (const std::string hash : {"''", "'$argon2id$'", "repeat('$', 10000000)", "E'\\x01\\x02'"}) {
        user("hashed_password = " + hash);
        const auto account = rows.loop.wait(rows.store.find_by_email("anna@example.org", Identity::soon()));
        BOOST_TEST(account.value().has_value()); // no hash of ours, so no password matches it
    }
    user("role = repeat('r', 200000)"); // more does not fit into the index
    BOOST_TEST(rows.find(rows.alive).has_value());
    BOOST_TEST(is_over(rows.find(rows.over)));
}

BOOST_AUTO_TEST_CASE(a_column_of_another_type_or_none_is_an_error_or_the_same) {
    const std::vector<std::string> changes = {
        "ALTER TABLE sessions ALTER revoked DROP DEFAULT, ALTER revoked TYPE text USING revoked::text",
        "ALTER TABLE sessions ALTER revoked DROP DEFAULT, ALTER revoked TYPE integer USING revoked::integer",
        "ALTER TABLE sessions ALTER expires_at TYPE text",
        "ALTER TABLE sessions ALTER expires_at TYPE date",
        "ALTER TABLE sessions ALTER expires_at TYPE timestamp",
        "ALTER TABLE sessions ALTER user_id TYPE text",
        "ALTER TABLE sessions ALTER id TYPE char(255)",
        "ALTER TABLE sessions ALTER id TYPE bytea USING convert_to(id, 'UTF8')",
        "ALTER TABLE sessions DROP remember",
        "ALTER TABLE sessions RENAME revoked TO ended",
        "ALTER TABLE users ALTER disabled DROP DEFAULT, ALTER disabled TYPE text USING 'no'",
        "ALTER TABLE users ALTER generation DROP DEFAULT, ALTER generation TYPE text",
        "ALTER TABLE users DROP role"};
    for (const auto& change : changes) {
        BOOST_TEST_CONTEXT(change) {
            Rows rows;
            BOOST_TEST(lives(rows.find(rows.alive))); // so that there is a prepared statement to be outdated
            rows.by_hand("DROP INDEX sessions_live, sessions_ended, sessions_expires_at;"
                         " ALTER TABLE sessions DROP CONSTRAINT sessions_user_id_fkey;"
                         " ALTER TABLE legacy_tokens DROP CONSTRAINT legacy_tokens_session_id_fkey");
            for (const std::string table : {"sessions", "users"})
                rows.by_hand("DO $$DECLARE t text; BEGIN FOR t IN SELECT tgname FROM pg_trigger WHERE tgrelid = '" +
                             table + "'::regclass AND NOT tgisinternal LOOP EXECUTE 'DROP TRIGGER ' || t || ' ON " +
                             table + "'; END LOOP; END$$");
            rows.by_hand(change);
            const auto alive = rows.find(rows.alive);
            const auto over = rows.find(rows.over);
            BOOST_TEST((!alive || lives(alive)));
            BOOST_TEST((!over || is_over(over)));
        }
    }
}

BOOST_AUTO_TEST_CASE(without_its_indexes_it_is_slow_and_right) {
    Rows rows;
    rows.by_hand("DROP INDEX sessions_live, sessions_ended, sessions_user_id, sessions_expires_at, users_session_id;"
                 " ALTER TABLE sessions DROP CONSTRAINT sessions_pkey CASCADE");
    BOOST_TEST(lives(rows.find(rows.alive)));
    BOOST_TEST(is_over(rows.find(rows.over)));
    BOOST_TEST(rows.loop.wait(rows.store.revoke({"web", rows.alive}, wall_now(), Identity::soon())).has_value());
    BOOST_TEST(is_over(rows.find(rows.alive)));
}

BOOST_AUTO_TEST_CASE(a_database_in_another_encoding_is_refused) {
    const auto admin = PostgresServer::shared().create_database();
    for (const std::string encoding : {"SQL_ASCII", "LATIN1", "EUC_JP"}) {
        const auto name = "in_" + encoding;
        postgres_query(admin, "CREATE DATABASE \"" + name + "\" ENCODING '" + encoding + "' TEMPLATE template0");
        Loop loop;
        SqlIdentityStore store({.url = PostgresServer::shared().url(name), .connections = 1});
        BOOST_TEST((loop.wait(store.ping(Identity::soon())).error() == StoreError::refused));
        BOOST_TEST(store.last_failure().find("must be UTF8") != std::string::npos);
        store.stop(Millis{5000});
        Migrator migrator(PostgresServer::shared().url(name), Database::identity);
        BOOST_CHECK_THROW(migrator.up(), std::runtime_error);
        const auto state = migrator.verify();
        BOOST_TEST((state.kind == SchemaState::Kind::unusable));
        BOOST_TEST(!state.serves());
        BOOST_TEST(state.message.find(encoding) != std::string::npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::identity_rows
