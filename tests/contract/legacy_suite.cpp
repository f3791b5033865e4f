// SPDX-License-Identifier: Apache-2.0
#include "legacy_suite.h"

#include "storage/legacy/old_system.h"
#include "storage/legacy/presets.h"
#include "storage/legacy/redis/store.h"
#include "storage/legacy/sql/store.h"
#include "tests/memory/legacy_store.h"

#include <array>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <sstream>

namespace gatehouse::testing {
namespace {

using enum LegacyBackend;

constexpr std::array<LegacySystem, 10> systems{{
    {"legacy_session_id_memory", memory, "session-id", ""},
    {"legacy_sessions_memory", memory, "sessions", ""},
    {"legacy_auth_token_memory", memory, "auth-token", ""},
    {"legacy_redis_memory", memory, "redis", ""},
    {"legacy_session_id_postgresql", postgresql, "session-id", "session_id.postgresql.sql"},
    {"legacy_sessions_postgresql", postgresql, "sessions", "sessions.postgresql.sql"},
    {"legacy_sessions_2_postgresql", postgresql, "sessions-2", "sessions_2.postgresql.sql"},
    {"legacy_auth_token_postgresql", postgresql, "auth-token", "auth_token.postgresql.sql"},
    {"legacy_auth_token_sqlite", sqlite, "auth-token", "auth_token.sqlite.sql"},
    {"legacy_redis", postgresql, "redis", "session_id.postgresql.sql"},
}};

/// One database for each fixture, its tables made anew for each case.
std::string postgres_database(const std::string& fixture) {
    static std::map<std::string, std::string> made;
    auto& url = made[fixture];
    if (url.empty()) url = PostgresServer::shared().create_database();
    postgres_query(url, "DROP SCHEMA public CASCADE; CREATE SCHEMA public; " + legacy_fixture(fixture));
    return url;
}

std::string literal(const std::string& text) {
    return "'" + text + "'";
}

} // namespace

struct LegacyBench::Holder {
    std::optional<TemporaryDirectory> directory;
    std::string url;
    LinkLoop loop;
    std::optional<RedisBench> redis;
    std::optional<RedisConsole> console;
    std::unique_ptr<MemoryLegacyStore> memory;
    std::unique_ptr<SqlLegacyStore> sql;
    std::unique_ptr<RedisLegacyKeys> keys;
    std::unique_ptr<OldSystem> whole;
};

std::string legacy_fixture(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(std::string(GATEHOUSE_SOURCE_DIR) + "/tests/legacy/" + name).rdbuf();
    return text.str();
}

std::string legacy_token(int number) {
    return fmt::format("{}-legacy_{:0>30}", static_cast<char>('a' + number % 26), number);
}

LegacyBench::LegacyBench(const LegacySystem& system)
    : system_(system), layout_(legacy::preset(system.preset).value()), holder_(std::make_unique<Holder>()) {
    auto& h = *holder_;
    loop_ = &h.loop;
    if (in_memory()) {
        h.memory = std::make_unique<MemoryLegacyStore>(layout_);
        store_ = h.memory.get();
        put_people();
        return;
    }
    if (system.backend == sqlite) {
        const auto path = h.directory.emplace().path() / "old.db";
        h.url = "sqlite:" + path.string();
        sqlite_query(path.string(), legacy_fixture(system.fixture));
    } else {
        h.url = postgres_database(system.fixture);
    }
    h.sql = std::make_unique<SqlLegacyStore>(
        SqlOptions{.url = h.url, .connections = 3, .statement_timeout = Millis{5000}}, layout_);
    if (has_keys()) {
        h.console.emplace(RedisServer::shared().socket());
        (*h.console)({"FLUSHALL"});
        h.redis.emplace(RedisOptions{.url = RedisServer::shared().url()});
        BOOST_REQUIRE_MESSAGE(h.redis->comes_up(), h.redis->link.trouble());
        h.keys = std::make_unique<RedisLegacyKeys>(h.redis->link, layout_);
        loop_ = &h.redis->loop;
    }
    h.whole = std::make_unique<OldSystem>(layout_, *h.sql, h.keys.get());
    store_ = h.whole.get();
}

LegacyBench::~LegacyBench() {
    if (holder_->sql) holder_->sql->stop(Millis{5000});
}

Instant LegacyBench::now() {
    static const Instant start = std::chrono::floor<Seconds>(wall_now());
    return start;
}

std::string LegacyBench::last_failure() const {
    return holder_->sql ? holder_->sql->last_failure() : "";
}

std::string LegacyBench::by_hand(const std::string& sql) {
    const auto& url = holder_->url;
    return url.starts_with("sqlite:") ? sqlite_query(url.substr(7), sql) : postgres_query(url, sql);
}

std::string LegacyBench::moment(Instant at) const {
    const auto seconds = std::chrono::floor<Seconds>(at).time_since_epoch().count();
    if (system_.backend == sqlite) return fmt::format("datetime({}, 'unixepoch')", seconds);
    const bool zoned = layout_.session_revoked_at == "revoked_at";
    return fmt::format("to_timestamp({}){}", seconds, zoned ? "" : " AT TIME ZONE 'UTC'");
}

void LegacyBench::put_people() {
    const std::string hash = "$2b$10$5afYHdihKCmMnk3w/MSsQuHZuayjP6pHDtl2JcS/hcQARQ8y/7I92";
    const auto created = Instant(Millis(1'709'285'445'678)); // 2024-03-01 09:30:45.678
    const bool by_phone = layout_.user_email.empty();
    const auto person = [&](const std::string& id, const char* email, const char* phone, const char* role,
                            bool checked) {
        return by_phone ? LegacyUser{id, "", phone, hash, "", false, std::nullopt}
                        : LegacyUser{id, email, "", hash, role, checked, created};
    };
    holder_->memory->put_user(person(anna(), "anna@example.org", "+7 (900) 123-45-67", "admin", true));
    holder_->memory->put_user(person(boris(), "Boris@Example.org", "89007654321", "user", false));
    holder_->memory->put_user(person(is_integer() ? "100" : "f0000000-0000-4000-8000-000000000003", "vera@example.org",
                                     "+44 20 7946 0958", "user", true));
}

void LegacyBench::put_row(const std::string& token, const std::string& user, const Row& row) {
    if (in_memory()) {
        const auto end = layout_.session_expires.empty() ? std::nullopt : std::optional(row.expires_at);
        holder_->memory->put_row(token, {user, "web", row.created_at, row.last_activity, end, row.revoked, {}});
        return;
    }
    std::string columns = fmt::format("{}, {}, {}, {}", layout_.session_token, layout_.session_user,
                                      layout_.session_created, layout_.session_active);
    std::string values =
        fmt::format("{}, {}, {}, {}", literal(token), literal(user), moment(row.created_at), moment(row.last_activity));
    if (!layout_.session_expires.empty()) columns += ", expires_at", values += ", " + moment(row.expires_at);
    if (!layout_.session_revoked.empty()) columns += ", revoked", values += row.revoked ? ", true" : ", false";
    by_hand(fmt::format("INSERT INTO {} ({}) VALUES ({})", layout_.sessions_table, columns, values));
}

void LegacyBench::put_token(const std::string& user, const std::string& token) {
    if (in_memory()) return holder_->memory->put_token(user, token, now() - Seconds{7200});
    const auto logged_in = layout_.user_last_login.empty()
                               ? ""
                               : fmt::format(", last_login_at = to_timestamp({}) - interval '2 hours'",
                                             now().time_since_epoch().count() / 1000);
    by_hand(fmt::format("UPDATE users SET {} = {}{} WHERE id = {}", layout_.user_token, literal(token), logged_in,
                        literal(user)));
}

void LegacyBench::put_key(const std::string& token, const std::string& user, Instant expires_at) {
    if (in_memory()) return holder_->memory->put_key(token, {user, expires_at});
    const auto value = fmt::format(
        R"({{"user_id":"{}","expires_at":{},"ip":"::1","metadata":{{"a":[1,{{"user_id":"x"}}]}},"user_agent":null}})",
        user, expires_at.time_since_epoch().count());
    (*holder_->console)({"SET", layout_.redis_prefix + token, value, "EX", "3600"});
}

void LegacyBench::put_session(const std::string& token, const std::string& user) {
    if (has_rows()) return put_row(token, user, {});
    if (has_tokens()) return put_token(user, token);
    put_key(token, user, now() + Seconds{3600});
}

void LegacyBench::remove_session(const std::string& token) {
    if (in_memory()) {
        holder_->memory->remove_row(token);
        holder_->memory->remove_key(token);
        return;
    }
    if (has_rows())
        by_hand(
            fmt::format("DELETE FROM {} WHERE {} = {}", layout_.sessions_table, layout_.session_token, literal(token)));
    if (has_keys()) (*holder_->console)({"DEL", layout_.redis_prefix + token});
}

void LegacyBench::put_user(int number) {
    const auto id = is_integer() ? std::to_string(number) : fmt::format("10000000-0000-4000-8000-{:012}", number);
    const auto name = is_integer() ? fmt::format("+49{:010}", number) : fmt::format("user{}@example.org", number);
    if (in_memory()) {
        LegacyUser user;
        user.id = id;
        (is_integer() ? user.phone : user.email) = name;
        return holder_->memory->put_user(user);
    }
    by_hand(fmt::format("INSERT INTO users (id, {}, {}) VALUES ('{}', '{}', '')", is_integer() ? "phone" : "email",
                        layout_.user_password, id, name));
}

void LegacyBench::remove_user(const std::string& user) {
    if (in_memory()) return holder_->memory->remove_user(user);
    by_hand("DELETE FROM users WHERE id = " + literal(user));
}

std::string LegacyBench::row(const std::string& token) {
    if (in_memory()) {
        const auto found = holder_->memory->rows().find(token);
        if (found == holder_->memory->rows().end()) return "absent";
        return found->second.revoked ? "revoked" : "live";
    }
    const auto revoked =
        layout_.session_revoked.empty()
            ? std::string("'live'")
            : std::string("CASE WHEN revoked AND revoked_at IS NOT NULL THEN 'revoked' ELSE 'live' END");
    const auto found = by_hand(fmt::format("SELECT {} FROM {} WHERE {} = {}", revoked, layout_.sessions_table,
                                           layout_.session_token, literal(token)));
    return found.empty() ? "absent" : found;
}

std::string LegacyBench::token_of(const std::string& user) {
    if (in_memory()) return holder_->memory->token_of(user);
    return by_hand(fmt::format("SELECT coalesce({}, '') FROM users WHERE id = {}", layout_.user_token, literal(user)));
}

bool LegacyBench::has_key(const std::string& token) {
    if (in_memory()) return holder_->memory->keys().contains(token);
    return (*holder_->console)({"EXISTS", layout_.redis_prefix + token}).integer == 1;
}

std::string LegacyBench::hash_of(const std::string& user) {
    if (in_memory()) return holder_->memory->user_of(user).value().password_hash;
    return by_hand(fmt::format("SELECT {} FROM users WHERE id = {}", layout_.user_password, literal(user)));
}

Result<LegacyDisplaced> LegacyBench::write(const std::string& token, const std::string& user,
                                           std::optional<std::string> expected) {
    const LegacyLogin login{token, user, "web", now(), now() + Seconds{3600}, {"192.0.2.7", "Mozilla/5.0"}};
    return wait(store().write(login, std::move(expected), soon()));
}

std::vector<LegacyPage> LegacyBench::read_all(std::size_t limit) {
    std::vector<LegacyPage> pages;
    std::string after;
    do {
        pages.push_back(need(store().sessions(after, limit, "web", now(), soon())));
        after = pages.back().next;
        BOOST_REQUIRE(pages.size() < 5000);
    } while (!after.empty());
    return pages;
}

LegacyCase::LegacyCase(const char* name, Body body, const char* file, std::size_t line) {
    namespace bt = boost::unit_test;
    for (const auto& system : systems) {
        const auto run = [&system, body] {
            LegacyBench bench(system);
            body(bench);
        };
        // What BOOST_AUTO_TEST_SUITE and BOOST_AUTO_TEST_CASE are made of; a suite of a known name is continued.
        bt::ut_detail::auto_test_unit_registrar(system.suite, file, line, bt::decorator::collector_t::instance());
        bt::ut_detail::auto_test_unit_registrar(bt::make_test_case(run, name, file, line),
                                                bt::decorator::collector_t::instance());
        bt::ut_detail::auto_test_unit_registrar(1);
    }
}

} // namespace gatehouse::testing
