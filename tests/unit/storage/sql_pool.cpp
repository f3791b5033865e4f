// SPDX-License-Identifier: Apache-2.0
// Goal: the threads of a pool share its connections, its one writer and its callers without getting in each other's
// way.
#include "storage/sql/runner.h"

#include "tests/unit/await.h"

#include <boost/asio/detached.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>

using namespace gatehouse;
using namespace gatehouse::sql;

namespace {

struct Queries {
    explicit Queries(Backend /*backend*/) {}

    Query<In<std::int64_t>, Out<>> insert{"INSERT INTO numbers (number) VALUES (:number)", {"number"}};
    Query<In<>, Out<std::int64_t>> count{"SELECT count(*) FROM numbers", {}};
};

struct Scratch {
    Scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "gatehouse-XXXXXX").string();
        directory = ::mkdtemp(name.data());
        options.url = "sqlite:" + directory + "/numbers.db";
        options.connections = 4;
        options.statement_timeout = Millis{40'000}; // a slow machine is no trouble
        options.queue = 400;                        // room for all calls of a test
    }
    ~Scratch() { std::filesystem::remove_all(directory); }

    std::string directory;
    SqlOptions options;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sql_pool, Scratch)

BOOST_AUTO_TEST_CASE(many_calls_at_once_are_each_answered_once) {
    constexpr int calls = 100;
    boost::asio::io_context loop;
    Runner<Queries> runner(make_target(options), shared_threads_for(options, "test"));
    const auto soon = deadline_in(Millis{20'000});
    const auto make = [](Connection& connection, const Queries&) {
        connection.script("CREATE TABLE numbers (number INTEGER PRIMARY KEY)");
        return 0;
    };
    BOOST_REQUIRE(await(loop, runner.serve(make, soon)).has_value());

    int written = 0;
    int counted = 0;
    for (std::int64_t number = 0; number < calls; ++number) {
        const auto insert = [number](Connection& connection, const Queries& queries) {
            return connection.write([&] { return connection.change(queries.insert, number); });
        };
        const auto count = [](Connection& connection, const Queries& queries) {
            return std::get<0>(connection.row(queries.count).value());
        };
        boost::asio::co_spawn(loop, runner.serve(insert, soon),
                              [&](const std::exception_ptr& error, const Result<std::size_t>& rows) {
                                  written += !error && rows && *rows == 1 ? 1 : 0;
                              });
        boost::asio::co_spawn(loop, runner.serve(count, soon),
                              [&](const std::exception_ptr& error, const Result<std::int64_t>& rows) {
                                  counted += !error && rows && *rows <= calls ? 1 : 0;
                              });
    }
    loop.restart();
    loop.run();
    BOOST_TEST(written == calls);
    BOOST_TEST(counted == calls);
    const auto count = [](Connection& connection, const Queries& queries) {
        return std::get<0>(connection.row(queries.count).value());
    };
    BOOST_TEST(await(loop, runner.serve(count, soon)).value() == calls);
    BOOST_TEST(runner.state->pool.last_failure() == "");
    BOOST_TEST(runner.workers.stop(Millis{5000}));
}

BOOST_AUTO_TEST_SUITE_END()
