// SPDX-License-Identifier: Apache-2.0
// Goal: every session cache keeps what storage/session_cache.h promises of users: no old record comes back, no right
// outlives its end.
#include "cache_suite.h"

#include <algorithm>

namespace gatehouse::testing::cache_users {
namespace {

using std::chrono::hours;

/// The user as a check of session `number` sees it.
std::optional<User> seen(CacheBench& bench, int number, Instant now = CacheBench::now(),
                         const std::string& context = "web") {
    const auto session = cached_session(number, context);
    bench.need(bench.cache().populate(session, hours{24}, CacheBench::soon()));
    const auto found = bench.find(session, now);
    BOOST_TEST(is_live(found));
    return found.user;
}

void put(CacheBench& bench, const User& user, Instant now = CacheBench::now(), const std::string& context = "web") {
    bench.need(bench.cache().put_user(user, context, now, CacheBench::soon()));
}

CACHE_CASE(a_user_comes_with_the_session) {
    auto user = cached_user(1, 3);
    user.email = "\"o'hara\\\" <x>\"@exämple.org";
    user.disabled = true; // for the caller to judge
    user.permissions = {{"orders.read", std::nullopt}, {"orders.write", CacheBench::now() + hours{1}}};
    put(bench, user);
    BOOST_TEST((seen(bench, 1) == user));
    BOOST_TEST(!seen(bench, 2));
}

CACHE_CASE(a_user_is_known_in_one_context_only) {
    auto admin = cached_user(1);
    admin.role = "admin";
    put(bench, admin, CacheBench::now(), "admin");
    BOOST_TEST(!seen(bench, 1));
    BOOST_TEST((seen(bench, 1, CacheBench::now(), "admin") == admin));
    put(bench, cached_user(1));
    BOOST_TEST((seen(bench, 1) == cached_user(1)));
}

CACHE_CASE(a_higher_generation_stays) {
    auto demoted = cached_user(1, 10);
    demoted.role = "user";
    auto admin = cached_user(1, 9);
    admin.role = "admin";
    put(bench, demoted);
    put(bench, admin);
    BOOST_TEST((seen(bench, 1) == demoted));
    put(bench, cached_user(1, 11));
    BOOST_TEST((seen(bench, 1) == cached_user(1, 11)));
}

CACHE_CASE(the_same_generation_is_refreshed) {
    const auto start = CacheBench::now();
    put(bench, cached_user(1), start);
    BOOST_TEST(!seen(bench, 1, start + hours{1}));
    put(bench, cached_user(1), start + hours{1});
    BOOST_TEST((seen(bench, 1, start + hours{2} - Millis{1}) == cached_user(1)));
    BOOST_TEST(!seen(bench, 1, start + hours{2}));
}

CACHE_CASE(a_stale_record_still_keeps_older_ones_out) {
    const auto start = CacheBench::now();
    put(bench, cached_user(1, 5), start);
    put(bench, cached_user(1, 4), start + hours{3});
    BOOST_TEST(!seen(bench, 1, start + hours{3}));
}

CACHE_CASE(a_permission_ends_when_it_says) {
    const auto now = CacheBench::now();
    auto user = cached_user(1);
    user.permissions = {
        {"a", now + Seconds{10}}, {"b", std::nullopt}, {"c", now + Seconds{20}}, {"d", now - Seconds{1}}};
    put(bench, user);
    const auto names = [&](Instant at) {
        std::string all;
        const auto found = seen(bench, 1, at).value();
        for (const auto& permission : found.permissions)
            all += permission.name;
        std::ranges::sort(all);
        return all;
    };
    BOOST_TEST(names(now) == "abc");
    BOOST_TEST(names(now + Seconds{10} - Millis{1}) == "abc");
    BOOST_TEST(names(now + Seconds{10}) == "bc");
    BOOST_TEST(names(now + Seconds{20}) == "b");
}

CACHE_CASE(of_many_writers_the_highest_generation_wins) {
    std::vector<boost::asio::awaitable<Result<void>>> all;
    for (int i = 0; i < 50; ++i)
        all.push_back(
            bench.cache().put_user(cached_user(1, (i * 7) % 50), "web", CacheBench::now(), CacheBench::soon()));
    for (const auto& result : bench.loop().wait_all(std::move(all)))
        BOOST_TEST(result.has_value());
    BOOST_TEST(seen(bench, 1).value().generation == 49);
}

} // namespace
} // namespace gatehouse::testing::cache_users
