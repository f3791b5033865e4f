// SPDX-License-Identifier: Apache-2.0
// Goal: what people prefer is in memory when it is needed, asked for once, never waited for long, believed for a minute
// and not longer; a change here counts at once and is never overwritten by what was read before it; and a database that
// is away, slow or full costs nobody anything.
#include "gateway/preferences/preferences.h"

#include "tests/memory/web_store.h"
#include "tests/unit/await.h"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

using namespace gatehouse;

namespace {

const std::string ann = "11111111-1111-4111-8111-111111111111";
const std::string bob = "22222222-2222-4222-8222-222222222222";

struct World {
    explicit World(PreferenceBook::Pace pace = {}) : book(loop.get_executor(), {store, {{"admin", &own}}}, pace) {}

    void keep(MemoryWebStore& in, const std::string& user, const std::string& theme) {
        WebSession session{"session of " + user, user, wall_now() + std::chrono::hours{1}};
        PreferencesChange change{.theme = theme, .language = {}, .free = {}};
        BOOST_REQUIRE(await(loop, in.save(session, change, wall_now(), deadline_in(Millis{1000}))).has_value());
    }
    Result<Preferences> save(const std::string& user, PreferencesChange change) {
        WebSession session{"session of " + user, user, wall_now() + std::chrono::hours{1}};
        return await(loop, book.save("web", session, std::move(change), wall_now(), deadline_in(Millis{1000})));
    }
    PreferenceBook::Entry of(const std::string& user, const std::string& context = "web", Millis later = Millis{0}) {
        return book.of(context, user, wall_now() + later);
    }
    /// Until nothing is under way.
    void settle() {
        loop.restart();
        loop.run_for(Millis{5000});
        BOOST_REQUIRE(loop.stopped());
    }
    /// Waits as the first request of a person does.
    void wait_for(const PreferenceBook::Entry& entry) {
        loop.restart();
        bool done = false;
        boost::asio::co_spawn(loop, PreferenceBook::arrival(entry), [&done](std::exception_ptr) { done = true; });
        while (!done)
            loop.run_one();
    }

    boost::asio::io_context loop;
    MemoryWebStore store;
    MemoryWebStore own;
    PreferenceBook book;
};

const PreferencesChange dark{.theme = "dark", .language = {}, .free = {}};
const PreferencesChange light{.theme = "light", .language = {}, .free = {}};

} // namespace

BOOST_AUTO_TEST_SUITE(preference_book)

BOOST_AUTO_TEST_CASE(the_first_request_waits_for_the_answer_and_the_others_have_it) {
    World world;
    world.keep(world.store, ann, "dark");
    const auto asked = world.store.calls();
    const auto entry = world.of(ann);
    BOOST_TEST(entry->theme == "");
    world.wait_for(entry);
    BOOST_TEST(entry->theme == "dark");
    for (int i = 0; i < 100; ++i)
        BOOST_TEST((world.of(ann) == entry));
    world.book.look_again(entry, wall_now());
    world.settle();
    BOOST_TEST(world.store.calls() == asked + 1);
}

BOOST_AUTO_TEST_CASE(a_slow_database_is_not_waited_for_and_its_answer_counts_when_it_comes) {
    World world({.patience = Millis{5}, .timeout = Millis{2000}});
    world.keep(world.store, ann, "dark");
    world.store.set_delay(Millis{300});
    const auto entry = world.of(ann);
    world.wait_for(entry);
    BOOST_TEST(entry->theme == "", "the answer has not come yet");
    const auto asked = world.store.calls();
    world.wait_for(world.of(ann)); // another request in the meantime asks nobody
    BOOST_TEST(world.store.calls() == asked);
    const auto changes = entry->changes;
    world.settle();
    BOOST_TEST(entry->theme == "dark");
    BOOST_TEST(entry->changes == changes + 1);
}

BOOST_AUTO_TEST_CASE(what_is_known_is_believed_for_a_minute) {
    World world;
    world.keep(world.store, ann, "dark");
    const auto entry = world.of(ann);
    world.settle();
    world.keep(world.store, ann, "light"); // on another node
    world.book.look_again(entry, wall_now() + std::chrono::seconds{40});
    world.settle();
    BOOST_TEST(entry->theme == "dark");
    const auto changes = entry->changes;
    world.book.look_again(entry, wall_now() + std::chrono::seconds{60});
    BOOST_TEST(entry->theme == "dark", "nobody waits for that");
    BOOST_TEST(!entry->arriving);
    world.settle();
    BOOST_TEST(entry->theme == "light");
    BOOST_TEST(entry->changes == changes + 1);
}

BOOST_AUTO_TEST_CASE(a_database_that_is_away_is_left_alone_for_a_moment_and_what_was_known_stays) {
    World world;
    world.keep(world.store, ann, "dark");
    const auto entry = world.of(ann);
    world.settle();
    world.store.set_failure(StoreError::unavailable);
    world.book.look_again(entry, wall_now() + std::chrono::minutes{2});
    world.settle();
    BOOST_TEST(entry->theme == "dark");
    const auto asked = world.store.calls();
    for (int i = 0; i < 20; ++i)
        world.wait_for(world.of(bob + std::to_string(i))); // strangers neither ask nor wait
    BOOST_TEST(world.store.calls() == asked);
    BOOST_TEST(!world.of(bob)->arriving);
}

