// SPDX-License-Identifier: Apache-2.0
// Goal: a configuration that names an older system also says where that is.
#include "tests/unit/config/sources.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;
using namespace gatehouse::config;
using namespace gatehouse::config::testing;

BOOST_AUTO_TEST_SUITE(older_system)

BOOST_AUTO_TEST_CASE(the_gateways_own_file_is_not_the_older_system) {
    const Variables rows[] = {{{"SESSION_ENVIRONMENT", "mock"}},
                              {{"SESSION_ENVIRONMENT", "development"}},
                              {{"SESSION_ENVIRONMENT", "mock"}, {"DATABASE_URL", "postgresql://u:p@db/d"}},
                              {{"DATABASE_URL", "sqlite:/tmp/x.db"}, {"SESSION_ENVIRONMENT", "mock"}}};
    for (const auto& variables : rows) {
        const auto loaded = load_text("legacy_system = \"session-id\"\n", variables);
        BOOST_TEST(!loaded.config);
        BOOST_TEST(joined(loaded.errors).find("Set legacy_database_url to the database of the older system") !=
                       std::string::npos,
                   joined(loaded.errors));
    }
    const auto apart =
        load_text("legacy_system = \"session-id\"\nlegacy_database_url = \"sqlite:/srv/app.db\"\n", rows[0]);
    BOOST_TEST(joined(apart.errors) == "");
    // PostgreSQL has room for both.
    const auto beside = load_text("legacy_system = \"session-id\"\n",
                                  {{"SESSION_ENVIRONMENT", "development"}, {"DATABASE_URL", "postgresql://u@db/d"}});
    BOOST_TEST(joined(beside.errors) == "");
}

BOOST_AUTO_TEST_SUITE_END()
