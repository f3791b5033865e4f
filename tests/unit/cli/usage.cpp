// SPDX-License-Identifier: Apache-2.0
// Goal: what cannot be understood ends with 64 and changes nothing; commands that need no store work without one.
#include "gateway/config/document.h"
#include "tests/unit/cli/command_line.h"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <sysexits.h>

using namespace gatehouse;
using gatehouse::cli::testing::CommandLine;
using gatehouse::cli::testing::Outcome;

BOOST_AUTO_TEST_SUITE(usage)

BOOST_AUTO_TEST_CASE(what_cannot_be_understood_ends_with_64) {
    const CommandLine gatehouse;
    const std::vector<std::vector<std::string>> table{
        {},
        {"srve"},
        {"--colour"},
        {"serve", "now"},
        {"config"},
        {"config", "chek"},
        {"config", "show", "--yaml"},
        {"migrate"},
        {"migrate", "down"},
        {"migrate", "copy"},
        {"migrate", "copy", "--to", "sqlite:/a", "--to-file", "b"},
        {"migrate", "up", "--to", "directory"},
        {"migrate", "up", "--backup", "--no-backup"},
        {"migrate", "merge", "--dry-run", "--accept-loss"},
        {"migrate", "plan"},
        {"migrate", "sessions", "--at-once", "51"},
        {"strategy", "set"},
        {"strategy", "gradual"},
        {"strategy", "set", "gradually"},
        {"strategy", "set", "gradual", "--wait", "0"},
        {"user"},
        {"user", "add"},
        {"user", "add", "a@b.test", "extra"},
        {"user", "add", "a@b.test", "--role"},
        {"user", "add", "a@b.test", "--password", "on the command line"},
        {"user", "add", "a@b.test"}, // stdin is no terminal
        {"user", "passwd"},
        {"user", "role", "a@b.test"},
        {"user", "grant", "a@b.test"},
        {"user", "grant", "a@b.test", "orders.read", "--expires", "soon"},
        {"user", "grant", "a@b.test", "orders.read", "--expires", "0s"},
        {"session"},
        {"session", "list"},
        {"session", "revoke", "a@b.test"},
        {"session", "revoke", "a@b.test", "handle", "--all"},
        {"redis"},
        {"keys"},
        {"keys", "new", "extra"},
        {"version", "extra"},
    };
    for (const auto& arguments : table) {
        const Outcome outcome = gatehouse(arguments);
        std::string shown;
        for (const std::string& argument : arguments)
            shown += argument + " ";
        BOOST_TEST(outcome.exit_code == EX_USAGE, shown << ": " << outcome.err);
        BOOST_TEST(!outcome.err.empty(), shown);
        BOOST_TEST(outcome.out == "", shown);
    }
    BOOST_TEST(!std::filesystem::exists(gatehouse.path("gatehouse.db")));
}

BOOST_AUTO_TEST_CASE(data_that_cannot_be_right_ends_with_65) {
    const CommandLine gatehouse;
    for (const auto& arguments :
         std::vector<std::vector<std::string>>{{"user", "add", "nobody", "--password-stdin"},
                                               {"user", "add", "a@b.test", "--role", "Admin", "--password-stdin"},
                                               {"user", "role", "a@b.test", "a b"},
                                               {"user", "grant", "a@b.test", "orders write"},
                                               {"user", "grant", "a@b.test", "orders.write", "--context", "admin"},
                                               {"session", "list", "a@b@c"}}) {
        const Outcome outcome = gatehouse(arguments, "password");
        BOOST_TEST(outcome.exit_code == EX_DATAERR, arguments.back() << ": " << outcome.err);
    }
}

