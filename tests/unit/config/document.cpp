// SPDX-License-Identifier: Apache-2.0
// Goal: the shipped example, the printed settings and the option table say the same, and no password is ever printed.
#include "gateway/config/document.h"
#include "gateway/config/options.h"
#include "gateway/config/url.h"
#include "tests/unit/config/sources.h"

#include <boost/test/unit_test.hpp>
#include <regex>
#include <set>

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::testing;

namespace {

std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

} // namespace

BOOST_AUTO_TEST_SUITE(document)

BOOST_AUTO_TEST_CASE(the_shipped_example_is_the_printed_one) {
    const std::string shipped = read(GATEHOUSE_SOURCE_DIR "/systemd/gatehouse.toml");
    BOOST_TEST((shipped == example_file()), "write it anew: gatehouse config example > systemd/gatehouse.toml");
}

BOOST_AUTO_TEST_CASE(the_example_changes_nothing) {
    const Loaded example = load_text(example_file());
    const Loaded nothing = load_variables({});
    BOOST_TEST_REQUIRE(joined(example.errors) == "");
    BOOST_TEST(as_file(example.settings) == as_file(nothing.settings));
}

BOOST_AUTO_TEST_CASE(the_example_is_valid_with_every_line_uncommented) {
    const std::string all = std::regex_replace(example_file(), std::regex("\n#([a-z])"), "\n$1");
    const Loaded loaded = load_text(all);
    BOOST_TEST_REQUIRE(joined(loaded.errors) == "");
    for (const Setting& setting : loaded.settings)
        BOOST_TEST(setting.source != "default", setting.key);
}

BOOST_AUTO_TEST_CASE(printed_settings_can_be_read_again) {
    const Loaded first = load_text("environment = \"development\"\norigins = [\"https://a.test\"]\n[context.admin]\n"
                                   "require = [\"role:admin\"]\ndefault_target = \"/\\\"x\\\"\"\n");
    BOOST_TEST_REQUIRE(joined(first.errors) == "");
    const Loaded second = load_text(as_file(first.settings));
    BOOST_TEST_REQUIRE(joined(second.errors) == "");
    for (const Setting& setting_of_first : first.settings)
        BOOST_TEST(setting(second, setting_of_first.key).value == setting_of_first.value);
    BOOST_TEST(changes_that_need_restart(first, second).empty());
}

BOOST_AUTO_TEST_CASE(the_table_is_complete_and_consistent) {
    std::set<std::string> names;
    for (const Section& section : sections())
        for (const Option& option : section.options) {
            BOOST_TEST(names.insert(std::string(option.key)).second, option.key);
            BOOST_TEST(names.insert(variable_of(option)).second, option.key);
            BOOST_TEST(option.help.ends_with('.'), option.key);
            BOOST_TEST(option.unfixed.rule.empty() == option.unfixed.specimen.empty(), option.key);
            BOOST_TEST(option_list().find("  " + std::string(option.key) + " ") != std::string::npos);
        }
    BOOST_TEST(variable_of(*find_option("redis_url")) == "REDIS_URL");
    BOOST_TEST(variable_of(*find_option("login_window")) == "GATEHOUSE_LOGIN_WINDOW");
}

BOOST_AUTO_TEST_CASE(passwords_are_masked) {
    const struct {
        std::string_view url, shown;
    } table[] = {
        {"postgresql://u:secret@h:5432/d", "postgresql://u:***@h:5432/d"},
        {"postgresql://u:se@cr/et@h/d", "postgresql://u:***@h/d"},
        {"postgresql://h/d?user=u&password=secret&sslmode=require",
         "postgresql://h/d?user=u&password=***&sslmode=require"},
        {"postgresql://h/d?sslpassword=secret", "postgresql://h/d?sslpassword=***"},
        {"postgresql://h/d?p%61ssword=secret", "postgresql://h/d?p%61ssword=***"},
        {"postgresql://u@h/d", "postgresql://u@h/d"},
        {"postgresql://h1:1,h2:2/d", "postgresql://h1:1,h2:2/d"},
        {"redis://:secret@h:6379/0", "redis://:***@h:6379/0"},
        {"redis://u:sec:ret@[::1]:6379", "redis://u:***@[::1]:6379"},
        {"redis://h", "redis://h"},
        {"unix:/run/redis.sock", "unix:/run/redis.sock"},
        {"sqlite:/var/lib/a:b@c.db", "sqlite:/var/lib/a:b@c.db"},
    };
    for (const auto& row : table) {
        BOOST_TEST(masked_url(row.url) == row.shown);
        BOOST_TEST(has_password(row.url) == (row.url != row.shown));
    }
    const Loaded loaded = load_variables({{"SESSION_ENVIRONMENT", "production"},
                                          {"DATABASE_URL", "postgresql://u:canary@h/d"},
                                          {"DATABASE_IDENTITY_URL", "postgresql://h/d?password=canary"},
                                          {"REDIS_URL", "redis://:canary@h"}});
    BOOST_TEST_REQUIRE(loaded.config);
    const std::string shown = as_file(loaded.settings);
    BOOST_TEST(shown.find("canary") == std::string::npos, shown);
    BOOST_TEST(shown.find("redis_url = \"redis://:***@h\"  # environment REDIS_URL") != std::string::npos, shown);
}

