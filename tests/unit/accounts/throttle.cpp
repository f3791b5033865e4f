// SPDX-License-Identifier: Apache-2.0
// Goal: no order of tries, parallel tries, outages and successes gives anybody more tries than the limits say, and no
// stranger takes an owner's tries away at a place where the owner has logged in.
#include "gateway/accounts/throttle.h"
#include "tests/unit/accounts/repeat.h"
#include "tests/unit/await.h"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <map>

using namespace gatehouse;

namespace {

/// Counts in memory, on a clock of its own, and fails when told to.
class FakeCounters final : public CounterStore {
  public:
    boost::asio::awaitable<Result<Count>> increment(std::string name, Seconds window, Deadline) override {
        // As a real store would: the caller is suspended for a while.
        co_await boost::asio::post(boost::asio::use_awaitable);
        ++calls;
        if (failing) co_return make_error_code(StoreError::unavailable);
        auto& entry = entries[name];
        if (entry.ends <= now) entry = {.value = 0, .ends = now + window};
        entry.ends = std::min(entry.ends, now + window);
        ++entry.value;
        co_return Count{entry.value, entry.ends - now};
    }

    boost::asio::awaitable<Result<void>> reset(std::string name, Deadline) override {
        co_await boost::asio::post(boost::asio::use_awaitable);
        ++calls;
        if (failing) co_return make_error_code(StoreError::unavailable);
        entries.erase(name);
        co_return Result<void>();
    }

    [[nodiscard]] std::size_t live() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(entries, [this](const auto& e) { return e.second.ends > now; }));
    }

    struct Entry {
        std::int64_t value = 0;
        Seconds ends{0};
    };
    std::map<std::string, Entry> entries;
    Seconds now{1000};
    bool failing = false;
    int calls = 0;
};

struct Bench {
    explicit Bench(bool with_shared = true, ThrottleLimits limits = {.per_account = 4,
                                                                     .per_address = 20,
                                                                     .window = Seconds{900},
                                                                     .name_key = "k"})
        : throttle(with_shared ? &shared : nullptr, local, std::move(limits)) {}

    ThrottleDecision admit(std::string account, std::string address) {
        return await(loop, throttle.admit(std::move(account), std::move(address)));
    }

    void succeeded(const std::string& account, const std::string& address) {
        boost::asio::co_spawn(loop, throttle.succeeded(account, address),
                              [](std::exception_ptr error) { BOOST_TEST(!error); });
        loop.restart();
        loop.run();
    }

    /// How many of `tries` were admitted.
    int admitted(int tries, const std::string& account, const std::string& address) {
        int count = 0;
        for (; tries > 0; --tries)
            count += admit(account, address).allowed;
        return count;
    }

    void later(Seconds span) {
        shared.now += span;
        local.now += span;
    }

    boost::asio::io_context loop;
    FakeCounters shared, local;
    Throttle throttle;
};

} // namespace

BOOST_AUTO_TEST_SUITE(throttle)

BOOST_AUTO_TEST_CASE(one_account_from_one_address) {
    for (const bool with_shared : {true, false}) {
        Bench bench(with_shared);
        BOOST_TEST(bench.admitted(10, "alice@a", "192.0.2.1") == 4);
        const auto refused = bench.admit("alice@a", "192.0.2.1");
        BOOST_TEST(!refused.allowed);
        BOOST_TEST((refused.retry_after == Seconds{900}));
        bench.later(Seconds{899});
        BOOST_TEST((bench.admit("alice@a", "192.0.2.1") ==
                    ThrottleDecision{false, Seconds{1}})); // refusals did not move the end
        bench.later(Seconds{1});
        BOOST_TEST(bench.admitted(10, "alice@a", "192.0.2.1") == 4);
    }
}

BOOST_AUTO_TEST_CASE(many_accounts_from_one_address) {
    Bench bench;
    int admitted = 0;
    for (int i = 0; i < 200; ++i)
        admitted += bench.admit("user" + std::to_string(i) + "@a", "192.0.2.1").allowed;
    BOOST_TEST(admitted == 20);
    BOOST_TEST(bench.admit("alice@a", "192.0.2.2").allowed);
}

