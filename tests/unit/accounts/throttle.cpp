// SPDX-License-Identifier: Apache-2.0
// Goal: no order of tries, parallel tries, outages and successes gives anybody more tries than the limits say, and no
// stranger takes an owner's tries away on a device on which the owner has logged in.
#include "gateway/accounts/throttle.h"
#include "tests/unit/accounts/repeat.h"
#include "tests/unit/await.h"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <map>
#include <vector>

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

    boost::asio::awaitable<Result<void>> take_back(std::string name, Deadline) override {
        co_await boost::asio::post(boost::asio::use_awaitable);
        ++calls;
        if (failing) co_return make_error_code(StoreError::unavailable);
        if (auto& entry = entries[name]; entry.ends > now && entry.value > 0) --entry.value;
        co_return Result<void>();
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

    ThrottleDecision admit(std::string account, std::string address, std::string device = {}) {
        Throttle::Try one{std::move(account), std::move(address), std::move(device)};
        return await(loop, throttle.admit(std::move(one)));
    }

    void succeeded(ThrottleDecision admitted) { finish(throttle.succeeded(std::move(admitted))); }
    void give_back(ThrottleDecision admitted) { finish(throttle.give_back(std::move(admitted))); }

    void finish(boost::asio::awaitable<void> work) {
        boost::asio::co_spawn(loop, std::move(work), [](std::exception_ptr error) { BOOST_TEST(!error); });
        loop.restart();
        loop.run();
    }

    /// A login: whether it was admitted.
    bool log_in(const std::string& account, const std::string& address, const std::string& device = {}) {
        auto decision = admit(account, address, device);
        const bool allowed = decision.allowed;
        if (allowed) succeeded(std::move(decision));
        return allowed;
    }

    [[nodiscard]] int calls() const { return shared.calls + local.calls; }

    /// How many of `tries` were admitted.
    int admitted(int tries, const std::string& account, const std::string& address, const std::string& device = {}) {
        int count = 0;
        for (; tries > 0; --tries)
            count += admit(account, address, device).allowed;
        return count;
    }

    /// What strangers do to lock an account out of every place.
    void attack(const std::string& account) {
        for (int i = 0; i < 20; ++i)
            admitted(4, account, "198.51.100." + std::to_string(i));
        BOOST_TEST(!admit(account, "203.0.113.1").allowed);
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
                    ThrottleDecision{false, Seconds{1}, {}})); // refusals did not move the end
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

BOOST_AUTO_TEST_CASE(owner_at_a_known_device_is_not_locked_out_by_strangers) {
    Bench bench;
    for (int window = 0; window < 3; ++window) {
        bench.attack("alice@a");
        BOOST_TEST(!bench.admit("alice@a", "home").allowed);
        BOOST_TEST(bench.log_in("alice@a", "home", "laptop"));
        BOOST_TEST(!bench.admit("alice@a", "home").allowed); // the device is known, not the address
        // A stolen device has its own few tries, wherever it is taken, and takes none from the owner's other devices.
        int stolen = 0;
        for (int i = 0; i < 10; ++i)
            stolen += bench.admitted(2, "alice@a", "stranger" + std::to_string(i), "stolen");
        BOOST_TEST(stolen == 4);
        BOOST_TEST(bench.log_in("alice@a", "home", "laptop"));
        bench.later(Seconds{900});
    }
}

BOOST_AUTO_TEST_CASE(owner_at_a_known_device_is_not_locked_out_by_strangers_at_the_same_address) {
    Bench bench;
    for (int i = 0; i < 1000; ++i)
        (void)bench.admit("user" + std::to_string(i) + "@a", "office");
    BOOST_TEST(!bench.admit("alice@a", "office").allowed);
    BOOST_TEST(bench.log_in("alice@a", "office", "laptop"));
}

BOOST_AUTO_TEST_CASE(a_device_of_one_account_has_no_tries_at_another) {
    Bench bench; // the endpoint lets nobody show it; were it so, it would have a counter of its own there
    BOOST_TEST(bench.admitted(10, "alice@a", "192.0.2.1", "laptop") == 4);
    BOOST_TEST(bench.admitted(10, "bob@a", "192.0.2.1", "laptop") == 4);
}

BOOST_AUTO_TEST_CASE(office_is_not_locked_out_by_its_own_logins) {
    Bench bench;
    int total = 0;
    for (int i = 0; i < 500; ++i)
        total += bench.log_in("user" + std::to_string(i % 15) + "@a", "office");
    BOOST_TEST(total == 200); // but not for ever: 10 x per_address
    bench.later(Seconds{900});
    for (int i = 0; i < 50; ++i)
        BOOST_TEST(bench.log_in("user" + std::to_string(i % 15) + "@a", "office"));
    int strangers = 0;
    for (int i = 0; i < 100; ++i)
        strangers += bench.admit("stranger" + std::to_string(i) + "@a", "office").allowed;
    BOOST_TEST(strangers == 20);
}

BOOST_AUTO_TEST_CASE(success_forgets_the_failures_of_its_pair_and_of_nothing_else) {
    Bench bench;
    BOOST_TEST(bench.admitted(3, "alice@a", "home") == 3);
    BOOST_TEST(bench.log_in("alice@a", "home"));
    BOOST_TEST(bench.admitted(10, "alice@a", "home") == 4);
    // Somebody who logs into an account of their own in between gets no more tries at other ones.
    Bench attacker;
    int tries = 0;
    for (int i = 0; i < 100; ++i) {
        tries += attacker.admit("victim" + std::to_string(i) + "@a", "bad").allowed;
        (void)attacker.log_in("own@a", "bad");
    }
    BOOST_TEST(tries <= 20);
}

