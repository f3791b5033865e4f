// SPDX-License-Identifier: Apache-2.0
// Goal: nobody ends a session or changes a user past the feed, whatever program is used; and a change that is committed
// late, or told by a server that has forgotten, is not missed.
#include "databases.h"
#include "feed_view.h"
#include "storage/admin/migration_files.h"
#include "storage/admin/migrations.h"
#include "storage/sql/identity_store.h"

#include <thread>

namespace gatehouse::testing::identity_feed_sql {
namespace {

using Names = std::set<std::string>;
using Users = std::map<std::string, std::int64_t>;

std::string where(const Session& session) {
    return " WHERE id = '" + session.key.id + "'";
}

std::string where(const Account& user) {
    return " WHERE id = '" + user.id + "'";
}

std::int64_t generation_of(Identity& identity, const Account& user) {
    return identity.need(identity.users().find(user.id, Identity::soon()))->generation;
}

/// An instant as the columns have it, in seconds from now.
std::string in_seconds(Identity& identity, int seconds) {
    if (identity.kind() == StoreKind::sqlite)
        return std::to_string((wall_now() + Seconds{seconds}).time_since_epoch().count());
    return "now() + " + std::to_string(seconds) + " * interval '1 second'";
}

SQL_CASE(sessions_that_an_administrator_ends_are_told) {
    const auto anna = identity.add_user("anna");
    const auto revoked = identity.log_in(anna), shortened = identity.log_in(anna), moved = identity.log_in(anna);
    const auto deleted = identity.log_in(anna), renamed = identity.log_in(anna);
    FeedView feed(identity);
    identity.by_hand("UPDATE sessions SET revoked = true" + where(revoked));
    BOOST_TEST((feed.next_ended() == Names{name_of(revoked)}));
    identity.by_hand("UPDATE sessions SET revoked = true" + where(revoked));
    BOOST_TEST(feed.next_ended().empty());
    identity.by_hand("UPDATE sessions SET expires_at = " + in_seconds(identity, 600) + where(shortened));
    BOOST_TEST(feed.next_ended().empty()); // it lives
    identity.by_hand("UPDATE sessions SET expires_at = " + in_seconds(identity, -1) + where(shortened));
    BOOST_TEST((feed.next_ended() == Names{name_of(shortened)}));
    identity.by_hand("UPDATE sessions SET application_context = 'admin'" + where(moved));
    BOOST_TEST((feed.next_ended() == Names{name_of(moved)}));
    identity.by_hand("UPDATE sessions SET id = 'another'" + where(renamed));
    BOOST_TEST((feed.next_ended() == Names{name_of(renamed)}));
    identity.by_hand("DELETE FROM sessions" + where(deleted));
    BOOST_TEST((feed.next_ended() == Names{name_of(deleted)}));
}

SQL_CASE(sessions_that_were_over_anyway_are_deleted_in_silence) {
    const auto anna = identity.add_user("anna");
    auto expired = identity.session_of(anna);
    expired.session.expires_at = Identity::now() - Seconds{1};
    identity.need(identity.sessions().insert(expired, Identity::soon()));
    FeedView feed(identity);
    identity.by_hand("DELETE FROM sessions");
    BOOST_TEST(feed.next_ended().empty());
}

SQL_CASE(a_deleted_user_takes_the_sessions_along) {
    const auto anna = identity.add_user("anna"), bert = identity.add_user("bert");
    const auto one = identity.log_in(anna), two = identity.log_in(anna, "admin"), other = identity.log_in(bert);
    identity.need(identity.users().grant(anna.id, "web", {"p", {}}, Identity::now(), Identity::soon()));
    FeedView feed(identity);
    identity.by_hand("DELETE FROM users" + where(anna));
    BOOST_TEST((feed.next_ended() == Names{name_of(one), name_of(two)}));
    BOOST_TEST(identity.by_hand("SELECT count(*) FROM sessions") == "1");
    BOOST_TEST(identity.by_hand("SELECT count(*) FROM user_permissions") == "0");
    BOOST_TEST(identity.need(identity.sessions().find(other.key, Identity::soon())).has_value());
}

SQL_CASE(users_that_an_administrator_changes_are_told_and_count) {
    const auto anna = identity.add_user("anna");
    FeedView feed(identity);
    auto generation = anna.generation;
    for (const std::string change :
         {"role = 'admin'", "disabled = true", "disabled = false, role = 'user'", "email = 'ann@example.org'",
          "is_verified = false", "role = 'x', generation = generation + 1", "generation = generation + 1",
          "generation = 0"}) {
        BOOST_TEST_CONTEXT(change) {
            identity.by_hand("UPDATE users SET " + change + where(anna));
            feed.look();
            BOOST_TEST((feed.users == Users{{anna.id, ++generation}}));
            BOOST_TEST(generation_of(identity, anna) == generation);
        }
    }
    for (const std::string none :
         {"role = role, email = email", "hashed_password = 'x'", "updated_at = created_at", "phone = '+1'"}) {
        BOOST_TEST_CONTEXT(none) {
            identity.by_hand("UPDATE users SET " + none + where(anna));
            BOOST_TEST(feed.look().users.empty());
            BOOST_TEST(generation_of(identity, anna) == generation);
        }
    }
    identity.by_hand("UPDATE users SET generation = generation + 10" + where(anna));
    feed.look();
    BOOST_TEST((feed.users == Users{{anna.id, generation + 10}}));
}

SQL_CASE(permissions_that_an_administrator_changes_are_told) {
    const auto anna = identity.add_user("anna"), bert = identity.add_user("bert");
    FeedView feed(identity);
    identity.by_hand("INSERT INTO user_permissions (user_id, permission, granted_at) VALUES ('" + anna.id + "', 'p', " +
                     in_seconds(identity, 0) + ")");
    feed.look();
    BOOST_TEST((feed.users == Users{{anna.id, anna.generation + 1}}));
    identity.by_hand("UPDATE user_permissions SET permission = 'q'");
    feed.look();
    BOOST_TEST((feed.users == Users{{anna.id, anna.generation + 2}}));
    identity.by_hand("UPDATE user_permissions SET user_id = '" + bert.id + "'");
    feed.look();
    BOOST_TEST((feed.users == Users{{anna.id, anna.generation + 3}, {bert.id, bert.generation + 1}}));
    identity.by_hand("DELETE FROM user_permissions");
    feed.look();
    BOOST_TEST((feed.users == Users{{bert.id, bert.generation + 2}}));
}

SQL_CASE(what_was_rolled_back_is_not_told) {
    const auto anna = identity.add_user("anna");
    const auto session = identity.log_in(anna);
    FeedView feed(identity);
    identity.by_hand("BEGIN; UPDATE sessions SET revoked = true; UPDATE users SET role = 'admin'; ROLLBACK");
    BOOST_TEST(feed.next_ended().empty());
    BOOST_TEST(feed.users.empty());
    identity.need(identity.sessions().revoke(session.key, Identity::now(), Identity::soon()));
    BOOST_TEST((feed.next_ended() == Names{name_of(session)}));
    BOOST_TEST(feed.users.empty());
}

SQL_CASE(a_feed_whose_numbers_went_back_is_a_gap) {
    const auto anna = identity.add_user("anna");
    identity.need(identity.users().set_role(anna.id, "admin", Identity::soon()));
    FeedView feed(identity);
    const bool sqlite = identity.kind() == StoreKind::sqlite;
    if (sqlite) {
        identity.by_hand("DELETE FROM changes; DELETE FROM sqlite_sequence WHERE name = 'changes'");
    } else { // the transactions of a server that had got further
        const auto xmin = feed.position.rfind('/') + 1;
        feed.position = feed.position.substr(0, xmin) + "4000000000:4000000000:";
    }
    BOOST_TEST(feed.look().gap);
    const auto change = identity.need(identity.users().set_role(anna.id, "user", Identity::soon()));
    BOOST_TEST(!feed.look().gap);
    BOOST_TEST((feed.users == Users{{anna.id, change.generation}}));
}

using sql::Backend;

/// The migrations of one dialect up to 0001.
std::vector<sql::MigrationFile> first_only(Backend backend) {
    std::vector<sql::MigrationFile> files;
    for (const auto& file : sql::embedded_migrations()) {
        if (file.backend == backend && file.database == Database::identity && file.version == 1) files.push_back(file);
    }
    return files;
}

void check_upgrade(const std::string& url, Backend backend, const std::function<std::string(const std::string&)>& query,
                   const std::string& time) {
    const auto first = first_only(backend);
    Migrator(url, Database::identity, Millis{5000}, &first).up();
    const std::string anna = new_uuid(), session = new_session_id();
    query(
        "INSERT INTO users (id, email, generation, created_at, updated_at) VALUES ('" + anna + "', 'a@x', 7, " + time +
        ", " + time + "); INSERT INTO sessions (id, handle, user_id, expires_at, created_at, last_activity) VALUES ('" +
        session + "', '" + new_uuid() + "', '" + anna + "', " + time + ", " + time + ", " + time +
        "); INSERT INTO user_permissions (user_id, permission, granted_at) VALUES ('" + anna + "', 'p', " + time + ")");
    const auto picture = [&] {
        return query("SELECT u.email || u.generation || s.id || s.revoked || p.permission FROM users u"
                     " JOIN sessions s ON s.user_id = u.id JOIN user_permissions p ON p.user_id = u.id");
    };
    const auto before = picture();
    Migrator migrator(url, Database::identity);
    BOOST_TEST((migrator.verify().kind == SchemaState::Kind::too_old));
    BOOST_TEST(migrator.up().front() == "0002_changes");
    BOOST_TEST((migrator.verify().kind == SchemaState::Kind::fits));
    BOOST_TEST(!before.empty());
    BOOST_TEST(picture() == before);
    BOOST_TEST(query("SELECT count(*) FROM changes") == "0");
    BOOST_TEST((Migrator(url, Database::identity, Millis{5000}, &first).verify().kind == SchemaState::Kind::too_new));
    query("UPDATE sessions SET revoked = true");
    BOOST_TEST(query("SELECT session_id FROM changes") == session);
}

} // namespace

BOOST_AUTO_TEST_SUITE(identity_sqlite)

BOOST_AUTO_TEST_CASE(a_database_with_sessions_gets_the_feed) {
    const TemporaryDirectory directory;
    const auto path = (directory.path() / "identity.db").string();
    check_upgrade(
        "sqlite:" + path, Backend::sqlite, [&](const std::string& sql) { return sqlite_query(path, sql); }, "1");
}

BOOST_AUTO_TEST_CASE(triggers_that_may_recurse_come_to_an_end) {
    Identity identity(StoreKind::sqlite);
    const auto anna = identity.add_user("anna");
    FeedView feed(identity);
    identity.by_hand("PRAGMA recursive_triggers = ON; UPDATE users SET role = 'admin'");
    feed.look();
    BOOST_TEST((feed.users == Users{{anna.id, anna.generation + 1}}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(identity_postgresql)

BOOST_AUTO_TEST_CASE(a_database_with_sessions_gets_the_feed) {
    const auto url = PostgresServer::shared().create_database();
    const auto query = [&](const std::string& sql) {
        return postgres_query(url, "SET search_path = gatehouse; " + sql);
    };
    check_upgrade(url, Backend::postgresql, query, "now()");
}

BOOST_AUTO_TEST_CASE(a_change_that_is_committed_late_is_found) {
    Identity identity(StoreKind::postgresql);
    const auto anna = identity.add_user("anna");
    const auto slow = identity.log_in(anna), slower = identity.log_in(anna), undone = identity.log_in(anna);
    const auto quick = identity.log_in(anna);
    FeedView feed(identity);
    PostgresSession first(identity.url()), second(identity.url()), third(identity.url());
    for (auto* session : {&first, &second, &third})
        session->query("BEGIN");
    first.query("SAVEPOINT s; UPDATE sessions SET revoked = true" + where(slow) + "; RELEASE SAVEPOINT s");
    second.query("UPDATE sessions SET revoked = true" + where(slower));
    third.query("UPDATE sessions SET revoked = true" + where(undone));
    BOOST_TEST(feed.next_ended().empty());
    identity.need(identity.sessions().revoke(quick.key, Identity::now(), Identity::soon()));
    BOOST_TEST((feed.next_ended() == Names{name_of(quick)}));
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(feed.next_ended().empty()); // and not again and again while the others go on
    second.query("COMMIT");
    BOOST_TEST((feed.next_ended() == Names{name_of(slower)}));
    third.query("ROLLBACK");
    BOOST_TEST(feed.next_ended().empty());
    first.query("COMMIT");
    BOOST_TEST((feed.next_ended() == Names{name_of(slow)}));
    BOOST_TEST(feed.next_ended().empty());
}

BOOST_AUTO_TEST_CASE(commits_beside_the_looks_are_each_found) {
    Identity identity(StoreKind::postgresql);
    const auto anna = identity.add_user("anna");
    FeedView feed(identity);
    const int writers = 4, each = 40;
    std::vector<std::thread> threads;
    for (int w = 0; w < writers; ++w) {
        threads.emplace_back([&, w] {
            PostgresSession session(identity.url());
            for (int i = 0; i < each; ++i) {
                const auto id = "w" + std::to_string(w) + "-" + std::to_string(i);
                session.query("BEGIN; INSERT INTO sessions (id, handle, user_id, expires_at) VALUES ('" + id +
                              "', gen_random_uuid(), '" + anna.id + "', now() + interval '1 hour')");
                session.query("DELETE FROM sessions WHERE id = '" + id + "'");
                session.query(i % 5 == 0 ? "ROLLBACK" : "COMMIT");
            }
        });
    }
    std::size_t found = 0;
    const std::size_t expected = writers * each * 4 / 5;
    const auto end = Identity::soon();
    Names all;
    while (all.size() < expected && std::chrono::steady_clock::now() < end) {
        const auto names = feed.next_ended();
        found += names.size();
        all.insert(names.begin(), names.end());
    }
    for (auto& thread : threads)
        thread.join();
    found += feed.next_ended().size();
    BOOST_TEST(all.size() == expected);
    BOOST_TEST(found == expected); // each once
    BOOST_TEST(!all.contains("web/w0-0"));
}

// A number of a transaction that was rolled back, and had not reached the log before a crash, is given again.
BOOST_AUTO_TEST_CASE(a_transaction_with_a_number_that_was_seen_before_is_found) {
    Identity identity(StoreKind::postgresql);
    const auto session = identity.log_in(identity.add_user("anna"));
    identity.by_hand("UPDATE users SET role = 'x'");
    const auto seen_before = identity.by_hand("SELECT max(xid) FROM changes");
    FeedView feed(identity);
    identity.need(identity.sessions().revoke(session.key, Identity::now(), Identity::soon()));
    identity.by_hand("UPDATE changes SET xid = '" + seen_before + "' WHERE session_id IS NOT NULL");
    BOOST_TEST((feed.next_ended() == Names{name_of(session)}));
}

BOOST_AUTO_TEST_CASE(another_history_is_a_gap) {
    Identity identity(StoreKind::postgresql);
    FeedView feed(identity);
    const auto own = feed.position;
    const auto rest = own.substr(own.find('/'));
    const auto second_dash = own.find('-', own.find('-') + 1);
    feed.position = own.substr(0, own.find('-')) + "-00000002" + own.substr(second_dash); // another timeline
    BOOST_TEST(feed.look().gap);
    feed.position = "1" + own; // another cluster
    BOOST_TEST(feed.look().gap);
    feed.position = own.substr(0, second_dash) + "-1" + rest; // the table has been made anew
    BOOST_TEST(feed.look().gap);
    feed.position = own;
    BOOST_TEST(!feed.look().gap);
}

BOOST_AUTO_TEST_CASE(changes_out_of_a_dump_are_not_told_again_and_again) {
    Identity identity(StoreKind::postgresql);
    identity.log_in(identity.add_user("anna"));
    identity.by_hand("UPDATE sessions SET revoked = true");
    identity.by_hand("UPDATE changes SET xid = '4000000000'");
    FeedView feed(identity);
    BOOST_TEST(feed.next_ended().empty());
}

BOOST_AUTO_TEST_CASE(emptied_tables_are_told) {
    Identity identity(StoreKind::postgresql);
    const auto anna = identity.add_user("anna");
    const auto live = identity.log_in(anna), revoked = identity.log_in(anna);
    identity.need(identity.sessions().revoke(revoked.key, Identity::now(), Identity::soon()));
    const auto granted =
        identity.need(identity.users().grant(anna.id, "web", {"p", {}}, Identity::now(), Identity::soon()));
    FeedView feed(identity);
    identity.by_hand("TRUNCATE user_permissions");
    feed.look();
    BOOST_TEST((feed.users == Users{{anna.id, granted.generation + 1}}));
    identity.by_hand("TRUNCATE users CASCADE");
    // With the row of the revoked one goes what a replay would have found of it: it is told once more.
    BOOST_TEST((feed.next_ended() == Names{name_of(live), name_of(revoked)}));
}

BOOST_AUTO_TEST_CASE(who_may_change_sessions_and_users_need_not_know_the_feed) {
    Identity identity(StoreKind::postgresql);
    const auto anna = identity.add_user("anna");
    const auto session = identity.log_in(anna);
    FeedView feed(identity);
    identity.by_hand("DO $$BEGIN CREATE ROLE clerk; EXCEPTION WHEN duplicate_object THEN NULL; END$$;"
                     "GRANT USAGE ON SCHEMA gatehouse TO clerk; GRANT SELECT, UPDATE ON sessions TO clerk;"
                     "GRANT SELECT, INSERT ON user_permissions TO clerk;"
                     "SET ROLE clerk; UPDATE sessions SET revoked = true;"
                     "INSERT INTO user_permissions (user_id, permission) VALUES ('" +
                     anna.id + "', 'p')");
    BOOST_TEST((feed.next_ended() == Names{name_of(session)}));
    BOOST_TEST((feed.users == Users{{anna.id, anna.generation + 1}}));
    BOOST_CHECK_THROW(identity.by_hand("SET ROLE clerk; DELETE FROM changes"), std::runtime_error);
    BOOST_CHECK_THROW(identity.by_hand("SET ROLE clerk; CREATE TEMP TABLE t (id uuid, generation bigint);"
                                       "CREATE TRIGGER lie AFTER UPDATE ON t FOR EACH ROW"
                                       " EXECUTE FUNCTION gatehouse.tell_user()"),
                      std::runtime_error);
}

BOOST_AUTO_TEST_CASE(the_feed_uses_indexes_only) {
    Identity identity(StoreKind::postgresql);
    identity.by_hand("INSERT INTO changes (user_id, generation, at) SELECT gen_random_uuid(), g, now() - g *"
                     " interval '1 second' FROM generate_series(1, 20000) g; ANALYZE changes");
    PostgresSession under_way(identity.url());
    under_way.query("BEGIN; INSERT INTO changes (user_id, generation) VALUES (gen_random_uuid(), 1)");
    // The statistics of a connection are written when it ends.
    const auto scans = [&] {
        identity.by_hand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                         " WHERE application_name = 'gatehouse' AND datname = current_database()");
        const auto end = Identity::soon();
        const std::string ours = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'gatehouse' AND"
                                 " datname = current_database()";
        while (identity.by_hand(ours) != "0" && std::chrono::steady_clock::now() < end)
            std::this_thread::sleep_for(Millis{5});
        return identity.by_hand("SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'changes'");
    };
    FeedView feed(identity);
    const auto before = scans();
    // From the sixth execution on PostgreSQL plans without looking at the parameters.
    for (int i = 0; i < 12; ++i) {
        BOOST_TEST(!feed.look().gap);
        const auto recent = wall_now() - Seconds{60};
        identity.need(identity.feed().users_since(recent, "", 10, Identity::soon()));
        BOOST_TEST(identity.need(identity.feed().forget(wall_now() - Seconds{19'990}, {}, 1, Identity::soon())) <= 1U);
    }
    BOOST_TEST(scans() == before);
    BOOST_TEST(identity.by_hand("SELECT idx_scan >= 12 FROM pg_stat_user_indexes WHERE indexrelname = 'changes_xid'") ==
               "t");
    under_way.query("ROLLBACK");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::identity_feed_sql
