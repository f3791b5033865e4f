// SPDX-License-Identifier: Apache-2.0
// Goal: a context can have a web database of its own, said in any of the places where a secret may stand; it is masked
// wherever it is shown, held to the rules of the environment, and a name without a context is told.
#include "gateway/config/document.h"
#include "tests/unit/config/sources.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::testing;

namespace {

const std::string admin = "environment = \"development\"\n[context.admin]\nrequire = [\"role:admin\"]\n";

const Setting& of_admin(const Loaded& loaded) {
    return setting(loaded, "context.admin.database_url");
}

} // namespace

BOOST_AUTO_TEST_SUITE(own_database)

BOOST_AUTO_TEST_CASE(without_one_the_shared_one_counts) {
    const Loaded loaded = load_text(admin);
    BOOST_TEST_REQUIRE(joined(loaded.errors) == "");
    BOOST_TEST(loaded.config->context("admin")->database_url == "");
    BOOST_TEST(of_admin(loaded).needs_restart);
    const Loaded own = load_text(admin + "database_url = \"postgresql://file/d\"\n");
    const std::vector<std::string> changed{"context.admin.database_url"};
    BOOST_TEST(changes_that_need_restart(loaded, own) == changed, boost::test_tools::per_element());
    BOOST_TEST(changes_that_need_restart(own, loaded) == changed, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_can_stand_in_the_file_a_credential_and_the_environment) {
    const std::string in_file = admin + "database_url = \"postgresql://file/d\"\n";
    BOOST_TEST(load_text(in_file).config->context("admin")->database_url == "postgresql://file/d");
    const TemporaryDirectory directory;
    directory.write("context.admin.database_url", "postgresql://u:canary@credential/d\n");
    Variables variables{{"CREDENTIALS_DIRECTORY", directory.path()}};
    const Loaded credential = load_text(in_file, variables);
    BOOST_TEST_REQUIRE(credential.config);
    BOOST_TEST(credential.config->context("admin")->database_url == "postgresql://u:canary@credential/d");
    BOOST_TEST(of_admin(credential).source == "credential context.admin.database_url");
    BOOST_TEST(as_file(credential.settings).find("canary") == std::string::npos);
    BOOST_TEST(of_admin(credential).value.find("***") != std::string::npos);
    variables.emplace("DATABASE_ADMIN_URL", "postgresql://alias/d");
    BOOST_TEST(load_text(in_file, variables).config->context("admin")->database_url == "postgresql://alias/d");
    variables.emplace("GATEHOUSE_CONTEXT_ADMIN_DATABASE_URL", "postgresql://variable/d");
    const Loaded variable = load_text(in_file, variables);
    BOOST_TEST(variable.config->context("admin")->database_url == "postgresql://variable/d");
    BOOST_TEST(variable.config->context("web")->database_url == "");
}

BOOST_AUTO_TEST_CASE(the_bots_is_telegrams_or_else_bots) {
    const Variables variables{{"DATABASE_BOT_URL", "postgresql://bot/d"}};
    const Loaded telegram = load_text("environment = \"development\"\n[context.bot]\n[context.telegram]\n", variables);
    BOOST_TEST_REQUIRE(telegram.config);
    BOOST_TEST(telegram.config->context("telegram")->database_url == "postgresql://bot/d");
    BOOST_TEST(telegram.config->context("bot")->database_url == "");
    const Loaded bot = load_text("environment = \"development\"\n[context.bot]\n", variables);
    BOOST_TEST_REQUIRE(bot.config);
    BOOST_TEST(bot.config->context("bot")->database_url == "postgresql://bot/d");
    BOOST_TEST(joined(bot.warnings) == "");
    const Loaded none = load_text("environment = \"development\"\n", variables);
    BOOST_TEST(joined(none.warnings) == "environment: DATABASE_BOT_URL is ignored: there is no [context.telegram]\n");
}

BOOST_AUTO_TEST_CASE(the_rules_of_the_environment_are_those_of_every_database) {
    const std::string sqlite = "[context.admin]\ndatabase_url = \"sqlite:/a.db\"\n";
    const Variables production{
        {"SESSION_ENVIRONMENT", "production"}, {"DATABASE_URL", "postgresql://h/d"}, {"REDIS_URL", "redis://h"}};
    BOOST_TEST(joined(load_text(sqlite, production).errors).find("context.admin.database_url must be PostgreSQL") !=
               std::string::npos);
    const Loaded mock =
        load_text("[context.admin]\ndatabase_url = \"postgresql://h/d\"\n", {{"SESSION_ENVIRONMENT", "mock"}});
    BOOST_TEST_REQUIRE(mock.config);
    BOOST_TEST(mock.config->context("admin")->database_url == "");
    BOOST_TEST(joined(mock.warnings).find("context.admin.database_url is ignored in mock mode") != std::string::npos);
    BOOST_TEST(joined(load_text("[context.admin]\ndatabase_url = \"mysql://u:canary@h/d\"\n").errors) ==
               "gatehouse.toml:2: context.admin.database_url must begin with postgresql:// or sqlite:\n");
}

BOOST_AUTO_TEST_SUITE_END()
