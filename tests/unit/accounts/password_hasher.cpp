// SPDX-License-Identifier: Apache-2.0
// Goal: the right password matches and nothing else does, whatever stands in the database; hostile rows and floods are
// refused early; and what does not match costs the same for everybody.
#include "gateway/accounts/password_hasher.h"
#include "gateway/log/log.h"
#include "tests/unit/accounts/repeat.h"
#include "tests/unit/await.h"

#include <boost/test/unit_test.hpp>
#include <ctime>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <sys/resource.h>
#include <unistd.h>

using namespace gatehouse;
using namespace std::string_literals;

namespace {

constexpr HashOptions cheap{.threads = 2, .queue = 64, .memory_kib = 16, .passes = 2, .wait = Millis{60000}};

// From the argon2 reference implementation; salt "somesalt".
const std::string reference = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
const std::string reference_two_lanes =
    "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc";
// From crypt_blowfish.
const std::string bcrypt = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"; // U*U
const std::string bcrypt_long = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
const std::string first_72 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

struct Bench {
    explicit Bench(HashOptions options = cheap) : hasher(options) { log::set_level(log::Level::error); }

    Result<PasswordMatch> verify(std::string_view password, const std::string& stored) {
        return await(loop, hasher.verify(Secret(password), stored));
    }
    std::string hash(std::string_view password) { return await(loop, hasher.hash(Secret(password))).value(); }

    boost::asio::io_context loop;
    PasswordHasher hasher;
};

bool is(const Result<PasswordMatch>& result, PasswordMatch expected) {
    return result.has_value() && *result == expected;
}
bool is(const Result<PasswordMatch>& result, StoreError expected) {
    return result.has_error() && result.error() == expected;
}

} // namespace

BOOST_AUTO_TEST_SUITE(password_hasher)

BOOST_AUTO_TEST_CASE(own_hashes) {
    Bench bench;
    for (const auto& password :
         {"correct mole antenna"s, ""s, " "s, "p\xc3\xa4ss"s, "\xff\x01\n"s, repeat("x", 5000)}) {
        const auto stored = bench.hash(password);
        BOOST_TEST(stored.starts_with("$argon2id$v=19$m=16,t=2,p=1$"));
        BOOST_TEST(stored != bench.hash(password)); // a salt of its own
        BOOST_TEST(is(bench.verify(password, stored), PasswordMatch::yes));
        BOOST_TEST(is(bench.verify(password + " ", stored), PasswordMatch::no));
        BOOST_TEST(is(bench.verify("x" + password, stored), PasswordMatch::no));
    }
    // Two spellings of one letter are two passwords: the exact bytes count.
    BOOST_TEST(is(bench.verify("pa\xcc\x88ss", bench.hash("p\xc3\xa4ss")), PasswordMatch::no));
}

BOOST_AUTO_TEST_CASE(foreign_hashes) {
    Bench bench;
    BOOST_TEST(is(bench.verify("password", reference), PasswordMatch::yes));
    BOOST_TEST(is(bench.verify("password", reference_two_lanes), PasswordMatch::yes));
    BOOST_TEST(is(bench.verify("Password", reference), PasswordMatch::no));
    for (const char letter : {'a', 'b', 'y'}) {
        auto stored = bcrypt;
        stored[2] = letter;
        BOOST_TEST(is(bench.verify("U*U", stored), PasswordMatch::yes_rehash));
        BOOST_TEST(is(bench.verify("U*U*", stored), PasswordMatch::no));
        BOOST_TEST(is(bench.verify("", stored), PasswordMatch::no));
    }
}

BOOST_AUTO_TEST_CASE(weaker_parameters_are_hashed_anew) {
    Bench weak;
    const auto stored = weak.hash("secret");
    const std::pair<HashOptions, PasswordMatch> rows[] = {
        {{.threads = 1, .queue = 4, .memory_kib = 16, .passes = 2}, PasswordMatch::yes},
        {{.threads = 1, .queue = 4, .memory_kib = 8, .passes = 1}, PasswordMatch::yes},
        {{.threads = 1, .queue = 4, .memory_kib = 17, .passes = 2}, PasswordMatch::yes_rehash},
        {{.threads = 1, .queue = 4, .memory_kib = 16, .passes = 3}, PasswordMatch::yes_rehash},
    };
    for (const auto& [options, expected] : rows) {
        Bench bench(options);
        BOOST_TEST(is(bench.verify("secret", stored), expected));
        BOOST_TEST(is(bench.verify("Secret", stored), PasswordMatch::no));
    }
}

