// SPDX-License-Identifier: Apache-2.0
// Goal: what the database does not promise is told to `ready` as long as it is so, by its name; a database that cannot
// be asked changes nothing that was known; and asking ends with its owner.
#include "gateway/health/durability.h"

#include "tests/unit/server/rig.h"

#include <boost/asio/io_context.hpp>
#include <deque>

using namespace gatehouse;

namespace {

using Names = std::vector<std::string_view>;

struct Database {
    /// Until there was no more answer to give; false: that never happened.
    bool run_out() {
        const auto end = deadline_in(Millis{10'000});
        while (!answers.empty() && std::chrono::steady_clock::now() < end)
            loop.run_one_for(Millis{100});
        loop.poll();
        return answers.empty();
    }

    boost::asio::io_context loop;
    std::deque<Result<Durability>> answers;
    int asked = 0;
    DurabilityWatch watch{[this](Deadline) -> boost::asio::awaitable<Result<Durability>> {
                              ++asked;
                              Result<Durability> answer = make_error_code(StoreError::unavailable);
                              if (!answers.empty()) {
                                  answer = answers.front();
                                  answers.pop_front();
                              }
                              co_return answer;
                          },
                          {Millis{1}, Millis{1}}};
};

} // namespace

BOOST_AUTO_TEST_SUITE(durability)

BOOST_AUTO_TEST_CASE(each_promise_has_its_warning) {
    for (const bool flushes : {true, false}) {
        for (const bool waits : {true, false}) {
            for (const bool standby : {true, false}) {
                Database database;
                BOOST_TEST(database.watch.warnings().empty());
                database.answers = {Durability{flushes, waits, standby}};
                database.watch.start(database.loop.get_executor());
                BOOST_REQUIRE(database.run_out());
                Names expected;
                if (!flushes) expected.emplace_back("fsync_off");
                if (!waits) expected.emplace_back("synchronous_commit_off");
                if (!standby) expected.emplace_back("no_synchronous_standby");
                BOOST_TEST(database.watch.warnings() == expected, boost::test_tools::per_element());
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(the_latest_answer_counts_and_no_answer_is_none) {
    const Result<Durability> nothing = make_error_code(StoreError::timed_out);
    Database database;
    database.answers = {nothing, nothing, Durability{true, false, true}, nothing};
    database.watch.start(database.loop.get_executor());
    BOOST_REQUIRE(database.run_out());
    BOOST_TEST(database.watch.warnings() == Names{"synchronous_commit_off"}, boost::test_tools::per_element());
    database.answers = {Durability{}, nothing};
    BOOST_REQUIRE(database.run_out());
    BOOST_TEST(database.watch.warnings().empty());
}

BOOST_AUTO_TEST_CASE(asking_ends_with_its_owner) {
    boost::asio::io_context loop;
    int asked = 0;
    {
        DurabilityWatch watch{[&asked](Deadline) -> boost::asio::awaitable<Result<Durability>> {
                                  ++asked;
                                  co_return Durability{};
                              },
                              {Millis{100'000}, Millis{100'000}}};
        watch.start(loop.get_executor());
        loop.poll();
    }
    loop.run(); // nothing is left to wait for
    BOOST_TEST(asked == 1);
}

BOOST_AUTO_TEST_CASE(ready_stays_what_it_is_and_tells) {
    Rig rig;
    rig.readiness.stores = {{"sql", true, false}, {"redis", true, false}};
    BOOST_TEST(rig.get("/ready").body().find(R"("warnings":[])") != std::string::npos);
    rig.readiness.warnings = {"fsync_off", "no_synchronous_standby"};
    const auto response = rig.get("/ready");
    BOOST_TEST(response.status() == 200);
    BOOST_TEST(response.body().find(R"("status":"ok")") != std::string::npos);
    BOOST_TEST(response.body().find(R"("warnings":["fsync_off","no_synchronous_standby"])") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