BOOST_AUTO_TEST_CASE(after_an_outage_it_is_asked_again) {
    World world({.after_trouble = Millis{1}});
    world.keep(world.store, ann, "dark");
    world.store.set_failure(StoreError::unavailable);
    const auto entry = world.of(ann);
    world.settle();
    BOOST_TEST(entry->theme == "");
    world.store.set_failure(std::nullopt);
    const auto end = deadline_in(Millis{10'000});
    while (entry->theme.empty() && std::chrono::steady_clock::now() < end) {
        world.book.look_again(entry, wall_now());
        world.settle();
    }
    BOOST_TEST(entry->theme == "dark");
}

BOOST_AUTO_TEST_CASE(a_change_counts_at_once_for_all_who_hold_it) {
    World world;
    const auto entry = world.of(ann);
    world.settle();
    const auto changes = entry->changes;
    const auto saved = world.save(ann, dark);
    BOOST_REQUIRE(saved.has_value());
    BOOST_TEST(saved->theme == "dark");
    BOOST_TEST(entry->theme == "dark");
    BOOST_TEST(entry->changes == changes + 1);
    BOOST_TEST(world.of(bob)->theme == "");
}

BOOST_AUTO_TEST_CASE(what_was_read_before_a_change_does_not_undo_it) {
    World world;
    world.keep(world.store, ann, "dark");
    world.store.set_delay(Millis{20});
    const auto entry = world.of(ann);
    world.loop.restart();
    world.loop.poll(); // now the question is on its way; this store reads when its delay is over
    world.store.set_delay(Millis{0});
    BOOST_REQUIRE(world.save(ann, light).has_value());
    BOOST_TEST(entry->theme == "light");
    world.keep(world.store, ann, "dark"); // what the question finds stands for what it had found before the change
    world.settle();
    BOOST_TEST(entry->theme == "light");
}

BOOST_AUTO_TEST_CASE(a_change_that_may_have_happened_is_looked_up) {
    World world({.after_trouble = Millis{1}});
    const auto entry = world.of(ann);
    world.settle();
    const auto changes = entry->changes;
    world.store.set_failure(StoreError::timed_out);
    BOOST_TEST((world.save(ann, dark).error() == StoreError::timed_out));
    world.store.set_failure(std::nullopt);
    world.keep(world.store, ann, "dark"); // it had
    BOOST_TEST(entry->changes == changes + 1, "whoever has prepared something looks again");
    world.book.look_again(entry, wall_now());
    world.settle();
    BOOST_TEST(entry->theme == "dark");
}

BOOST_AUTO_TEST_CASE(of_two_changes_at_once_the_database_says_which_came_last) {
    World world({.after_trouble = Millis{1}});
    const auto entry = world.of(ann);
    world.settle();
    int left = 2;
    for (const auto& change : {dark, light}) {
        WebSession session{"x", ann, wall_now()};
        boost::asio::co_spawn(
            world.loop, world.book.save("web", session, change, wall_now(), deadline_in(Millis{1000})),
            [&left](std::exception_ptr, const Result<Preferences>& saved) { left -= saved.has_value() ? 1 : 0; });
        world.store.set_delay(Millis{5}); // the second is still under way when the first is done
    }
    world.settle();
    BOOST_REQUIRE(left == 0);
    BOOST_TEST((entry->look_again_at == Instant{}));
    world.keep(world.store, ann, "of the database");
    world.book.look_again(entry, wall_now());
    world.settle();
    BOOST_TEST(entry->theme == "of the database");
}

BOOST_AUTO_TEST_CASE(a_new_session_begins_with_it_and_the_first_check_has_it) {
    World world;
    world.keep(world.store, ann, "dark");
    world.book.session_began("web", {"new", ann, wall_now() + std::chrono::hours{1}}, wall_now());
    const auto asked = world.store.calls();
    const auto entry = world.of(ann);
    world.wait_for(entry);
    BOOST_TEST(entry->theme == "dark");
    BOOST_TEST(world.store.calls() <= asked + 1, "one question does for both");
    BOOST_REQUIRE(world.store.of_session("new") != nullptr);
    BOOST_TEST(world.store.of_session("new")->theme == "dark");
}

BOOST_AUTO_TEST_CASE(a_context_with_a_database_of_its_own_has_preferences_of_its_own) {
    World world;
    world.keep(world.store, ann, "dark");
    world.keep(world.own, ann, "light");
    const auto web = world.of(ann);
    const auto admin = world.of(ann, "admin");
    const auto other = world.of(ann, "other");
    world.settle();
    BOOST_TEST(web->theme == "dark");
    BOOST_TEST(admin->theme == "light");
    BOOST_TEST((other == web), "the shared one is for all the others");
    const auto read = await(world.loop, world.book.read("admin", ann, deadline_in(Millis{1000})));
    BOOST_REQUIRE(read.has_value());
    BOOST_TEST(read->theme == "light");
}

BOOST_AUTO_TEST_CASE(memory_is_bounded_and_who_is_held_is_not_forgotten) {
    World world({.most = 10});
    const auto held = world.of(ann);
    for (int i = 0; i < 1000; ++i)
        static_cast<void>(world.of(bob + std::to_string(i)));
    world.settle();
    BOOST_TEST(world.book.size() <= 11U);
    BOOST_TEST((world.of(ann) == held));
    BOOST_REQUIRE(world.save(ann, dark).has_value());
    BOOST_TEST(held->theme == "dark");
}

BOOST_AUTO_TEST_CASE(entries_may_outlive_the_book) {
    PreferenceBook::Entry entry;
    {
        World world;
        entry = world.of(ann);
        world.settle();
    }
    BOOST_TEST(entry->theme == "");
    BOOST_TEST(entry.use_count() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