BOOST_AUTO_TEST_CASE(bcrypt_sees_72_bytes_until_the_rehash) {
    Bench bench;
    BOOST_TEST(first_72.size() == 72U);
    BOOST_TEST(is(bench.verify(first_72, bcrypt_long), PasswordMatch::yes_rehash));
    BOOST_TEST(is(bench.verify(first_72 + "another end", bcrypt_long), PasswordMatch::yes_rehash));
    BOOST_TEST(is(bench.verify(first_72 + repeat("x", 3000), bcrypt_long), PasswordMatch::yes_rehash));
    BOOST_TEST(is(bench.verify(first_72.substr(0, 71), bcrypt_long), PasswordMatch::no));
    const auto rehashed = bench.hash(first_72 + "a");
    BOOST_TEST(is(bench.verify(first_72 + "a", rehashed), PasswordMatch::yes));
    BOOST_TEST(is(bench.verify(first_72 + "b", rehashed), PasswordMatch::no));
    BOOST_TEST(is(bench.verify(first_72, rehashed), PasswordMatch::no));
}

BOOST_AUTO_TEST_CASE(nul_never_cuts) {
    Bench bench;
    BOOST_TEST(is(bench.verify("password\0"s, reference), PasswordMatch::no));
    BOOST_TEST(is(bench.verify("password\0x"s, reference), PasswordMatch::no));
    BOOST_TEST(is(bench.verify("U*U\0x"s, bcrypt), PasswordMatch::no));
    BOOST_TEST(is(bench.verify("\0"s, bench.hash("")), PasswordMatch::no));
}

