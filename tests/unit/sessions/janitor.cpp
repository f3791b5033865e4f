// SPDX-License-Identifier: Apache-2.0
// Goal: the janitor deletes what is old enough and nothing younger, batch by batch, goes on when a store fails, and
// ends with its owner.
#include "gateway/sessions/janitor.h"

#include "tests/memory/identity_store.h"
#include "tests/memory/web_store.h"

#include "tests/unit/await.h"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

using namespace gatehouse;
using std::chrono::hours;

namespace {

/// Remembers what it was asked to forget. Nothing else is asked of it.
class ForgettingFeed final : public ChangeFeed {
  public:
    template <class T> using Answer = boost::asio::awaitable<Result<T>>;
    struct Call {
        Instant before, nodes_before;
        std::size_t limit;
    };

    Answer<FeedPage> look(std::string, std::size_t, Deadline) override { co_return FeedPage{}; }
    Answer<std::vector<ChangedUser>> users_since(Instant, std::string, std::size_t, Deadline) override {
        co_return std::vector<ChangedUser>{};
    }
    Answer<Instant> clock(Deadline) override { co_return Instant{}; }
    Answer<void> seen(std::string, Instant, Deadline) override { co_return Result<void>{}; }
    Answer<void> leave(std::string, Deadline) override { co_return Result<void>{}; }
    Answer<std::size_t> nodes_behind(std::string, Instant, Seconds, Deadline) override { co_return std::size_t{0}; }
    Answer<std::size_t> forget(Instant before, Instant nodes_before, std::size_t limit, Deadline) override {
        calls.push_back({before, nodes_before, limit});
        if (fails) co_return make_error_code(StoreError::unavailable);
        const auto deleted = std::min(old, limit);
        old -= deleted;
        co_return deleted;
    }