BOOST_AUTO_TEST_CASE(one_account_from_many_addresses) {
    Bench bench;
    int admitted = 0;
    for (int i = 0; i < 50; ++i)
        admitted += bench.admitted(5, "alice@a", "192.0.2." + std::to_string(i));
    BOOST_TEST(admitted == 10); // 2.5 x per_account
    BOOST_TEST(bench.admit("bob@a", "192.0.2.1").allowed);
}

BOOST_AUTO_TEST_CASE(one_address_does_not_use_up_the_account) {
    Bench bench;
    bench.admitted(19, "alice@a", "192.0.2.1");
    BOOST_TEST(bench.admitted(4, "alice@a", "192.0.2.2") == 4);
}

BOOST_AUTO_TEST_CASE(owner_at_a_known_place_is_not_locked_out_by_strangers) {
    Bench bench;
    BOOST_TEST(bench.admit("alice@a", "home").allowed);
    bench.succeeded("alice@a", "home");
    for (int window = 0; window < 3; ++window) {
        for (int i = 0; i < 20; ++i)
            bench.admitted(4, "alice@a", "198.51.100." + std::to_string(i));
        BOOST_TEST(!bench.admit("alice@a", "203.0.113.1").allowed); // nobody else any more
        BOOST_TEST(bench.admitted(10, "alice@a", "home") == 4);     // the owner, as often as ever
        BOOST_TEST(!bench.admit("alice@a", "elsewhere").allowed);
        bench.later(Seconds{900});
    }
}

BOOST_AUTO_TEST_CASE(known_places_are_bounded) {
    KnownPlaces places(3);
    for (const auto* place : {"a", "b", "c", "a"})
        places.remember(place);
    BOOST_TEST((places.contains("a") && places.contains("b") && places.contains("c")));
    places.remember("d");
    BOOST_TEST(!places.contains("a"));
    BOOST_TEST((places.contains("b") && places.contains("c") && places.contains("d")));
}

BOOST_AUTO_TEST_CASE(office_is_not_locked_out_by_its_own_logins) {
    Bench bench;
    for (int round = 0; round < 4; ++round) {
        for (int i = 0; i < 15; ++i) {
            const auto account = "user" + std::to_string(i) + "@a";
            BOOST_TEST(bench.admit(account, "office").allowed);
            bench.succeeded(account, "office");
            if (round == 0) continue;
            BOOST_TEST(bench.admit(account, "office").allowed);
            bench.succeeded(account, "office");
        }
    }
    BOOST_TEST(bench.admit("newcomer@a", "office").allowed);
    int strangers = 0;
    for (int i = 0; i < 100; ++i)
        strangers += bench.admit("stranger" + std::to_string(i) + "@a", "office").allowed;
    BOOST_TEST(strangers < 20);
    int total = 0;
    for (int i = 0; i < 500; ++i) {
        const auto account = "user" + std::to_string(i % 15) + "@a";
        if (!bench.admit(account, "office").allowed) continue;
        bench.succeeded(account, "office");
        ++total;
    }
    BOOST_TEST(total <= 200); // but not for ever: 10 x per_address
}

BOOST_AUTO_TEST_CASE(success_forgets_the_account_and_not_the_address) {
    Bench bench;
    BOOST_TEST(bench.admitted(4, "alice@a", "home") == 4);
    bench.succeeded("alice@a", "home");
    BOOST_TEST(bench.admitted(10, "alice@a", "home") == 4);
    // Somebody who logs into an account of their own in between gets no more tries at other ones.
    Bench attacker;
    int tries = 0;
    for (int i = 0; i < 100; ++i) {
        tries += attacker.admit("victim" + std::to_string(i) + "@a", "bad").allowed;
        if (attacker.admit("own@a", "bad").allowed) attacker.succeeded("own@a", "bad");
    }
    BOOST_TEST(tries <= 20);
}

