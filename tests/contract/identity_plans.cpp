// SPDX-License-Identifier: Apache-2.0
// Goal: no statement costs more because there are more sessions, users or changes: each one goes down an index.
#include "databases.h"
#include "servers.h"
#include "storage/admin/migrations.h"
#include "storage/sql/identity_queries.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <regex>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

namespace gatehouse::testing::identity_plans {
namespace {

using sql::Backend;

const std::string user = "00000000-0000-4000-8000-000000000007";

/// What stands for each name in a statement. The times are those of `populate`.
const std::map<std::string, std::string> samples = {
    {"id", "'s7'"},
    {"context", "'web'"},
    {"handle", "'00000000-0000-4000-9000-000000000007'"},
    {"user", "'" + user + "'"},
    {"email", "'user7@example.org'"},
    {"now", "1800000000000"},
    {"since", "1800000000000"},
    {"before", "1700000000000"},
    {"expires", "1800003600000"},
    {"after", "'s7'"},
    {"limit", "100"},
    {"keep", "10"},
    {"generation", "1"},
    {"expected", "NULL"},
    {"disabled", "true"},
    {"hash", "'x'"},
    {"old", "'x'"},
    {"new", "'y'"},
    {"name", "'Desk'"},
    {"role", "'user'"},
    {"permission", "'a.read'"},
    {"seq", "19990"},
    {"purpose", "'reset_password'"},
    {"address", "'user7@example.org'"},
    {"created", "1800000000000"},
    {"kind", "'reset_password'"},
    {"recipient", "'user7@example.org'"},
    {"language", "'en'"},
    {"facts", "'{}'"},
    {"count", "3"},
    {"node", "'n'"},
    {"until", "1800000060000"},
    {"due", "1800000060000"},
    {"tries", "1"},
    {"error", "'x'"},
    {"phone", "NULL"},
    {"grants", "''"},
    {"claimed", "'+380501234567'"},
    {"verified", "1"},
    {"batch", R"('[["web","s7",1800000000000]]')"},
};

struct Statement {
    std::string name;
    std::string text;
};

bool goes_on(char letter) {
    return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

/// Longer names first: `:user` is no part of `:user_id`.
std::string filled(std::string text, std::vector<std::string> names, const std::string& snapshot) {
    std::ranges::sort(names, std::greater<>{}, &std::string::size);
    for (const auto& name : names) {
        const auto mark = ":" + name;
        const auto value = name == "snapshot" ? "'" + snapshot + "'" : samples.at(name);
        for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
            const bool whole = at + mark.size() == text.size() || !goes_on(text[at + mark.size()]);
            const bool cast = at > 0 && text[at - 1] == ':';
            if (whole && !cast) text.replace(at, mark.size(), value);
        }
    }
    return text;
}

/// All but those that insert one row: they have no plan.
std::vector<Statement> statements(Backend backend, const std::string& snapshot) {
    const sql::IdentityQueries queries(backend, true);
    std::vector<Statement> all;
    const auto add = [&](const std::string& name, const auto& query) {
        all.push_back({name, filled(query.sql, {query.names.begin(), query.names.end()}, snapshot)});
    };
    const auto& s = queries.sessions;
    add("find", s.find), add("log_in", s.log_in), add("evict", s.evict);
    add("touch", s.touch), add("revoke", s.revoke), add("revoke_by_handle", s.revoke_by_handle);
    add("revoke_all", s.revoke_all), add("ended_since", s.ended_since), add("list", s.list), add("purge", s.purge);
    add("name_device", s.name_device);
    add("list_live", s.list_live);
    const auto& u = queries.users;
    add("user", u.find), add("user_by_email", u.find_by_email), add("users", u.list);
    add("user_in_context", u.find_in_context), add("replace_hash", u.replace_hash);
    add("set_password", u.set_password), add("set_disabled", u.set_disabled), add("set_role", u.set_role);
    add("unlock", u.unlock), add("unlocked_since", u.unlocked_since);
    add("touch_user", u.touch), add("lock", u.lock), add("withdraw", u.withdraw);
    add("set_address", u.set_address), add("set_contact", u.set_contact), add("take_leave", u.take_leave);
    add("forget_mail_of", u.forget_mail), add("forget_tokens_of", u.forget_tokens);
    const auto& o = queries.one_time;
    add("end_older_tokens", o.end_older), add("issue_token", o.insert), add("find_token", o.find);
    add("use_token", o.use), add("end_all_tokens", o.end_all), add("verify", o.verify), add("forget_tokens", o.forget);
    add("end_most_tokens", o.end_most), add("verify_alone", o.verify_alone);
    const auto& f = queries.feed;
    add("look", f.look), add("users_since", f.users_since), add("forget_changes", f.forget_changes);
    add("forget_lost", f.forget_lost), add("lost_since", f.lost_since);
    return all;
}

std::vector<Statement> mail_statements(Backend backend) {
    const sql::MailQueries m(backend);
    std::vector<Statement> all;
    const auto add = [&](const std::string& name, const auto& query) {
        auto text = query.sql;
        // Ids of mail are UUIDs, and so are the pages of the list.
        for (const auto& [mark, value] : {std::pair(":id", user), std::pair(":after", user)})
            text = std::regex_replace(text, std::regex(std::string(mark) + "\\b"), "'" + value + "'");
        all.push_back({name, filled(text, {query.names.begin(), query.names.end()}, "")});
    };
    add("enqueue_for_user", m.enqueue_for_user), add("enqueue_for_address", m.enqueue_for_address);
    add("drop_new_address", m.drop_new_address), add("drop_links", m.drop_links);
    add("claim", m.claim), add("sent", m.sent), add("postpone", m.postpone), add("give_up", m.give_up);
    add("counts", m.counts), add("waiting", m.waiting), add("retry", m.retry), add("retry_all", m.retry_all);
    add("forget_sent", m.forget_sent), add("forget_given_up", m.forget_given_up);
    return all;
}

/// 2000 users, 20 000 sessions of which 1 in 100 was ended long ago, 20 000 changes.
struct PostgresTables {
    static constexpr Backend backend = Backend::postgresql;
    PostgresTables() {
        Migrator(url, Database::identity).up();
        for (const auto* statement :
             {"ALTER TABLE sessions DISABLE TRIGGER USER",
              "INSERT INTO users (id, email) SELECT CAST('00000000-0000-4000-8000-' || lpad(CAST(n AS text), 12, '0')"
              " AS uuid), 'user' || n || '@example.org' FROM generate_series(1, 2000) AS n",
              "INSERT INTO sessions (id, handle, user_id, expires_at, created_at, revoked, revoked_at)"
              " SELECT 's' || n, CAST('00000000-0000-4000-9000-' || lpad(CAST(n AS text), 12, '0') AS uuid),"
              " CAST('00000000-0000-4000-8000-' || lpad(CAST(1 + n % 2000 AS text), 12, '0') AS uuid),"
              " to_timestamp(1800000000 + n), to_timestamp(1799000000 + n), n % 100 = 0,"
              " CASE WHEN n % 100 = 0 THEN to_timestamp(1799500000 + n) END FROM generate_series(1, 20000) AS n",
              "INSERT INTO user_permissions (user_id, permission) SELECT id, 'a.read' FROM users",
              "INSERT INTO changes (at, user_id, generation) SELECT to_timestamp(1799990000 + n), CAST("
              "'00000000-0000-4000-8000-' || lpad(CAST(1 + n % 2000 AS text), 12, '0') AS uuid), 2"
              " FROM generate_series(1, 20000) AS n",
              "INSERT INTO one_time_tokens (id, purpose, user_id, address, created_at, expires_at) SELECT 's' || n,"
              " 'reset_password', CAST('00000000-0000-4000-8000-' || lpad(CAST(1 + n % 2000 AS text), 12, '0') AS "
              "uuid),"
              " 'user' || n || '@example.org', to_timestamp(1799999000), to_timestamp(1800000000 + n)"
              " FROM generate_series(1, 20000) AS n",
              "INSERT INTO mail (id, kind, user_id, recipient, language, application_context, queued_at, due_at, "
              "sent_at)"
              " SELECT CAST('00000000-0000-4000-8000-' || lpad(CAST(n AS text), 12, '0') AS uuid), 'reset_password',"
              " CASE WHEN n % 2 = 0 THEN CAST('00000000-0000-4000-8000-' || lpad(CAST(1 + n % 2000 AS text), 12, '0')"
              " AS uuid) END, 'user' || n || '@example.org', 'en', 'web', to_timestamp(1799990000 + n),"
              " CASE WHEN n % 100 = 0 THEN to_timestamp(1799990000 + n) END,"
              " CASE WHEN n % 100 > 0 THEN to_timestamp(1799990000 + n) END FROM generate_series(1, 20000) AS n",
              "ANALYZE"})
            postgres.query(statement);
        snapshot = postgres.query("SELECT CAST(pg_current_snapshot() AS text)");
    }
    /// Without the look at all nodes: there is a row for each gateway.
    std::string plan(const std::string& statement) {
        static const std::regex of_nodes(
            R"re("Seq Scan",\s*(?:"[^"]+": (?:"[^"]*"|[^",{]+),\s*)*"Relation Name": "nodes")re");
        return std::regex_replace(postgres.query("EXPLAIN (FORMAT JSON) " + statement), of_nodes, "nodes");
    }
    static std::vector<std::string> signs_of_reading_all() { return {"Seq Scan"}; }