    std::vector<Call> calls;
    std::size_t old = 0;
    bool fails = false;
};

struct House {
    /// Until the feed has been asked so often; false: it never was.
    bool run_until(std::size_t calls) {
        const auto end = deadline_in(Millis{10'000});
        while (feed.calls.size() < calls && std::chrono::steady_clock::now() < end)
            loop.run_one_for(Millis{100});
        return feed.calls.size() >= calls;
    }

    Janitor::House all() { return {store, feed, store, {&web, &other}}; }

    /// A session that the web database knows of, as somebody's.
    void remember(MemoryWebStore& in, const std::string& id, Instant end) {
        WebSession session{id, "11111111-1111-4111-8111-111111111111", end};
        PreferencesChange change{.theme = "dark", .language = {}, .free = {}};
        BOOST_REQUIRE(await(loop, in.save(session, change, wall_now(), deadline_in(Millis{1000}))).has_value());
        loop.restart();
    }

    boost::asio::io_context loop;
    MemoryIdentityStore store;
    ForgettingFeed feed;
    MemoryWebStore web;
    MemoryWebStore other;
};

constexpr Janitor::Pace only_breathing{Millis{3'600'000}, Millis{1}};
constexpr Janitor::Pace never_resting{Millis{1}, Millis{1}};

} // namespace

BOOST_AUTO_TEST_SUITE(janitor)

BOOST_AUTO_TEST_CASE(changes_are_kept_for_an_hour_and_nodes_for_a_day) {
    House house;
    Janitor janitor(house.loop.get_executor(), house.all(), only_breathing);
    const auto start = wall_now();
    janitor.start();
    BOOST_REQUIRE(house.run_until(1));
    const auto& call = house.feed.calls.front();
    BOOST_TEST((call.before >= start - hours{1} && call.before <= wall_now() - hours{1}));
    BOOST_TEST((call.nodes_before >= start - hours{24} && call.nodes_before <= wall_now() - hours{24}));
    BOOST_TEST(call.limit > 0U);
    BOOST_TEST(house.store.calls() == 2U); // sessions and one-time tokens
}

BOOST_AUTO_TEST_CASE(one_time_tokens_go_an_hour_after_their_time) {
    House house;
    const auto now = wall_now();
    const auto issue = [&](const std::string& id, const std::string& address, Instant end) {
        OneTimeToken token{id, Purpose::register_account, "", address, now - hours{5}, end};
        BOOST_REQUIRE(await(house.loop, house.store.issue(std::move(token), deadline_in(Millis{1000}))).value());
        house.loop.restart();
    };
    issue("over", "a@example.test", now - hours{2});
    issue("just over", "b@example.test", now - Seconds{60});
    Janitor janitor(house.loop.get_executor(), house.all(), only_breathing);
    janitor.start();
    BOOST_REQUIRE(house.run_until(1));
    house.loop.run_for(Millis{20});
    const auto left = await(house.loop, house.store.forget_one_time(now, 10, deadline_in(Millis{1000})));
    BOOST_TEST(left.value() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_much_is_deleted_in_batches_with_a_breath_between_them) {
    House house;
    house.feed.old = 2500;
    Janitor janitor(house.loop.get_executor(), house.all(), only_breathing);
    janitor.start();
    BOOST_REQUIRE(house.run_until(3));
    BOOST_TEST(house.feed.old == 0U);
    house.loop.run_for(Millis{20}); // now it rests
    BOOST_TEST(house.feed.calls.size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_store_that_fails_is_asked_again_and_keeps_nobody_from_the_other) {
    House house;
    house.store.set_failure(StoreError::unavailable);
    house.feed.old = 5;
    Janitor janitor(house.loop.get_executor(), house.all(), never_resting);
    janitor.start();
    BOOST_REQUIRE(house.run_until(1));
    BOOST_TEST(house.feed.old == 0U);
    house.feed.fails = true;
    BOOST_TEST(house.run_until(house.feed.calls.size() + 2));
    BOOST_TEST(house.store.calls() >= 3U);
}

BOOST_AUTO_TEST_CASE(what_the_web_databases_keep_goes_a_day_after_its_session) {
    House house;
    const auto now = wall_now();
    for (auto* const store : {&house.web, &house.other}) {
        house.remember(*store, "over", now - hours{25});
        house.remember(*store, "just over", now - hours{23});
        house.remember(*store, "live", now + hours{1});
    }
    Janitor janitor(house.loop.get_executor(), house.all(), only_breathing);
    janitor.start();
    BOOST_REQUIRE(house.run_until(1));
    house.loop.run_for(Millis{20}); // the round goes on to its end
    for (const auto* const store : {&house.web, &house.other}) {
        BOOST_TEST(store->of_session("over") == nullptr);
        BOOST_TEST(store->of_session("just over") != nullptr);
        BOOST_TEST(store->of_session("live") != nullptr);
    }
}

BOOST_AUTO_TEST_CASE(sent_mail_goes_after_a_day_and_mail_that_was_given_up_after_a_month) {
    House house;
    const auto now = wall_now();
    const auto soon = deadline_in(Millis{5000});
    int number = 0;
    const auto queue = [&] {
        NewMail mail{"00000000-0000-4000-8000-00000000000" + std::to_string(++number), "k", "", "a@b", "en", "web", ""};
        const auto id = mail.id;
        BOOST_REQUIRE(await(house.loop, house.store.enqueue(mail, {}, now - hours{1000}, soon)).value());
        BOOST_REQUIRE(await(house.loop, house.store.claim("n", now, now, soon)).value().has_value());
        return id;
    };
    const auto end = [&](bool sent, Instant at) {
        const auto work = [](MailStore& store, std::string id, bool is_sent,
                             Instant when) -> boost::asio::awaitable<bool> {
            const auto until = deadline_in(Millis{5000});
            if (is_sent) co_return (co_await store.sent(id, when, until)).has_value();
            co_return (co_await store.give_up(id, 1, "x", when, until)).has_value();
        };
        BOOST_TEST(await(house.loop, work(house.store, queue(), sent, at)));
    };
    end(false, now - hours{24 * 31});
    end(false, now - hours{24 * 29});
    end(true, now - hours{26});
    end(true, now - hours{24});
    auto all = house.all();
    all.mail = &house.store;
    Janitor janitor(house.loop.get_executor(), all, only_breathing);
    janitor.start();
    house.loop.restart();
    BOOST_REQUIRE(house.run_until(1));
    house.loop.run_for(Millis{20}); // the round goes on to its end
    const auto left = await(house.loop, house.store.waiting("", 10, soon)).value();
    BOOST_REQUIRE(left.size() == 1U);
    BOOST_TEST(left[0].mail.id.ends_with("2"));
    BOOST_TEST(await(house.loop, house.store.forget_mail(now, now, 100, soon)).value() == 2U); // one of each
}

BOOST_AUTO_TEST_CASE(it_ends_with_its_owner) {
    House house;
    house.store.set_delay(Millis{5}); // in the middle of a round
    {
        Janitor janitor(house.loop.get_executor(), house.all(), never_resting);
        janitor.start();
        house.loop.run_one_for(Millis{1000});
    }
    house.loop.run_for(Millis{5000});
    BOOST_TEST(house.loop.stopped()); // nothing is left to do
    BOOST_TEST(house.feed.calls.size() <= 1U);
}

BOOST_AUTO_TEST_SUITE_END()