BOOST_AUTO_TEST_CASE(parallel_tries_never_exceed_a_limit) {
    Bench bench;
    int admitted = 0;
    for (int i = 0; i < 200; ++i) {
        boost::asio::co_spawn(bench.loop, bench.throttle.admit("alice@a", "192.0.2.1"),
                              [&](std::exception_ptr error, ThrottleDecision decision) {
                                  BOOST_TEST(!error);
                                  admitted += decision.allowed;
                              });
    }
    bench.loop.run();
    BOOST_TEST(admitted == 4);
}

BOOST_AUTO_TEST_CASE(shared_store_down_is_no_free_try) {
    Bench bench;
    bench.shared.failing = true;
    BOOST_TEST(bench.admitted(1000, "alice@a", "192.0.2.1") == 4);
    Bench later_down;
    BOOST_TEST(later_down.admitted(3, "alice@a", "192.0.2.1") == 3);
    later_down.shared.failing = true;
    BOOST_TEST(later_down.admitted(1000, "alice@a", "192.0.2.1") == 1);
}

BOOST_AUTO_TEST_CASE(flapping_shared_store_is_no_free_try) {
    Bench bench;
    int admitted = 0;
    for (int i = 0; i < 1000; ++i) {
        bench.shared.failing = i % 2 == 0;
        if (i % 10 == 0) bench.shared.entries.clear(); // came back empty
        admitted += bench.admit("alice@a", "192.0.2.1").allowed;
    }
    BOOST_TEST(admitted == 4);
}

BOOST_AUTO_TEST_CASE(tries_elsewhere_count_here) {
    FakeCounters shared;
    FakeCounters local[3];
    boost::asio::io_context loop;
    int admitted = 0;
    for (int i = 0; i < 30; ++i) {
        Throttle node(&shared, local[i % 3],
                      {.per_account = 4, .per_address = 20, .window = Seconds{900}, .name_key = "k"});
        admitted += await(loop, node.admit("alice@a", "192.0.2.1")).allowed;
    }
    BOOST_TEST(admitted == 4);
}

BOOST_AUTO_TEST_CASE(without_a_count_nobody_is_admitted) {
    Bench bench;
    bench.local.failing = true;
    BOOST_TEST((bench.admit("alice@a", "192.0.2.1") == ThrottleDecision{false, Seconds{1}}));
    bench.local.failing = false;
    BOOST_TEST(bench.admit("alice@a", "192.0.2.1").allowed);
    bench.shared.failing = true;
    bench.succeeded("alice@a", "192.0.2.1"); // what cannot be noted is no error
}

BOOST_AUTO_TEST_CASE(a_flood_from_one_address_leaves_few_counters) {
    Bench bench;
    for (int i = 0; i < 20000; ++i)
        (void)bench.admit("bogus" + std::to_string(i) + "@a", "192.0.2.1");
    BOOST_TEST(bench.local.live() == 1U + 20U * 2U);
    BOOST_TEST(bench.admit("alice@a", "192.0.2.2").allowed);
}

BOOST_AUTO_TEST_CASE(names_tell_nothing) {
    Bench bench;
    (void)bench.admit("alice@example.org", "192.0.2.1");
    bench.succeeded("alice@example.org", "192.0.2.1");
    (void)bench.admit(repeat("x", 5000), "2001:db8::/64");
    BOOST_TEST(bench.shared.entries.size() == 4U);
    for (const auto& [name, entry] : bench.shared.entries) {
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST(name.starts_with("login:"));
            BOOST_TEST(name.size() <= 40U);
            BOOST_TEST(name.find("alice") == std::string::npos);
            BOOST_TEST(name.find("192.0.2") == std::string::npos);
        }
    }
    Bench other(true, {.name_key = "another key"});
    (void)other.admit("alice@example.org", "192.0.2.1");
    for (const auto& [name, entry] : other.shared.entries)
        BOOST_TEST(!bench.shared.entries.contains(name));
}

BOOST_AUTO_TEST_SUITE_END()