/// Strangers have ten tries at an account; whether its owner signs in meanwhile, and how often, changes nothing about
/// it.
BOOST_AUTO_TEST_CASE(success_does_not_tell_strangers_that_an_account_is_in_use) {
    for (const int logins : {0, 1, 5}) {
        for (const std::string device : {"", "laptop"}) {
            Bench bench;
            int admitted = 0;
            for (int i = 0; i < 20; ++i) {
                admitted += bench.admitted(1, "alice@a", "198.51.100." + std::to_string(i));
                for (int j = 0; j < (i < 9 ? logins : 0); ++j)
                    BOOST_TEST(bench.log_in("alice@a", "home", device));
            }
            BOOST_TEST(admitted == 10);
        }
    }
}

BOOST_AUTO_TEST_CASE(parallel_tries_never_exceed_a_limit) {
    Bench bench;
    int admitted = 0;
    for (int i = 0; i < 200; ++i) {
        boost::asio::co_spawn(bench.loop, bench.throttle.admit(Throttle::Try{"alice@a", "192.0.2.1"}),
                              [&](std::exception_ptr error, ThrottleDecision decision) {
                                  BOOST_TEST(!error);
                                  admitted += decision.allowed;
                              });
    }
    bench.loop.run();
    BOOST_TEST(admitted == 4);
}

BOOST_AUTO_TEST_CASE(tries_without_a_verdict_are_given_back) {
    for (const bool with_shared : {true, false}) {
        Bench bench(with_shared);
        for (int i = 0; i < 100; ++i) {
            auto admitted = bench.admit("alice@a", "192.0.2.1");
            BOOST_TEST(admitted.allowed);
            bench.give_back(std::move(admitted));
        }
        BOOST_TEST(bench.admitted(10, "alice@a", "192.0.2.1") == 4);
    }
}

BOOST_AUTO_TEST_CASE(tries_that_are_given_back_are_not_free_for_an_address) {
    Bench bench;
    int admitted = 0;
    for (int i = 0; i < 1000; ++i)
        if (auto decision = bench.admit("user" + std::to_string(i) + "@a", "192.0.2.1"); decision.allowed) {
            ++admitted;
            bench.give_back(std::move(decision));
        }
    BOOST_TEST(admitted == 200); // 10 x per_address
    BOOST_TEST(bench.admit("user1@a", "192.0.2.2").allowed);
}

BOOST_AUTO_TEST_CASE(tries_that_may_be_given_back_count_until_then) {
    Bench bench;
    std::vector<ThrottleDecision> under_way;
    for (int i = 0; i < 10; ++i)
        if (auto decision = bench.admit("alice@a", "192.0.2.1"); decision.allowed)
            under_way.push_back(std::move(decision));
    BOOST_TEST(under_way.size() == 4U);
    for (auto& one : under_way)
        bench.give_back(std::move(one));
    // The six that were refused stay counted: they learned nothing, and a flood of them makes nothing free.
    BOOST_TEST(bench.admitted(10, "alice@a", "192.0.2.1") == 0);
}

BOOST_AUTO_TEST_CASE(what_did_not_count_a_try_does_not_give_it_back) {
    Bench bench;
    BOOST_TEST(bench.admitted(2, "alice@a", "192.0.2.1") == 2);
    bench.shared.failing = true;
    auto admitted = bench.admit("alice@a", "192.0.2.1");
    bench.shared.failing = false;
    bench.give_back(std::move(admitted));
    BOOST_TEST(bench.admitted(10, "alice@a", "192.0.2.1") == 2);
    // A try whose window has ended: giving it back would be a free one in the next.
    bench.later(Seconds{900});
    auto last = bench.admit("alice@a", "192.0.2.1");
    last.counted.front().window_ends = last.counted.back().window_ends = std::chrono::steady_clock::now();
    const auto before = bench.calls();
    bench.give_back(std::move(last));
    BOOST_TEST(bench.calls() == before + 4); // of six counters two are left out
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
        Throttle::Try one{"alice@a", "192.0.2.1"};
        admitted += await(loop, node.admit(std::move(one))).allowed;
    }
    BOOST_TEST(admitted == 4);
}

BOOST_AUTO_TEST_CASE(without_a_count_nobody_is_admitted) {
    Bench bench;
    bench.local.failing = true;
    BOOST_TEST((bench.admit("alice@a", "192.0.2.1") == ThrottleDecision{false, Seconds{1}, {}}));
    bench.local.failing = false;
    auto admitted = bench.admit("alice@a", "192.0.2.1");
    BOOST_TEST(admitted.allowed);
    bench.shared.failing = true;
    bench.succeeded(std::move(admitted)); // what cannot be noted is no error
}

BOOST_AUTO_TEST_CASE(a_flood_from_one_address_leaves_few_counters) {
    Bench bench;
    for (int i = 0; i < 20000; ++i)
        (void)bench.admit("bogus" + std::to_string(i) + "@a", "192.0.2.1");
    BOOST_TEST(bench.local.live() == 2U + 20U * 2U);
    BOOST_TEST(bench.admit("alice@a", "192.0.2.2").allowed);
}

BOOST_AUTO_TEST_CASE(names_tell_nothing) {
    Bench bench;
    (void)bench.admit("alice@example.org", "192.0.2.1");
    (void)bench.admit("alice@example.org", "192.0.2.1", "a cookie");
    (void)bench.admit(repeat("x", 5000), "2001:db8::/64");
    BOOST_TEST(bench.shared.entries.size() == 9U);
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