BOOST_AUTO_TEST_CASE(help_names_every_option) {
    const CommandLine gatehouse;
    BOOST_TEST(gatehouse({"--help"}).exit_code == EX_OK);
    BOOST_TEST(gatehouse({"user", "grant", "--help"}).out.find("--expires") != std::string::npos);
    for (const auto* command : {"serve", "config"}) {
        const Outcome outcome = gatehouse({command, "--help"});
        BOOST_TEST(outcome.exit_code == EX_OK);
        BOOST_TEST(outcome.out.find(config::option_list()) != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(the_option_config_may_stand_anywhere) {
    const CommandLine gatehouse;
    const std::string file = gatehouse.path("other.toml");
    std::ofstream(file) << "log_level = \"debug\"\n";
    const Outcome outcome = gatehouse({"config", "show", "--config", file});
    BOOST_TEST(outcome.exit_code == EX_OK, outcome.err);
    BOOST_TEST(outcome.out.find("log_level = \"debug\"  # " + file + ":1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(config_check_names_all_mistakes) {
    const CommandLine gatehouse;
    const std::string file = gatehouse.path("bad.toml");
    std::ofstream(file) << "log_levle = \"info\"\nredis_timeout = 5\n";
    const Outcome bad = gatehouse({"config", "check", "--config", file});
    BOOST_TEST(bad.exit_code == EX_CONFIG);
    BOOST_TEST(bad.err.find("gatehouse: " + file + ":1: unknown key log_levle: did you mean log_level?\n") !=
               std::string::npos);
    BOOST_TEST(bad.err.find("gatehouse: " + file + ":2: redis_timeout must be a duration") != std::string::npos);
    BOOST_TEST(bad.out == "");
    for (const auto* command : {"show", "check"})
        BOOST_TEST(gatehouse({"config", command, "--config", file}).exit_code == EX_CONFIG);
    BOOST_TEST(gatehouse({"serve", "--config", file}).exit_code == EX_CONFIG);
    BOOST_TEST(gatehouse({"user", "list", "--config", file}).exit_code == EX_CONFIG);
    BOOST_TEST(gatehouse({"config", "check", "--config", gatehouse.path("absent.toml")}).exit_code == EX_CONFIG);

    ::setenv("SESSION_ENVIRONMENT", "development", 1);
    ::setenv("DATABASE_URL", "postgresql://u:canary@h/d?no_such_parameter=1", 1);
    const Outcome refused = gatehouse({"config", "check"});
    BOOST_TEST(refused.exit_code == EX_CONFIG);
    BOOST_TEST(refused.err.find("canary") == std::string::npos, refused.err);
    ::unsetenv("SESSION_ENVIRONMENT");
    ::unsetenv("DATABASE_URL");

    ::setenv("GATEHOUSE_LOG_LEVLE", "x", 1);
    const Outcome good = gatehouse({"config", "check"});
    BOOST_TEST(good.exit_code == EX_OK);
    BOOST_TEST(good.out == "The configuration is good: mock, strategy mock-only, without Redis.\n");
    BOOST_TEST(good.err.starts_with("gatehouse: warning: environment: GATEHOUSE_LOG_LEVLE is not a known variable"),
               good.err);
}

BOOST_AUTO_TEST_CASE(config_show_masks_secrets_and_is_json_if_asked) {
    const CommandLine gatehouse;
    ::setenv("SESSION_ENVIRONMENT", "development", 1);
    ::setenv("REDIS_URL", "redis://:canary@localhost", 1);
    const Outcome text = gatehouse({"config", "show"});
    const Outcome json = gatehouse({"config", "show", "--json"});
    BOOST_TEST((text.out + text.err + json.out + json.err).find("canary") == std::string::npos);
    const auto parsed = boost::json::parse(json.out);
    BOOST_TEST(parsed.at("redis_url").at("value").as_string() == "redis://:***@localhost");
    BOOST_TEST(parsed.at("redis_url").at("source").as_string() == "environment REDIS_URL");
    BOOST_TEST(parsed.at("secure_cookies").at("value").as_bool() == false);
    BOOST_TEST(parsed.at("database_queue").at("value").as_int64() == 256);
    BOOST_TEST(parsed.at("listen_group").at("value").is_null());
    BOOST_TEST(parsed.at("context.web.idle").at("value").as_string() == "1d");
}

BOOST_AUTO_TEST_CASE(config_example_and_version) {
    const CommandLine gatehouse;
    BOOST_TEST(gatehouse({"config", "example"}).out == config::example_file());
    BOOST_TEST(gatehouse({"version"}).out == "gatehouse " GATEHOUSE_VERSION "\n");
    BOOST_TEST(gatehouse({"version", "--json"}).out == "{\"version\":\"" GATEHOUSE_VERSION "\"}\n");
}

BOOST_AUTO_TEST_CASE(keys_new_never_touches_a_file_that_is_there) {
    const CommandLine gatehouse;
    const Outcome printed = gatehouse({"keys", "new"});
    BOOST_TEST(printed.exit_code == EX_OK);
    BOOST_TEST(printed.out.starts_with("mint "));
    BOOST_TEST(printed.out.size() == std::string_view("mint \n").size() + 43);
    BOOST_TEST(gatehouse({"keys", "new"}).out != printed.out);
    BOOST_TEST(gatehouse({"keys", "new", "--verify-only"}).out.starts_with("verify "));

    const std::string file = gatehouse.path("keys");
    const Outcome written = gatehouse({"keys", "new", "--output", file});
    BOOST_TEST(written.exit_code == EX_OK, written.err);
    BOOST_TEST(written.out.find("mint") == std::string::npos);
    BOOST_TEST(static_cast<unsigned>(std::filesystem::status(file).permissions()) == 0600u);
    BOOST_TEST(std::filesystem::file_size(file) == printed.out.size());
    const auto time = std::filesystem::last_write_time(file);
    BOOST_TEST(gatehouse({"keys", "new", "--output", file}).exit_code == EX_CANTCREAT);
    BOOST_TEST((std::filesystem::last_write_time(file) == time));
    BOOST_TEST(gatehouse({"keys", "new", "--output", gatehouse.path("absent/keys")}).exit_code == EX_CANTCREAT);
}

BOOST_AUTO_TEST_SUITE_END()
