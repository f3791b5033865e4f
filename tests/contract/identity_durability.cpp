// SPDX-License-Identifier: Apache-2.0
// Goal: the store says which promises the settings of the database leave out, as the server itself shows them.
#include "databases.h"
#include "identity_suite.h"
#include "storage/sql/identity_store.h"

#include <thread>

namespace gatehouse::testing::identity_durability {
namespace {

/// As a new store on this database sees it: settings of a database count for new connections.
Durability told(const std::string& url) {
    Loop loop;
    SqlIdentityStore store({.url = url, .connections = 1});
    const auto found = loop.wait(store.durability(Identity::soon()));
    store.stop(Millis{5000});
    return found.value();
}

void synchronous_standby(const std::string& url, const std::string& names) {
    postgres_query(url, "ALTER SYSTEM SET synchronous_standby_names = '" + names + "'");
    postgres_query(url, "SELECT pg_reload_conf()");
    while (postgres_query(url, "SHOW synchronous_standby_names") != names)
        std::this_thread::sleep_for(Millis{5});
}

} // namespace

BOOST_AUTO_TEST_SUITE(identity_postgresql)

BOOST_AUTO_TEST_CASE(what_the_settings_promise_is_told) {
    const auto url = PostgresServer::shared().create_database();
    const auto flushes = postgres_query(url, "SHOW fsync") == "on";
    BOOST_TEST((told(url) == Durability{flushes, true, false}));
    const auto name = postgres_query(url, "SELECT current_database()");
    for (const std::string value : {"off", "local", "remote_write", "on"}) {
        postgres_query(url, "ALTER DATABASE " + name + " SET synchronous_commit = " + value);
        BOOST_TEST((told(url) == Durability{flushes, value != "off" && value != "local", false}), value);
    }
    synchronous_standby(url, "one");
    const auto with_standby = told(url);
    synchronous_standby(url, "");
    BOOST_TEST((with_standby == Durability{flushes, true, true}));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(identity_sqlite)

BOOST_AUTO_TEST_CASE(a_file_promises_all_that_a_file_can) {
    const TemporaryDirectory directory;
    BOOST_TEST((told("sqlite:" + (directory.path() / "x.db").string()) == Durability{}));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::identity_durability
