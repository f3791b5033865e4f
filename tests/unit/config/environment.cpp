// SPDX-License-Identifier: Apache-2.0
// Goal: environment over credentials over file over defaults, and the three environments with FORCE_MOCK_MODE mean what
// the manual says.
#include "tests/unit/config/sources.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::testing;

namespace {

constexpr auto postgres = "postgresql://u:p@db/d";
constexpr auto redis = "redis://:p@cache:6379";

} // namespace

BOOST_AUTO_TEST_SUITE(environment)

BOOST_AUTO_TEST_CASE(nothing_at_all_is_mock) {
    const Loaded loaded = load_variables({});
    BOOST_TEST_REQUIRE(joined(loaded.errors) == "");
    BOOST_TEST(joined(loaded.warnings) == "");
    BOOST_TEST(loaded.config->mode() == "mock");
    BOOST_TEST(loaded.config->identity_url == "sqlite:/var/lib/gatehouse/gatehouse.db");
    BOOST_TEST(loaded.config->web_url == loaded.config->identity_url);
    BOOST_TEST(loaded.config->redis_url == "");
    BOOST_TEST(loaded.config->key_file == "/var/lib/gatehouse/keys");
    BOOST_TEST(loaded.config->generate_keys);
    BOOST_TEST(loaded.config->migrate_on_start);
    BOOST_TEST(!loaded.config->secure_cookies);
    BOOST_TEST((loaded.config->strategy == Strategy::mock_only));
    BOOST_TEST_REQUIRE(loaded.config->contexts.size() == 1u);
    BOOST_TEST(loaded.config->context("web")->cookie == "gatehouse_web");
    BOOST_TEST(loaded.config->context("admin") == nullptr);
}

