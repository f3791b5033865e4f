// SPDX-License-Identifier: Apache-2.0
// Goal: users and sessions can be administered on a real SQLite file, and what is refused changes nothing.
#include "gateway/stores/stores.h"
#include "tests/unit/cli/command_line.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <sysexits.h>

using namespace gatehouse;
using gatehouse::cli::testing::CommandLine;
using gatehouse::cli::testing::Outcome;

namespace {

constexpr auto email = "ada@example.test";
constexpr auto password = "correct horse battery staple 7";

struct Installation {
    CommandLine gatehouse;

    /// Asks the store itself, beside the command line.
    template <class T> T ask(const std::function<boost::asio::awaitable<Result<T>>(Stores&)>& question) const {
        Config config;
        config.identity_url = config.web_url = "sqlite:" + gatehouse.path("gatehouse.db");
        boost::asio::io_context loop{1};
        Stores stores(loop.get_executor(), config);
        auto answer = boost::asio::co_spawn(loop, question(stores), boost::asio::use_future);
        loop.run();
        return answer.get().value();
    }

    Account account() const {
        return ask<std::optional<Account>>(
                   [](Stores& s) { return s.users().find_by_email(email, deadline_in(Seconds(5))); })
            .value();
    }
    User user() const {
        const std::string id = account().id;
        return ask<std::optional<User>>([id](Stores& s) {
                   return s.users().find_in_context(id, "web", wall_now(), deadline_in(Seconds(5)));
               })
            .value();
    }
    void log_in(const std::string& handle) const {
        const Account who = account();
        NewSession fresh;
        fresh.session.key = {"web", std::string(43 - handle.size(), 'A') + handle};
        fresh.session.handle = "00000000-0000-4000-8000-00000000000" + handle;
        fresh.session.user_id = who.id;
        fresh.session.created_at = fresh.session.last_activity = wall_now();
        fresh.session.expires_at = wall_now() + std::chrono::hours(1);
        fresh.origin = {"192.0.2.1", "Browser\x1b[31m/1"};
        fresh.user_generation = who.generation;
        const Inserted inserted =
            ask<Inserted>([fresh](Stores& s) { return s.sessions().insert(fresh, deadline_in(Seconds(5))); });
        BOOST_TEST_REQUIRE(inserted.accepted);
    }
    void add_user() const {
        const Outcome added = gatehouse({"user", "add", "Ada@Example.test", "--verified", "--password-stdin"},
                                        std::string(password) + "\n");
        BOOST_TEST_REQUIRE(added.exit_code == EX_OK, added.err);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(administration, Installation)

BOOST_AUTO_TEST_CASE(migrations) {
    const Outcome before = gatehouse({"migrate", "verify"});
    BOOST_TEST(before.exit_code == EX_CONFIG);
    BOOST_TEST(before.out.find("migrate up") != std::string::npos, before.out);
    BOOST_TEST(
        boost::json::parse(gatehouse({"migrate", "status", "--json"}).out).as_array().at(0).at("state").as_string() ==
        "pending");
    const Outcome up = gatehouse({"migrate", "up"});
    BOOST_TEST(up.exit_code == EX_OK, up.err);
    BOOST_TEST(up.out.find("identity: applied ") != std::string::npos, up.out);
    const Outcome again = gatehouse({"migrate", "up"});
    BOOST_TEST(again.out == "identity: nothing to do\nweb: nothing to do\n");
    BOOST_TEST(gatehouse({"migrate", "verify"}).exit_code == EX_OK);
    const auto status = boost::json::parse(gatehouse({"migrate", "status", "--json"}).out).as_array();
    for (const auto& migration : status)
        BOOST_TEST(migration.at("state").as_string() == "applied");
}

BOOST_AUTO_TEST_CASE(without_a_schema_nothing_is_done) {
    ::setenv("SESSION_ENVIRONMENT", "development", 1);
    const Outcome refused = gatehouse({"user", "list"});
    BOOST_TEST(refused.exit_code == EX_CONFIG);
    BOOST_TEST(refused.err.find("migrate up") != std::string::npos, refused.err);
}

BOOST_AUTO_TEST_CASE(a_database_that_does_not_answer) {
    ::setenv("SESSION_ENVIRONMENT", "development", 1);
    ::setenv("DATABASE_URL", ("postgresql://u:canary@/d?host=" + gatehouse.path("nowhere")).c_str(), 1);
    for (const auto* command : {"up", "status", "verify"}) {
        const Outcome outcome = gatehouse({"migrate", command});
        BOOST_TEST(outcome.exit_code == EX_UNAVAILABLE, outcome.err);
        BOOST_TEST(outcome.err.find("canary") == std::string::npos);
    }
    BOOST_TEST(gatehouse({"user", "list"}).exit_code == EX_UNAVAILABLE);
}

BOOST_AUTO_TEST_CASE(add_and_list) {
    BOOST_TEST(gatehouse({"user", "list"}).out == "");
    BOOST_TEST(gatehouse({"user", "list", "--json"}).out == "[]\n");
    add_user();
    BOOST_TEST(account().email == email);
    BOOST_TEST(account().role == "user");
    BOOST_TEST(account().verified);
    BOOST_TEST(account().password_hash.starts_with("$argon2id$"));
    const Outcome second = gatehouse({"user", "add", email, "--password-stdin"}, password);
    BOOST_TEST(second.exit_code == EX_DATAERR);
    BOOST_TEST(second.err.find("exists already") != std::string::npos);
    const Outcome admin =
        gatehouse({"user", "add", "root@example.test", "--role", "admin", "--password-stdin", "--json"}, password);
    BOOST_TEST_REQUIRE(admin.exit_code == EX_OK);
    BOOST_TEST(boost::json::parse(admin.out).at("email").as_string() == "root@example.test");
    const auto all = boost::json::parse(gatehouse({"user", "list", "--json"}).out).as_array();
    BOOST_TEST_REQUIRE(all.size() == 2u);
    BOOST_TEST(all.at(0).at("email").as_string() == email);
    BOOST_TEST(all.at(0).at("verified").as_bool());
    BOOST_TEST(all.at(0).at("last_login_at").is_null());
    BOOST_TEST(all.at(1).at("role").as_string() == "admin");
    const std::string lines = gatehouse({"user", "list"}).out;
    BOOST_TEST(std::count(lines.begin(), lines.end(), '\n') == 2);
}

BOOST_AUTO_TEST_CASE(passwords_that_are_not_accepted) {
    add_user();
    const std::string hash = account().password_hash;
    for (const std::string& bad : {std::string(), std::string("\n"), std::string("short"),
                                   std::string("ada@example.test!"), std::string(600, 'x'), std::string(5000, 'x'),
                                   std::string("\xff\xff") + password, std::string("a\0bcdefghijklmnopqrst", 21)}) {
        const Outcome outcome = gatehouse({"user", "passwd", email, "--password-stdin"}, bad);
        BOOST_TEST(outcome.exit_code == EX_DATAERR, bad.size() << outcome.err);
    }
    BOOST_TEST(account().password_hash == hash);
    BOOST_TEST(gatehouse({"user", "add", "b@example.test", "--password-stdin"}, "short").exit_code == EX_DATAERR);
    BOOST_TEST(boost::json::parse(gatehouse({"user", "list", "--json"}).out).as_array().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_new_password_ends_the_sessions) {
    add_user();
    log_in("1");
    const std::string hash = account().password_hash;
    const Outcome outcome =
        gatehouse({"user", "passwd", email, "--password-stdin"}, "another long enough password\r\n");
    BOOST_TEST(outcome.exit_code == EX_OK, outcome.err);
    BOOST_TEST(outcome.out == "ada@example.test has a new password. Sessions ended: 1.\n");
    BOOST_TEST(account().password_hash != hash);
    BOOST_TEST(gatehouse({"session", "list", email}).out == "");
}

BOOST_AUTO_TEST_CASE(disable_enable_and_role) {
    add_user();
    log_in("1");
    BOOST_TEST(gatehouse({"user", "disable", email}).out == "ada@example.test is disabled. Sessions ended: 1.\n");
    BOOST_TEST(account().disabled);
    BOOST_TEST(gatehouse({"user", "disable", email}).exit_code == EX_OK);
    BOOST_TEST(gatehouse({"user", "enable", email}).out == "ada@example.test is enabled.\n");
    BOOST_TEST(!account().disabled);
    BOOST_TEST(gatehouse({"user", "role", email, "admin"}).out == "ada@example.test has the role admin.\n");
    BOOST_TEST(account().role == "admin");
    for (const auto* command : {"disable", "enable", "unlock", "passwd"}) {
        const Outcome outcome = gatehouse({"user", command, "nobody@example.test"}, password);
        BOOST_TEST(outcome.exit_code == (command == std::string("passwd") ? EX_USAGE : EX_DATAERR), outcome.err);
    }
    const Outcome nobody = gatehouse({"user", "passwd", "nobody@example.test", "--password-stdin"}, password);
    BOOST_TEST(nobody.exit_code == EX_DATAERR);
    BOOST_TEST(nobody.err.find("no user nobody@example.test; `gatehouse user list`") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(unlock) {
    add_user();
    const auto unlocked = [this] {
        return ask<std::vector<Unlocked>>([](Stores& s) {
            return s.unlocks().unlocked_since(wall_now() - std::chrono::hours(1), deadline_in(Seconds(5)));
        });
    };
    BOOST_TEST(unlocked().empty());
    const auto generation = account().generation;
    for (const std::string& who : {std::string("Ada@Example.test"), account().id}) {
        const Outcome outcome = gatehouse({"user", "unlock", who});
        BOOST_TEST(outcome.exit_code == EX_OK, outcome.err);
        BOOST_TEST(outcome.out.find("within two seconds") != std::string::npos);
        BOOST_TEST(unlocked().size() == 1U);
        BOOST_TEST(unlocked().front().user_id == account().id);
    }
    BOOST_TEST(account().generation == generation);
}

BOOST_AUTO_TEST_CASE(user_delete_needs_a_yes_and_leaves_nothing) {
    add_user();
    log_in("1");
    const std::string id = account().id;
    const auto preferences = [id](Stores& s) { return s.web().front().store->find(id, deadline_in(Seconds(5))); };
    (void)ask<Preferences>([id](Stores& s) {
        return s.web().front().store->save({"session", id, wall_now() + Seconds(60)},
                                           {.theme = "dark", .language = {}, .free = {}}, wall_now(),
                                           deadline_in(Seconds(5)));
    });
    const Outcome asked = gatehouse({"user", "delete", email}, "y\n");
    BOOST_TEST(asked.exit_code == EX_USAGE);
    BOOST_TEST(asked.err.find("nothing was deleted; add --yes") != std::string::npos, asked.err);
    BOOST_TEST(!account().disabled);
    BOOST_TEST(ask<std::optional<Preferences>>(preferences).has_value());

    const Outcome deleted = gatehouse({"user", "delete", email, "--yes"});
    BOOST_TEST(deleted.exit_code == EX_OK, deleted.err);
    BOOST_TEST(deleted.out == "ada@example.test is deleted. Sessions ended: 1.\n");
    BOOST_TEST(gatehouse({"user", "list"}).out == "");
    BOOST_TEST(!ask<std::optional<Preferences>>(preferences).has_value());
    const Outcome again = gatehouse({"user", "delete", email, "--yes"});
    BOOST_TEST(again.exit_code == EX_DATAERR);
    BOOST_TEST(again.err.find("no user ada@example.test") != std::string::npos, again.err);

    add_user();
    BOOST_TEST(gatehouse({"user", "delete", account().id, "--yes"}).exit_code == EX_OK);
}

BOOST_AUTO_TEST_CASE(a_user_is_deleted_only_when_every_gateway_has_heard_of_the_end) {
    add_user();
    log_in("1");
    ::setenv("SESSION_ENVIRONMENT", "development", 1);
    ::setenv("REDIS_URL", ("unix:" + gatehouse.path("no-redis.sock")).c_str(), 1);
    const auto tell = [this](const std::function<boost::asio::awaitable<Result<void>>(ChangeFeed&)>& what) {
        (void)ask<std::optional<Account>>([&what](Stores& s) -> boost::asio::awaitable<Result<std::optional<Account>>> {
            const auto told = co_await what(s.feed());
            if (!told) co_return told.error();
            co_return std::optional<Account>{};
        });
    };
    // This one looked at the database a moment ago, and does not look again.
    tell([](ChangeFeed& feed) { return feed.seen("elsewhere", wall_now() - Seconds(1), deadline_in(Seconds(5))); });
    const Outcome outcome = gatehouse({"user", "delete", email, "--yes"});
    BOOST_TEST(outcome.exit_code == EX_UNAVAILABLE);
    BOOST_TEST(outcome.err.find("ada@example.test is disabled and not deleted yet: repeat") != std::string::npos,
               outcome.err);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(account().disabled);
    tell([](ChangeFeed& feed) { return feed.leave("elsewhere", deadline_in(Seconds(5))); });
    const Outcome again = gatehouse({"user", "delete", email, "--yes"});
    BOOST_TEST(again.out == "ada@example.test is deleted.\n", again.err);
    ::unsetenv("REDIS_URL");
    BOOST_TEST(gatehouse({"user", "list"}).out == "");
}

BOOST_AUTO_TEST_CASE(permissions) {
    add_user();
    BOOST_TEST(gatehouse({"user", "grant", email, "orders.write"}).out ==
               "ada@example.test has orders.write in web.\n");
    BOOST_TEST(gatehouse({"user", "grant", email, "orders.read", "--context", "web", "--expires", "30d"}).exit_code ==
               EX_OK);
    BOOST_TEST_REQUIRE(user().permissions.size() == 2u);
    for (const Permission& permission : user().permissions) {
        BOOST_TEST(permission.expires_at.has_value() == (permission.name == "orders.read"));
        if (permission.expires_at) BOOST_TEST((*permission.expires_at - wall_now() > std::chrono::hours(24 * 29)));
    }
    BOOST_TEST(gatehouse({"user", "revoke", email, "orders.write"}).exit_code == EX_OK);
    BOOST_TEST_REQUIRE(user().permissions.size() == 1u);
    BOOST_TEST(user().permissions.front().name == "orders.read");
}

BOOST_AUTO_TEST_CASE(permissions_stay_within_what_nginx_passes_on) {
    add_user();
    std::size_t bytes = 0;
    for (char letter = 'a'; letter <= 't'; ++letter) {
        BOOST_TEST_REQUIRE(gatehouse({"user", "grant", email, std::string(100, letter)}).exit_code == EX_OK);
        bytes += bytes == 0 ? 100 : 101;
    }
    const std::size_t room = 2048 - bytes - 1;
    const Outcome refused = gatehouse({"user", "grant", email, std::string(room + 1, 'z')});
    BOOST_TEST(refused.exit_code == EX_DATAERR);
    BOOST_TEST(refused.err.find("2049 bytes") != std::string::npos, refused.err);
    BOOST_TEST(user().permissions.size() == 20u);
    BOOST_TEST(gatehouse({"user", "grant", email, std::string(room, 'z')}).exit_code == EX_OK);
    BOOST_TEST(gatehouse({"user", "grant", email, std::string(room, 'z'), "--expires", "1d"}).exit_code == EX_OK);
}

BOOST_AUTO_TEST_CASE(sessions) {
    add_user();
    for (const auto* handle : {"1", "2", "3"})
        log_in(handle);
    const Outcome text = gatehouse({"session", "list", email});
    BOOST_TEST(std::count(text.out.begin(), text.out.end(), '\n') == 3);
    BOOST_TEST(text.out.find('\x1b') == std::string::npos);
    const auto all = boost::json::parse(gatehouse({"session", "list", email, "--json"}).out).as_array();
    BOOST_TEST_REQUIRE(all.size() == 3u);
    BOOST_TEST(all.at(0).at("context").as_string() == "web");
    BOOST_TEST(all.at(0).at("address").as_string() == "192.0.2.1");

    const std::string second = "00000000-0000-4000-8000-000000000002";
    BOOST_TEST(gatehouse({"session", "revoke", email, second}).out == "Sessions ended: 1.\n");
    BOOST_TEST(gatehouse({"session", "list", email}).out.find(second) == std::string::npos);
    for (const auto* unknown : {"00000000-0000-4000-8000-000000000009", "x", "'"})
        BOOST_TEST(gatehouse({"session", "revoke", email, unknown}).exit_code == EX_DATAERR, unknown);
    BOOST_TEST(gatehouse({"session", "revoke", email, "--all"}).out == "Sessions ended: 2.\n");
    BOOST_TEST(gatehouse({"session", "list", email}).out == "");
}

BOOST_AUTO_TEST_CASE(without_redis_every_gateway_has_read_it_or_it_is_said) {
    add_user();
    log_in("1");
    ::setenv("SESSION_ENVIRONMENT", "development", 1);
    ::setenv("REDIS_URL", ("unix:" + gatehouse.path("no-redis.sock")).c_str(), 1);
    // No gateway runs: the next one begins by reading what it has missed.
    BOOST_TEST(gatehouse({"user", "disable", email}).exit_code == EX_OK);
    BOOST_TEST(account().disabled);
    // This one looked at the database a moment ago, and does not look again.
    (void)ask<std::optional<Account>>([](Stores& s) -> boost::asio::awaitable<Result<std::optional<Account>>> {
        const auto told = co_await s.feed().seen("elsewhere", wall_now() - Seconds(1), deadline_in(Seconds(5)));
        if (!told) co_return told.error();
        co_return std::optional<Account>{};
    });
    const Outcome outcome = gatehouse({"user", "enable", email});
    BOOST_TEST(outcome.exit_code == EX_UNAVAILABLE);
    BOOST_TEST(outcome.err.find("recorded in the database, but Redis could not be told") != std::string::npos,
               outcome.err);
    BOOST_TEST(outcome.out == "");
    BOOST_TEST(!account().disabled);
    ::unsetenv("REDIS_URL");
    const Outcome alone = gatehouse({"user", "disable", email});
    BOOST_TEST(alone.exit_code == EX_UNAVAILABLE);
    BOOST_TEST(alone.err.find("not every gateway is known to have read it") != std::string::npos, alone.err);
}

BOOST_AUTO_TEST_SUITE_END()