BOOST_AUTO_TEST_CASE(nothing_matches_what_is_no_hash) {
    Bench bench;
    const auto own = bench.hash("");
    for (const auto& stored :
         {""s, "*"s, "!"s, "x"s, "*0"s, own + "x", own.substr(0, own.size() - 1), "!" + own,
          "$argon2d$v=19$m=8,t=1,p=1$c29tc2FsdA$c29tc2FsdHNvbWVzYWx0"s, "$1$salt$qJH7.N4xYta3aEG/dfqo/0"s,
          "$pbkdf2-sha256$1000000000$c2FsdA$c2FsdA"s, "5f4dcc3b5aa765d61d8327deb882cf99"s}) {
        for (const auto& password : {""s, "*"s, "*0"s, "password"s, stored}) {
            BOOST_TEST_CONTEXT(stored << " / " << password) {
                BOOST_TEST(is(bench.verify(password, stored), PasswordMatch::no));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(hostile_parameters_are_refused_unworked) {
    Bench bench;
    const auto before = std::chrono::steady_clock::now();
    for (const auto& stored :
         {"$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"s,
          "$argon2id$v=19$m=8,t=1000000,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"s,
          "$argon2id$v=19$m=4294967295,t=1,p=16777215$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"s,
          "$2y$31$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"s}) {
        BOOST_TEST_CONTEXT(stored) {
            BOOST_TEST(is(bench.verify("password", stored), StoreError::refused));
        }
    }
    BOOST_TEST((std::chrono::steady_clock::now() - before < std::chrono::seconds(1)));
}

BOOST_AUTO_TEST_CASE(flood_is_refused_at_once) {
    constexpr std::size_t callers = 500;
    auto options = cheap;
    options.memory_kib = 4 * 1024;
    Bench bench(options);
    std::size_t answered = 0, refused = 0, last_refused_at = 0, ended = 0;
    for (std::size_t i = 0; i < callers; ++i) {
        boost::asio::co_spawn(bench.loop, bench.hasher.verify(Secret("password"), i % 2 == 0 ? "" : reference),
                              [&](std::exception_ptr error, Result<PasswordMatch> result) {
                                  BOOST_TEST(!error);
                                  ++ended;
                                  if (result.has_value()) ++answered;
                                  if (result.has_error() && result.error() == StoreError::overloaded) {
                                      ++refused;
                                      last_refused_at = ended;
                                  }
                              });
    }
    bench.loop.run();
    BOOST_TEST(answered + refused == callers);
    BOOST_TEST(answered >= options.queue);
    BOOST_TEST(refused >= 100U);           // those that the threads took meanwhile left room for some more
    BOOST_TEST(last_refused_at < callers); // refusals do not wait for hashes
    BOOST_TEST(bench.hasher.waiting() == 0U);
    BOOST_TEST(is(bench.verify("password", reference), PasswordMatch::yes_rehash)); // nothing leaked
}

BOOST_AUTO_TEST_CASE(waiting_has_an_end) {
    auto options = cheap;
    options.threads = 1;
    options.memory_kib = 64 * 1024;
    options.passes = 3;
    options.wait = Millis{1};
    Bench bench(options);
    BOOST_TEST(is(bench.verify("password", ""), StoreError::timed_out));
    BOOST_TEST((await(bench.loop, bench.hasher.hash(Secret("x"))).error() == StoreError::timed_out));
    BOOST_TEST(bench.hasher.stop(Millis{20000}));
    BOOST_TEST(is(bench.verify("password", ""), StoreError::overloaded));
}

// Processor time, and coarse on purpose: it must see a missing hash on a busy machine, not a millisecond.
BOOST_AUTO_TEST_CASE(no_match_costs_the_same_for_everybody) {
    auto options = cheap;
    options.memory_kib = 8 * 1024;
    Bench bench(options);
    const auto cost = [&](const std::string& password, const std::string& stored) {
        auto least = std::numeric_limits<std::clock_t>::max();
        for (int i = 0; i < 4; ++i) {
            const auto start = std::clock();
            BOOST_TEST(is(bench.verify(password, stored), PasswordMatch::no));
            least = std::min(least, std::clock() - start);
        }
        return least;
    };
    const auto right = bench.hash("right");
    const auto wrong = cost("wrong", right);
    for (const auto& stored : {""s, "!"s, "garbage"s, reference, bcrypt}) {
        BOOST_TEST_CONTEXT(stored) {
            BOOST_TEST(cost("wrong", stored) > wrong / 3);
        }
    }
    BOOST_TEST(cost("right\0"s, right) > wrong / 3);
}

BOOST_AUTO_TEST_CASE(bcrypt_accounts_can_be_made_equal) {
    auto options = cheap;
    options.equal_bcrypt_cost = 8;
    Bench bench(options);
    BOOST_TEST(is(bench.verify("password", reference), PasswordMatch::yes));
    BOOST_TEST(is(bench.verify("U*U", bcrypt), PasswordMatch::yes_rehash));
    const auto start = std::clock();
    BOOST_TEST(is(bench.verify("password", ""), PasswordMatch::no));
    const auto spent = std::clock() - start;
    BOOST_TEST(spent > CLOCKS_PER_SEC / 250); // 2^8 rounds of bcrypt; the argon2 beside it is nothing
}

BOOST_AUTO_TEST_CASE(options_are_judged) {
    for (auto [memory, passes, threads, bcrypt_cost] :
         std::initializer_list<std::tuple<std::size_t, std::size_t, std::size_t, unsigned>>{
             {7, 1, 1, 0},
             {8, 0, 1, 0},
             {262145, 1, 1, 0},
             {8, 11, 1, 0},
             {8, 1, 0, 0},
             {8, 1, 1, 3},
             {8, 1, 1, 15},
             {std::size_t{1} << 40, 1, 1, 0}}) {
        const HashOptions options{
            .threads = threads, .queue = 1, .memory_kib = memory, .passes = passes, .equal_bcrypt_cost = bcrypt_cost};
        BOOST_CHECK_THROW(PasswordHasher{options}, std::invalid_argument);
    }
}

#ifndef __SANITIZE_ADDRESS__ // that one needs the address space for itself
BOOST_AUTO_TEST_CASE(too_little_memory_is_no_mismatch) {
    Bench bench;
    const auto own = bench.hash("password");
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit before{};
    BOOST_REQUIRE(getrlimit(RLIMIT_AS, &before) == 0);
    auto tight = before;
    // Room for what malloc reserves for a thread that allocates for the first time (128 MiB), not for 256 MiB of
    // argon2.
    tight.rlim_cur = pages * static_cast<std::size_t>(getpagesize()) + 192U * 1024 * 1024;
    BOOST_REQUIRE(setrlimit(RLIMIT_AS, &tight) == 0);
    const auto result = bench.verify(
        "password", "$argon2id$v=19$m=262144,t=1,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4");
    const auto still_works = bench.verify("password", own);
    BOOST_REQUIRE(setrlimit(RLIMIT_AS, &before) == 0);
    BOOST_TEST(is(result, StoreError::unavailable));
    BOOST_TEST(is(still_works, PasswordMatch::yes));
}
#endif

BOOST_AUTO_TEST_CASE(a_hash_for_an_older_system_is_bcrypt_with_a_salt_of_its_own) {
    Bench bench;
    const auto make = [&] { return await(bench.loop, bench.hasher.hash_for_legacy(Secret("a long walk"))).value(); };
    const auto one = make(), other = make();
    BOOST_TEST(one.starts_with("$2b$10$"));
    BOOST_TEST(one.size() == 60U);
    BOOST_TEST(one != other);
    BOOST_TEST(is(bench.verify("a long walk", one), PasswordMatch::yes_rehash));
    BOOST_TEST(is(bench.verify("a long talk", one), PasswordMatch::no));
}

BOOST_AUTO_TEST_SUITE_END()