BOOST_AUTO_TEST_CASE(the_matrix) {
    const struct {
        Variables variables;
        std::string_view mode;  ///< empty: refused
        std::string_view error; ///< part of the messages
    } table[] = {
        {{}, "mock", ""},
        {{{"SESSION_ENVIRONMENT", ""}, {"DATABASE_URL", ""}}, "mock", ""},
        {{{"SESSION_ENVIRONMENT", "mock"}}, "mock", ""},
        {{{"SESSION_ENVIRONMENT", "mock"}, {"DATABASE_URL", postgres}, {"REDIS_URL", redis}}, "mock", ""},
        {{{"SESSION_ENVIRONMENT", "mock"}, {"FORCE_MOCK_MODE", "false"}}, "mock", ""},
        {{{"SESSION_ENVIRONMENT", "development"}}, "development", ""},
        {{{"SESSION_ENVIRONMENT", "development"}, {"DATABASE_URL", postgres}}, "development", ""},
        {{{"SESSION_ENVIRONMENT", "development"}, {"FORCE_MOCK_MODE", "false"}}, "development", ""},
        {{{"SESSION_ENVIRONMENT", "production"}, {"DATABASE_URL", postgres}, {"REDIS_URL", redis}}, "production", ""},
        {{{"SESSION_ENVIRONMENT", "production"}, {"DATABASE_IDENTITY_URL", postgres}, {"REDIS_URL", redis}},
         "production",
         ""},
        {{{"DATABASE_URL", postgres}, {"REDIS_URL", redis}}, "production", ""},
        {{{"DATABASE_URL", postgres}, {"REDIS_URL", redis}, {"FORCE_MOCK_MODE", "true"}}, "mock", ""},
        {{{"SESSION_ENVIRONMENT", "production"}, {"FORCE_MOCK_MODE", "true"}}, "mock", ""},
        {{{"FORCE_MOCK_MODE", "true"}}, "mock", ""},
        {{{"FORCE_MOCK_MODE", "false"}}, "", "FORCE_MOCK_MODE=false forbids"},
        {{{"SESSION_ENVIRONMENT", "production"}}, "", "set DATABASE_URL or DATABASE_IDENTITY_URL"},
        {{{"SESSION_ENVIRONMENT", "production"}}, "", "set REDIS_URL"},
        {{{"SESSION_ENVIRONMENT", "production"}, {"DATABASE_URL", postgres}}, "", "set REDIS_URL"},
        {{{"SESSION_ENVIRONMENT", "production"}, {"REDIS_URL", redis}}, "", "set DATABASE_URL"},
        {{{"SESSION_ENVIRONMENT", "production"}, {"DATABASE_URL", "sqlite:/x.db"}, {"REDIS_URL", redis}},
         "",
         "environment DATABASE_URL: production needs PostgreSQL"},
        {{{"DATABASE_URL", postgres}}, "", "SESSION_ENVIRONMENT is not set"},
        {{{"SESSION_ENVIRONMENT", "production"},
          {"DATABASE_URL", postgres},
          {"REDIS_URL", redis},
          {"GATEHOUSE_SECURE_COOKIES", "false"}},
         "",
         "environment GATEHOUSE_SECURE_COOKIES: secure_cookies must not be false"},
        {{{"SESSION_ENVIRONMENT", "production"},
          {"DATABASE_URL", postgres},
          {"REDIS_URL", redis},
          {"GATEHOUSE_ORIGINS", "https://a.test http://b.test"}},
         "",
         "unlike http://b.test"},
        {{{"SESSION_ENVIRONMENT", "Production"}}, "", "environment: SESSION_ENVIRONMENT must be one of"},
        {{{"FORCE_MOCK_MODE", "maybe"}}, "", "environment: FORCE_MOCK_MODE must be true or false"},
    };
    for (const auto& row : table) {
        const Loaded loaded = load_variables(row.variables);
        const std::string errors = joined(loaded.errors);
        BOOST_TEST((loaded.config ? loaded.config->mode() : "") == row.mode, errors);
        BOOST_TEST(errors.find(row.error) != std::string::npos, errors);
        BOOST_TEST(errors.find("u:p@") == std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(what_the_environments_set) {
    const Loaded development = load_variables({{"SESSION_ENVIRONMENT", "development"}, {"REDIS_URL", redis}});
    BOOST_TEST_REQUIRE(development.config);
    BOOST_TEST(development.config->identity_url == "sqlite:/var/lib/gatehouse/gatehouse.db");
    BOOST_TEST(development.config->redis_url == redis);
    BOOST_TEST((development.config->strategy == Strategy::gradual));
    BOOST_TEST(!development.config->secure_cookies);
    BOOST_TEST(development.config->generate_keys);
    BOOST_TEST(!development.config->migrate_on_start);

    const Loaded production = load_variables({{"DATABASE_URL", postgres}, {"REDIS_URL", redis}});
    BOOST_TEST_REQUIRE(production.config);
    BOOST_TEST((production.config->strategy == Strategy::production_only));
    BOOST_TEST(production.config->secure_cookies);
    BOOST_TEST(!production.config->generate_keys);
    BOOST_TEST(!production.config->migrate_on_start);

    const Loaded set = load_variables({{"GATEHOUSE_STRATEGY", "mock-with-write-through"},
                                       {"GATEHOUSE_SECURE_COOKIES", "on"},
                                       {"GATEHOUSE_GENERATE_KEYS", "0"}});
    BOOST_TEST_REQUIRE(set.config);
    BOOST_TEST((set.config->strategy == Strategy::mock_with_write_through));
    BOOST_TEST(set.config->secure_cookies);
    BOOST_TEST(!set.config->generate_keys);
}

BOOST_AUTO_TEST_CASE(mock_ignores_servers_and_says_so) {
    const Loaded loaded = load_variables({{"SESSION_ENVIRONMENT", "production"},
                                          {"FORCE_MOCK_MODE", "true"},
                                          {"DATABASE_URL", postgres},
                                          {"REDIS_URL", redis}});
    BOOST_TEST_REQUIRE(loaded.config);
    BOOST_TEST(loaded.config->identity_url == "sqlite:/var/lib/gatehouse/gatehouse.db");
    BOOST_TEST(loaded.config->redis_url == "");
    BOOST_TEST(joined(loaded.warnings) ==
               "environment FORCE_MOCK_MODE: force_mock_mode (FORCE_MOCK_MODE) is true and overrules environment\n"
               "environment DATABASE_URL: database_url is ignored in mock mode\n"
               "environment REDIS_URL: redis_url is ignored in mock mode\n");
    const Loaded file = load_variables({{"SESSION_ENVIRONMENT", "mock"}, {"DATABASE_URL", "sqlite:/srv/a.db"}});
    BOOST_TEST_REQUIRE(file.config);
    BOOST_TEST(file.config->identity_url == "sqlite:/srv/a.db");
}

BOOST_AUTO_TEST_CASE(which_database_is_used) {
    const struct {
        std::string_view all, identity, web, expected_identity, expected_web;
    } table[] = {
        {"postgresql://a", "", "", "postgresql://a", "postgresql://a"},
        {"postgresql://a", "postgresql://i", "", "postgresql://i", "postgresql://a"},
        {"postgresql://a", "", "postgresql://w", "postgresql://a", "postgresql://w"},
        {"postgresql://a", "postgresql://i", "postgresql://w", "postgresql://i", "postgresql://w"},
        {"", "postgresql://i", "postgresql://w", "postgresql://i", "postgresql://w"},
        {"", "postgresql://i", "", "postgresql://i", "postgresql://i"},
    };
    for (const auto& row : table) {
        const Loaded loaded = load_variables({{"SESSION_ENVIRONMENT", "production"},
                                              {"REDIS_URL", redis},
                                              {"DATABASE_URL", std::string(row.all)},
                                              {"DATABASE_IDENTITY_URL", std::string(row.identity)},
                                              {"DATABASE_WEB_URL", std::string(row.web)}});
        BOOST_TEST_REQUIRE(joined(loaded.errors) == "");
        BOOST_TEST(loaded.config->identity_url == row.expected_identity);
        BOOST_TEST(loaded.config->web_url == row.expected_web);
    }
}

BOOST_AUTO_TEST_CASE(show_names_the_real_cause_of_the_environment) {
    using Variables = std::map<std::string, std::string>;
    const std::tuple<Variables, std::string, std::string> table[] = {
        {{}, "\"mock\"", "default, because no store is configured"},
        {{{"SESSION_ENVIRONMENT", "mock"}}, "\"mock\"", "environment SESSION_ENVIRONMENT"},
        {{{"FORCE_MOCK_MODE", "true"}}, "\"mock\"", "force_mock_mode (FORCE_MOCK_MODE) is true"},
        {{{"FORCE_MOCK_MODE", "true"}, {"SESSION_ENVIRONMENT", "production"}},
         "\"mock\"",
         "force_mock_mode (FORCE_MOCK_MODE) is true"},
        {{{"DATABASE_URL", postgres}, {"REDIS_URL", redis}},
         "\"production\"",
         "default, because a store is configured"},
        {{{"FORCE_MOCK_MODE", "false"}, {"SESSION_ENVIRONMENT", "development"}},
         "\"development\"",
         "environment SESSION_ENVIRONMENT"},
    };
    for (const auto& [variables, value, source] : table) {
        const Loaded loaded = load_variables(variables);
        BOOST_TEST_REQUIRE(loaded.config);
        BOOST_TEST(setting(loaded, "environment").value == value);
        BOOST_TEST(setting(loaded, "environment").source == source);
    }
}

BOOST_AUTO_TEST_CASE(the_strongest_source_wins) {
    const TemporaryDirectory directory;
    directory.write("redis_url", "redis://credential\n");
    directory.write("database_url", "postgresql://credential/d\n");
    directory.write("keys", "mint x\n");
    const std::string file =
        directory.write("gatehouse.toml", "environment = \"development\"\nredis_url = \"redis://file\"\n"
                                          "database_url = \"postgresql://file/d\"\nlog_level = \"debug\"\n"
                                          "key_file = \"/etc/keys\"\n");
    const Loaded from_file = load({file, true, {}});
    BOOST_TEST_REQUIRE(from_file.config);
    BOOST_TEST(from_file.config->redis_url == "redis://file");
    BOOST_TEST(from_file.config->log_level == "debug");
    BOOST_TEST(setting(from_file, "log_level").source == file + ":4");

    Variables variables{{"CREDENTIALS_DIRECTORY", directory.path()}};
    const Loaded with_credentials = load({file, true, variables});
    BOOST_TEST_REQUIRE(with_credentials.config);
    BOOST_TEST(with_credentials.config->redis_url == "redis://credential");
    BOOST_TEST(with_credentials.config->identity_url == "postgresql://credential/d");
    BOOST_TEST(with_credentials.config->key_file == directory.path("keys"));
    BOOST_TEST(setting(with_credentials, "redis_url").source == "credential redis_url");

    variables.insert(
        {{"REDIS_URL", "redis://variable"}, {"GATEHOUSE_KEY_FILE", "/k"}, {"GATEHOUSE_LOG_LEVEL", "error"}});
    const Loaded with_variables = load({file, true, variables});
    BOOST_TEST_REQUIRE(with_variables.config);
    BOOST_TEST(with_variables.config->redis_url == "redis://variable");
    BOOST_TEST(with_variables.config->key_file == "/k");
    BOOST_TEST(with_variables.config->log_level == "error");
    BOOST_TEST(setting(with_variables, "redis_url").source == "environment REDIS_URL");
    BOOST_TEST(setting(with_variables, "redis_timeout").source == "default");
}

BOOST_AUTO_TEST_CASE(credentials_are_checked_like_everything_else) {
    const TemporaryDirectory directory;
    directory.write("redis_url", "canary");
    const Loaded loaded = load_variables({{"CREDENTIALS_DIRECTORY", directory.path()}});
    BOOST_TEST(joined(loaded.errors) == "credential redis_url: redis_url must begin with redis:// or unix:\n");
}

BOOST_AUTO_TEST_CASE(every_kind_of_option_can_be_a_variable) {
    const Loaded loaded = load_text("[context.web]\n[context.back-office]\nidle = \"1h\"\n",
                                    {{"REDIS_MAX_RETRIES", "7"},
                                     {"APP_CONTEXT", "back-office"},
                                     {"STATE_DIRECTORY", "/var/lib/one:/var/lib/two"},
                                     {"GATEHOUSE_DATABASE_TIMEOUT", "750ms"},
                                     {"GATEHOUSE_ORIGINS", "https://a.test, https://b.test:8443"},
                                     {"GATEHOUSE_CONTEXT_BACK_OFFICE_IDLE", "30m"},
                                     {"GATEHOUSE_CONTEXT_BACK_OFFICE_REQUIRE", "verified role:admin"},
                                     {"GATEHOUSE_CONTEXT_WEB_SAME_SITE", "Strict"}});
    BOOST_TEST_REQUIRE(joined(loaded.errors) == "");
    BOOST_TEST(joined(loaded.warnings) == "");
    const Config& config = *loaded.config;
    BOOST_TEST(config.redis_max_retries == 7u);
    BOOST_TEST(config.default_context == "back-office");
    BOOST_TEST(config.state_directory == "/var/lib/one");
    BOOST_TEST((config.database_timeout == Millis(750)));
    BOOST_TEST(config.origins == (std::vector<std::string>{"https://a.test", "https://b.test:8443"}),
               boost::test_tools::per_element());
    BOOST_TEST((config.context("back-office")->idle == std::chrono::minutes(30)));
    BOOST_TEST(config.context("back-office")->require == (std::vector<std::string>{"verified", "role:admin"}),
               boost::test_tools::per_element());
    BOOST_TEST(config.context("back-office")->cookie == "gatehouse_back-office");
    BOOST_TEST(config.context("web")->same_site == "Strict");
}

BOOST_AUTO_TEST_CASE(variables_that_mean_nothing_are_named) {
    const Loaded loaded = load_variables({{"GATEHOUSE_LOG_LEVLE", "debug"},
                                          {"GATEHOUSE_XYZ", "1"},
                                          {"DATABASE_ADMIN_URL", postgres},
                                          {"DATABASE_BOT_URL", postgres},
                                          {"PATH", "/bin"}});
    BOOST_TEST(joined(loaded.warnings) ==
               "environment: DATABASE_ADMIN_URL is ignored: there is no [context.admin]\n"
               "environment: DATABASE_BOT_URL is ignored: there is no [context.telegram]\n"
               "environment: GATEHOUSE_LOG_LEVLE is not a known variable: did you mean GATEHOUSE_LOG_LEVEL?\n"
               "environment: GATEHOUSE_XYZ is not a known variable\n");
}

BOOST_AUTO_TEST_CASE(a_refused_login_costs_what_the_older_system_s_hashes_cost) {
    const auto cost = [](Variables more) {
        more.insert({"DATABASE_URL", postgres});
        more.insert({"REDIS_URL", redis});
        const Loaded loaded = load_variables(more);
        BOOST_TEST_REQUIRE(joined(loaded.errors) == "");
        return loaded.config->equal_bcrypt_cost;
    };
    BOOST_TEST(cost({}) == 0U);
    BOOST_TEST(cost({{"GATEHOUSE_LEGACY_SYSTEM", "sessions"}}) == 10U);
    BOOST_TEST(cost({{"GATEHOUSE_LEGACY_SYSTEM", "sessions"}, {"GATEHOUSE_EQUAL_BCRYPT_COST", "12"}}) == 12U);
}

BOOST_AUTO_TEST_SUITE_END()
