// SPDX-License-Identifier: Apache-2.0
// Goal: no question costs an old system more because it has more users or sessions: each goes down one of the indexes
// that it has anyway. Looking for a phone number, or for an address in other letters than it stands there, is the
// exception: such a thing has no index.
#include "databases.h"
#include "legacy_suite.h"
#include "servers.h"
#include "storage/legacy/presets.h"
#include "storage/legacy/sql/queries.h"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <map>

namespace gatehouse::testing::legacy_plans {
namespace {

using legacy::Layout;

struct Question {
    std::string name;
    std::string sql;
    std::string parameters; ///< of the prepared statement, in the order in which they appear
};

/// The text with $1, $2 … as SOCI sends it, and as many values.
Question prepared(const std::string& name, std::string sql, const std::map<std::string, std::string>& values) {
    Question question{name, {}, {}};
    int count = 0;
    for (std::size_t at = 0; at < sql.size(); ++at) {
        const auto end = std::min(sql.find_first_not_of("abcdefghijklmnopqrstuvwxyz", at + 1), sql.size());
        const auto value = sql[at] == ':' ? values.find(sql.substr(at + 1, end - at - 1)) : values.end();
        if (value == values.end()) {
            question.sql += sql[at];
            continue;
        }
        question.sql += fmt::format("${}", ++count);
        question.parameters += (count > 1 ? ", " : "") + value->second;
        at = end - 1;
    }
    return question;
}

std::vector<Question> questions(sql::Backend backend, const Layout& layout) {
    const sql::LegacyQueries q(backend, layout);
    const bool number = layout.user_id_kind == legacy::IdKind::integer;
    const std::string id = number ? "42" : "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";
    const std::map<std::string, std::string> values{{"token", "'x'"},
                                                    {"context", "'web'"},
                                                    {"user", "'" + id + "'"},
                                                    {"ids", (number ? "'[" + id + "]'" : R"('[")" + id + R"("]')")},
                                                    {"email", "'anna@example.org'"},
                                                    {"after", "'" + id + "'"},
                                                    {"limit", "100"},
                                                    {"now", "'2025-01-01 00:00:00'"},
                                                    {"old", "'x'"},
                                                    {"new", "'y'"}};
    std::vector<Question> all;
    const auto add = [&](const std::string& name, const std::string& sql) {
        if (!sql.empty()) all.push_back(prepared(name, sql, values));
    };
    add("find", q.find.sql), add("user", q.user.sql), add("users_named", q.users_named.sql), add("users", q.users.sql);
    if (!layout.user_email.empty()) add("by_email", q.by_email.sql);
    add("sessions", q.sessions.sql), add("sessions_of", q.sessions_of.sql), add("tokens_of", q.tokens_of.sql);
    add("owner_of", q.owner_of.sql);
    add("standing_tokens", q.standing_tokens.sql), add("lock_token", q.lock_token.sql), add("token_of", q.token_of.sql);
    add("put_token", q.put_token.sql), add("clear_token", q.clear_token.sql);
    add("end", q.end.sql), add("set_password", q.set_password.sql);
    return all;
}

struct Fixture {
    const char* preset;
    const char* file;
};

} // namespace

BOOST_AUTO_TEST_SUITE(legacy_plans)

BOOST_AUTO_TEST_CASE(every_question_goes_down_an_index_of_postgresql) {
    for (const auto& [preset, file] : {Fixture{"session-id", "session_id.postgresql.sql"},
                                       {"sessions", "sessions.postgresql.sql"},
                                       {"sessions-2", "sessions_2.postgresql.sql"},
                                       {"auth-token", "auth_token.postgresql.sql"}}) {
        const auto url = PostgresServer::shared().create_database();
        postgres_query(url, legacy_fixture(file));
        PostgresSession session(url);
        // Few rows would be read one after the other; and a plan is made for any value, not for this one.
        session.query("SET search_path = public; SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan");
        auto layout = legacy::preset(preset).value();
        if (session.query("SELECT to_regclass('user_permissions')").empty()) layout.permissions_table.clear();
        for (const auto& [name, sql, parameters] : questions(sql::Backend::postgresql, layout)) {
            session.query("PREPARE question AS " + sql);
            const auto plan = session.query("EXPLAIN (FORMAT JSON) EXECUTE question(" + parameters + ")");
            BOOST_TEST(plan.find("Index") != std::string::npos, preset << ", " << name << ": " << plan);
            BOOST_TEST(plan.find("Seq Scan") == std::string::npos, preset << ", " << name << ": " << plan);
            // Of many rows both sides would be read to the end, for each part of a bulk read.
            BOOST_TEST(plan.find(R"("Anti")") == std::string::npos, preset << ", " << name << ": " << plan);
            session.query("DEALLOCATE question");
        }
    }
}

BOOST_AUTO_TEST_CASE(every_question_goes_down_an_index_of_sqlite) {
    const TemporaryDirectory directory;
    const auto path = (directory.path() / "old.db").string();
    sqlite_query(path, legacy_fixture("auth_token.sqlite.sql"));
    for (const auto& [name, sql, parameters] : questions(sql::Backend::sqlite, legacy::preset("auth-token").value())) {
        const auto plan = sqlite_lines(path, "EXPLAIN QUERY PLAN " + sql);
        BOOST_TEST(plan.find("SEARCH") != std::string::npos, name << ": " << plan);
        for (const auto* all : {"SCAN users", "SCAN user_sessions", "SCAN u\n", "SCAN s\n", "SCAN o\n"})
            BOOST_TEST(plan.find(all) == std::string::npos, name << ": " << plan);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::legacy_plans
