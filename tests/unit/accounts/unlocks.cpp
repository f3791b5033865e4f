// SPDX-License-Identifier: Apache-2.0
// Goal: an account that an operator has unlocked is let in again by every process that reads of it, under every name,
// and nobody else is.
#include "gateway/accounts/unlocks.h"
#include "storage/memory_counter_store.h"
#include "tests/unit/await.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;

namespace {

class FakeUnlocks final : public UnlockStore {
  public:
    boost::asio::awaitable<Result<bool>> unlock(std::string, Instant, Deadline) override { co_return true; }
    boost::asio::awaitable<Result<std::vector<Unlocked>>> unlocked_since(Instant since, Deadline) override {
        ++looks;
        last_since = since;
        if (failing) co_return make_error_code(StoreError::unavailable);
        co_return rows;
    }

    std::vector<Unlocked> rows;
    Instant last_since;
    bool failing = false;
    int looks = 0;
};

struct Bench {
    Bench() : throttle(nullptr, counters, {.per_account = 2, .per_address = 1000, .name_key = "k"}) {}

    bool admits(const std::string& account, const std::string& device = {}) {
        Throttle::Try one{account, "192.0.2.1", device};
        return await(loop, throttle.admit(std::move(one))).allowed;
    }
    void lock(const std::string& account, const std::string& device = {}) {
        while (admits(account, device)) {
        }
    }
    /// As a process that starts now.
    void look() {
        const int before = store.looks;
        Unlocks unlocks(loop.get_executor(), store, throttle, Seconds{900});
        unlocks.start();
        loop.restart();
        while (store.looks == before)
            loop.run_one();
        loop.poll();
    }

    boost::asio::io_context loop;
    MemoryCounterStore counters;
    Throttle throttle;
    FakeUnlocks store;
};

constexpr const char* id = "11111111-1111-4111-8111-111111111111";

} // namespace

BOOST_AUTO_TEST_SUITE(unlocks)

BOOST_AUTO_TEST_CASE(an_unlocked_account_is_counted_anew) {
    Bench bench;
    const std::vector<std::string> names{"ann@example.test", "+380441234567", id};
    for (const auto& name : names)
        bench.lock(name);
    bench.lock("ann@example.test", "laptop");
    bench.lock("bob@example.test");
    bench.look();
    BOOST_TEST(!bench.admits("ann@example.test"));
    BOOST_TEST((wall_now() - bench.store.last_since >= Seconds{1800}));
    bench.store.rows = {{id, "Ann@Example.Test", "+380441234567", wall_now()}};
    bench.look();
    for (const auto& name : names)
        BOOST_TEST(bench.admits(name), name);
    BOOST_TEST(bench.admits("ann@example.test", "laptop"));
    BOOST_TEST(!bench.admits("bob@example.test"));
    // Once, not for ever.
    bench.lock("ann@example.test");
    bench.look();
    BOOST_TEST(!bench.admits("ann@example.test"));
    bench.store.rows.front().at += Seconds{1};
    bench.look();
    BOOST_TEST(bench.admits("ann@example.test"));
}

BOOST_AUTO_TEST_CASE(unlocked_accounts_stay_so_while_the_database_is_away) {
    Bench bench;
    bench.lock("ann@example.test");
    bench.store.rows = {{id, "ann@example.test", "", wall_now()}};
    bench.look();
    bench.store.failing = true;
    bench.look();
    BOOST_TEST(bench.admits("ann@example.test"));
}

BOOST_AUTO_TEST_SUITE_END()