    const std::string url = PostgresServer::shared().create_database();
    PostgresSession postgres{url};
    std::string snapshot;
};

struct SqliteTables {
    static constexpr Backend backend = Backend::sqlite;
    SqliteTables() {
        Migrator("sqlite:" + path, Database::identity).up();
        const std::string numbers = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ";
        for (const auto& statement :
             {numbers + "2000) INSERT INTO users (id, email, created_at, updated_at) SELECT"
                        " printf('00000000-0000-4000-8000-%012d', n), 'user' || n || '@example.org', 0, 0 FROM c",
              numbers + "20000) INSERT INTO sessions (id, handle, user_id, expires_at, created_at, last_activity,"
                        " revoked, revoked_at) SELECT 's' || n, printf('00000000-0000-4000-9000-%012d', n),"
                        " printf('00000000-0000-4000-8000-%012d', 1 + n % 2000), 1800000000000 + n, 1799000000000 + n,"
                        " 0, n % 100 = 0, CASE WHEN n % 100 = 0 THEN 1799500000000 + n END FROM c",
              std::string("INSERT INTO user_permissions (user_id, permission, granted_at) SELECT id, 'a.read', 0"
                          " FROM users"),
              numbers + "20000) INSERT INTO changes (at, user_id, generation) SELECT 1799990000000 + n,"
                        " printf('00000000-0000-4000-8000-%012d', 1 + n % 2000), 2 FROM c",
              numbers + "20000) INSERT INTO one_time_tokens (id, purpose, user_id, address, created_at, expires_at)"
                        " SELECT 's' || n, 'reset_password', printf('00000000-0000-4000-8000-%012d', 1 + n % 2000),"
                        " 'user' || n || '@example.org', 0, 1800000000000 + n FROM c",
              numbers +
                  "20000) INSERT INTO mail (id, kind, user_id, recipient, language, application_context, queued_at,"
                  " due_at, sent_at) SELECT printf('00000000-0000-4000-8000-%012d', n), 'reset_password',"
                  " CASE WHEN n % 2 = 0 THEN printf('00000000-0000-4000-8000-%012d', 1 + n % 2000) END,"
                  " 'user' || n || '@example.org', 'en', 'web', 1799990000000 + n,"
                  " CASE WHEN n % 100 = 0 THEN 1799990000000 + n END,"
                  " CASE WHEN n % 100 > 0 THEN 1799990000000 + n END FROM c"})
            sqlite_query(path, statement);
    }
    std::string plan(const std::string& statement) { return sqlite_lines(path, "EXPLAIN QUERY PLAN " + statement); }
    /// A table is named by its alias, if it has one.
    static std::vector<std::string> signs_of_reading_all() {
        return {"SCAN sessions", "SCAN users",  "SCAN changes", "SCAN user_permissions", "SCAN s\n", "SCAN u\n",
                "SCAN p\n",      "SCAN mail\n", "SCAN m\n",     "SCAN one_time_tokens"};
    }