BOOST_AUTO_TEST_CASE(good_addresses_are_accepted) {
    for (const std::string_view url :
         {"postgresql://h/d", "postgres://u:p%40@h:5432/d?sslmode=require", "sqlite:/a/b.db", "sqlite:///a/b.db",
          "file:/a/b.db", "postgresql://h1:5432,h2:5432/d?target_session_attrs=read-write",
          "postgresql:///d?host=/run/postgresql"})
        BOOST_TEST(!check_database_url(url), url);
    for (const std::string_view url :
         {"redis://h", "redis://h:6379", "redis://h:6379/15", "redis://u:p@h/", "redis://[::1]:6379/0", "redis://[::1]",
          "unix:/run/redis/redis.sock", "unix:/run/redis/redis.sock?db=3", "redis://u:p%40%2F@h"})
        BOOST_TEST(!check_redis_url(url), url);
    for (const std::string_view origin : {"https://a.test", "http://localhost:8080", "https://[::1]:8443"})
        BOOST_TEST(!check_origin(origin), origin);
}

BOOST_AUTO_TEST_CASE(a_reload_knows_what_it_cannot_change) {
    const Loaded before = load_variables({{"SESSION_ENVIRONMENT", "development"}, {"REDIS_URL", "redis://:one@h"}});
    const Loaded now =
        load_text("log_level = \"debug\"\nlisten = \"/other.sock\"\n[context.admin]\n[context.web]\nidle = \"1h\"\n",
                  {{"SESSION_ENVIRONMENT", "development"}, {"REDIS_URL", "redis://:two@h"}});
    BOOST_TEST_REQUIRE(joined(now.errors) == "");
    BOOST_TEST(changes_that_need_restart(before, now) == (std::vector<std::string>{"listen", "redis_url"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_reload_changes_the_environment_if_the_stores_stay) {
    const std::map<std::string, std::string> servers{{"DATABASE_URL", "postgresql://h/d"}, {"REDIS_URL", "redis://h"}};
    const auto in = [&servers](const std::string& environment) {
        auto variables = servers;
        variables["SESSION_ENVIRONMENT"] = environment;
        const Loaded loaded = load_variables(variables);
        BOOST_REQUIRE_EQUAL(joined(loaded.errors), "");
        return loaded;
    };
    const Loaded development = in("development"), production = in("production"), mock = in("mock");
    BOOST_TEST(!refused_environment(development, production));
    BOOST_TEST(!refused_environment(production, development));
    BOOST_TEST((changes_that_need_restart(development, production).empty()));
    BOOST_TEST(refused_environment(production, mock).value_or("") ==
               "mock instead of production means other stores (database_identity_url, database_url, "
               "database_web_url, redis_url): restart to change to them");
    // An address alone is named by the warning for options that need a restart, and refuses nothing.
    const Loaded elsewhere = load_variables(
        {{"SESSION_ENVIRONMENT", "production"}, {"DATABASE_URL", "postgresql://other/d"}, {"REDIS_URL", "redis://h"}});
    BOOST_TEST(!refused_environment(production, elsewhere));
    BOOST_TEST(refused_environment(development, elsewhere).has_value());
    // The embedded store is the same file in both.
    BOOST_TEST(!refused_environment(load_variables({{"SESSION_ENVIRONMENT", "mock"}}),
                                    load_variables({{"SESSION_ENVIRONMENT", "development"}})));
}

BOOST_AUTO_TEST_CASE(bom_crlf_and_tabs_are_fine) {
    const Loaded loaded = load_text("\xef\xbb\xbflog_level\t=\t\"debug\"\r\n\r\n[context.web]\r\n\tidle = \"2h\"\r\n");
    BOOST_TEST_REQUIRE(joined(loaded.errors) == "");
    BOOST_TEST(loaded.config->log_level == "debug");
    BOOST_TEST((loaded.config->context("web")->idle == std::chrono::hours(2)));
}

BOOST_AUTO_TEST_CASE(durations_are_written_as_they_are_read) {
    const struct {
        std::string_view text, shown;
    } table[] = {{"300ms", "300ms"}, {"1000ms", "1s"}, {"60s", "1m"}, {"90s", "90s"},
                 {"24h", "1d"},      {"36h", "36h"},   {"0s", "0s"}};
    for (const auto& row : table)
        BOOST_TEST(format_duration(parse_duration(row.text).value()) == row.shown);
    for (const std::string_view text : {"", "s", "5", "5x", "-5s", "+5s", "5ss", "5 s", " 5s", "5S", "4000d"})
        BOOST_TEST(!parse_duration(text), text);
}

BOOST_AUTO_TEST_SUITE_END()
