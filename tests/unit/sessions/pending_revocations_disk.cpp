// SPDX-License-Identifier: Apache-2.0
// Goal: ends that are noted while SQL is away and settled when it is back pass between the loop and the disk's thread,
// and none of them is lost on the way.
#include "gateway/log/log.h"
#include "gateway/sessions/journal.h"
#include "gateway/sessions/pending_revocations.h"
#include "tests/memory/identity_store.h"
#include "tests/memory/session_cache.h"
#include "tests/unit/await.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(settlement_disk)

BOOST_AUTO_TEST_CASE(ends_that_come_while_others_are_settled_are_all_settled) {
    log::set_level(log::Level::error);
    std::string directory = (std::filesystem::temp_directory_path() / "gatehouse-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(directory.data()) != nullptr);
    const auto path = directory + "/ended.journal";
    const auto soon = deadline_in(Millis{20'000});
    boost::asio::io_context loop;
    MemoryIdentityStore store;
    MemorySessionCache cache;
    PendingRevocations settlement(loop.get_executor(), store, &cache, {"node", path, Millis{5000}});
    settlement.met({"node"}); // there is no other

    int noted = 0;
    constexpr int rounds = 5;
    constexpr int each = 20;
    for (int round = 0; round < rounds; ++round) {
        store.set_failure(StoreError::unavailable);
        for (int i = 0; i < each; ++i) {
            const auto id = std::string(40, 'A') + std::to_string(100 + round * each + i);
            const PendingEnd end{{{"web", id}, wall_now() + Seconds{3600}}, wall_now()};
            boost::asio::co_spawn(loop, settlement.end_without_sql(end, soon),
                                  [&](const std::exception_ptr& error, PendingRevocations::Noted where) {
                                      noted += !error && where == PendingRevocations::Noted::everywhere ? 1 : 0;
                                  });
        }
        loop.restart();
        while (noted < round * each + each / 2 && std::chrono::steady_clock::now() < soon)
            loop.run_one();
        store.set_failure(std::nullopt); // the rest of them come while the first are told
    }
    while (noted < rounds * each && std::chrono::steady_clock::now() < soon)
        loop.run_one();
    BOOST_TEST(noted == rounds * each);
    BOOST_TEST(await(loop, settlement.settled_by(soon)));
    BOOST_TEST(Journal(path).read().value().bytes == 0U);
    BOOST_TEST(await(loop, cache.pending_ends(1, soon)).value().empty());
    std::filesystem::remove_all(directory);
}

BOOST_AUTO_TEST_SUITE_END()