    TemporaryDirectory directory;
    const std::string path = (directory.path() / "plans.db").string();
    std::string snapshot;
};

using Both = std::tuple<PostgresTables, SqliteTables>;

} // namespace

BOOST_AUTO_TEST_SUITE(identity_plans)

BOOST_AUTO_TEST_CASE_TEMPLATE(every_statement_goes_down_an_index, Tables, Both) {
    Tables tables;
    auto all = statements(Tables::backend, tables.snapshot);
    std::ranges::move(mail_statements(Tables::backend), std::back_inserter(all));
    for (const auto& [name, text] : all) {
        BOOST_TEST_CONTEXT(name << ": " << text) {
            const auto plan = tables.plan(text);
            BOOST_TEST(!plan.empty());
            for (const auto& sign : Tables::signs_of_reading_all())
                BOOST_TEST(plan.find(sign) == std::string::npos, plan);
        }
    }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_statement_that_reads_all_is_seen, Tables, Both) {
    Tables tables;
    const auto plan = tables.plan("SELECT count(*) FROM sessions WHERE remember = true");
    const auto signs = Tables::signs_of_reading_all();
    BOOST_TEST(std::ranges::any_of(signs, [&](const auto& sign) { return plan.find(sign) != std::string::npos; }),
               plan);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::identity_plans
