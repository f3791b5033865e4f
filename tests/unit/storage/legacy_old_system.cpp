// SPDX-License-Identifier: Apache-2.0
// Goal: what the two halves of an old system say becomes one answer for every combination of what they can say, and is
// "absent" only if both have said so.
#include "storage/legacy/old_system.h"
#include "storage/legacy/presets.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using Kind = LegacyAnswer::Kind;

template <class T> awaitable<Result<T>> ready(Result<T> result) {
    co_return result;
}

const StoreError unavailable = StoreError::unavailable;
const Instant now(Millis(1'735'689'600'000));

LegacyAnswer live_row() {
    LegacySession session;
    session.user.id = "1";
    return {Kind::live, false, session};
}

struct Tables final : LegacyTables {
    Result<LegacyAnswer> found = LegacyAnswer{};
    Result<std::optional<LegacyUser>> known = std::optional<LegacyUser>();
    Result<void> outcome;
    std::vector<std::string> tokens;
    std::vector<std::string> log;

    awaitable<Result<LegacyAnswer>> find(std::string, std::string, Instant, Deadline) override { return ready(found); }
    awaitable<Result<std::optional<LegacyUser>>> find_user(std::string, Deadline) override { return ready(known); }
    awaitable<Result<std::optional<LegacyUser>>> find_user_in_any_case(std::string, Deadline) override {
        return ready(known);
    }
    awaitable<Result<std::optional<LegacyUser>>> user(std::string, Deadline) override { return ready(known); }
    awaitable<Result<LegacyDisplaced>> write(LegacyLogin, std::optional<std::string>, Deadline) override {
        log.emplace_back("write");
        return ready(outcome ? Result<LegacyDisplaced>(LegacyDisplaced{"before"}) : outcome.error());
    }
    awaitable<Result<std::string>> standing(std::string, Deadline) override { return ready(Result<std::string>("")); }
    awaitable<Result<std::optional<std::string>>> user_token(std::string, Deadline) override {
        return ready(Result<std::optional<std::string>>(std::nullopt));
    }
    awaitable<Result<void>> extend(std::string token, Instant, Instant, Deadline) override {
        log.push_back("extend " + token);
        return ready(outcome);
    }
    awaitable<Result<void>> clear(std::string token, Instant, Deadline) override {
        log.push_back("clear " + token);
        return ready(outcome);
    }
    awaitable<Result<std::vector<std::string>>> tokens_of(std::string, LegacySelection, Deadline) override {
        return ready(Result<std::vector<std::string>>(tokens));
    }
    awaitable<Result<void>> clear_of(std::string, LegacySelection, Instant, Deadline) override {
        return ready(outcome);
    }
    awaitable<Result<void>> set_password(std::string, std::string, std::string, Deadline) override {
        return ready(outcome);
    }
    awaitable<Result<LegacyPage>> sessions(std::string after, std::size_t, std::string, Instant, Deadline) override {
        LegacyPage page;
        page.next = after.empty() ? "second" : "";
        return ready(Result<LegacyPage>(page));
    }
    awaitable<Result<std::vector<LegacyUser>>> users(std::string, std::size_t, Deadline) override {
        return ready(Result<std::vector<LegacyUser>>(std::vector<LegacyUser>()));
    }
    awaitable<Result<LegacyCounts>> counts(Deadline) override {
        return ready(Result<LegacyCounts>(LegacyCounts{2, 3}));
    }
    awaitable<Result<void>> ping(Deadline) override { return ready(outcome); }
    awaitable<Result<std::vector<LegacyUser>>> users_named(std::vector<std::string>, Deadline) override {
        std::vector<LegacyUser> users(1);
        users.front().id = "1";
        return ready(Result<std::vector<LegacyUser>>(users));
    }
};

struct Keys final : LegacyKeys {
    Result<LegacyKeyAnswer> found = LegacyKeyAnswer{};
    Result<void> outcome;
    std::vector<std::string> log;

    awaitable<Result<LegacyKeyAnswer>> find(std::string, Instant, Deadline) override { return ready(found); }
    awaitable<Result<void>> write(LegacyLogin, Deadline) override {
        log.emplace_back("write");
        return ready(outcome);
    }
    awaitable<Result<void>> extend(std::string token, Instant, Deadline) override {
        log.push_back("extend " + token);
        return ready(outcome);
    }
    awaitable<Result<void>> clear(std::string token, Deadline) override {
        log.push_back("clear " + token);
        return ready(outcome);
    }
    awaitable<Result<LegacyKeyPage>> page(std::string, std::size_t, Instant, Deadline) override {
        LegacyKeyPage page;
        page.items = {{"a", {"1", std::nullopt, now}}, {"b", {"gone", std::nullopt, now}}};
        page.seen = 2;
        return ready(Result<LegacyKeyPage>(page));
    }
    awaitable<Result<std::uint64_t>> count(Deadline) override { return ready(Result<std::uint64_t>(4)); }
    awaitable<Result<void>> ping(Deadline) override { return ready(outcome); }
};

struct Scene {
    template <class T> T wait(awaitable<T> work) {
        std::optional<T> result;
        boost::asio::io_context io;
        const auto collect = [](awaitable<T> one, std::optional<T>& to) -> awaitable<void> {
            to.emplace(co_await std::move(one));
        };
        boost::asio::co_spawn(io, collect(std::move(work), result), [](const std::exception_ptr& error) {
            if (error) std::rethrow_exception(error);
        });
        io.run();
        return std::move(result.value());
    }
    Result<LegacyAnswer> find() { return wait(system.find("token", "web", now, deadline_in(Millis{1000}))); }

    Tables tables;
    Keys keys;
    OldSystem system{legacy::preset("sessions").value(), tables, &keys};
};

enum class Tabled { absent, expired, revoked, live, down };
enum class Keyed { absent, ended, live, live_of_nobody, down };
enum class Answer { absent, ended, row, key, error };

Answer ask(Tabled tabled, Keyed keyed) {
    Scene scene;
    if (tabled == Tabled::expired) scene.tables.found = LegacyAnswer{Kind::ended, false, std::nullopt};
    if (tabled == Tabled::revoked) scene.tables.found = LegacyAnswer{Kind::ended, true, std::nullopt};
    if (tabled == Tabled::live) scene.tables.found = live_row();
    if (tabled == Tabled::down) scene.tables.found = make_error_code(unavailable);
    LegacyUser user;
    user.id = "1";
    if (keyed != Keyed::live_of_nobody) scene.tables.known = std::optional(user);
    if (keyed == Keyed::ended) scene.keys.found = LegacyKeyAnswer{Kind::ended, std::nullopt};
    if (keyed == Keyed::live || keyed == Keyed::live_of_nobody)
        scene.keys.found = LegacyKeyAnswer{Kind::live, LegacyKey{"1", std::nullopt, now + Seconds{60}}};
    if (keyed == Keyed::down) scene.keys.found = make_error_code(unavailable);
    const auto answer = scene.find();
    if (!answer) return Answer::error;
    if (answer->kind == Kind::absent) return Answer::absent;
    if (answer->kind == Kind::ended) return Answer::ended;
    return answer->session.value().place == LegacyPlace::redis ? Answer::key : Answer::row;
}

BOOST_AUTO_TEST_SUITE(legacy_old_system)

BOOST_AUTO_TEST_CASE(every_combination_has_one_answer) {
    struct Expected {
        Tabled tabled;
        Answer absent, ended, live, live_of_nobody, down; ///< of the keys
    };
    using enum Answer;
    const std::vector<Expected> table{
        {Tabled::absent, absent, ended, key, absent, error},  {Tabled::expired, ended, ended, key, ended, error},
        {Tabled::revoked, ended, ended, ended, ended, ended}, {Tabled::live, row, row, row, row, row},
        {Tabled::down, error, error, error, error, error},
    };
    for (const auto& line : table) {
        BOOST_TEST_CONTEXT("tables: " << static_cast<int>(line.tabled)) {
            BOOST_TEST((ask(line.tabled, Keyed::absent) == line.absent));
            BOOST_TEST((ask(line.tabled, Keyed::ended) == line.ended));
            BOOST_TEST((ask(line.tabled, Keyed::live) == line.live));
            BOOST_TEST((ask(line.tabled, Keyed::live_of_nobody) == line.live_of_nobody));
            BOOST_TEST((ask(line.tabled, Keyed::down) == line.down));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_used_lives_longer_in_both_whatever_one_of_them_says) {
    for (const bool keys_down : {true, false}) {
        Scene scene;
        (keys_down ? scene.keys.outcome : scene.tables.outcome) = make_error_code(unavailable);
        const auto extended = scene.wait(scene.system.extend("token", now, now, deadline_in(Millis{1000})));
        BOOST_TEST((extended.error() == unavailable));
        BOOST_TEST(scene.tables.log == std::vector<std::string>{"extend token"});
        BOOST_TEST(scene.keys.log == std::vector<std::string>{"extend token"});
    }
}

BOOST_AUTO_TEST_CASE(a_logout_reaches_both_whatever_one_of_them_says) {
    for (const bool keys_down : {true, false}) {
        Scene scene;
        (keys_down ? scene.keys.outcome : scene.tables.outcome) = make_error_code(unavailable);
        const auto cleared = scene.wait(scene.system.clear("t", now, deadline_in(Millis{1000})));
        BOOST_TEST((cleared.error() == unavailable));
        BOOST_TEST(scene.tables.log == std::vector<std::string>{"clear t"}, boost::test_tools::per_element());
        BOOST_TEST(scene.keys.log == std::vector<std::string>{"clear t"}, boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(a_login_is_written_to_both_or_is_an_error) {
    const LegacyLogin login{"t", "1", "web", now, now + Seconds{60}, {}};
    Scene scene;
    const auto write = [&] { return scene.wait(scene.system.write(login, std::nullopt, deadline_in(Millis{1000}))); };
    BOOST_TEST((write().error() == StoreError::refused)); // nobody has this id
    BOOST_TEST(scene.keys.log.empty());
    scene.tables.known = std::optional(LegacyUser{});
    BOOST_TEST(write().value().token == "before");
    BOOST_TEST(
        (scene.keys.log == std::vector<std::string>{"write", "clear before"})); // what was displaced goes there too
    scene.keys.outcome = make_error_code(unavailable);
    BOOST_TEST((write().error() == unavailable));
    scene.tables.outcome = make_error_code(StoreError::conflict);
    scene.keys.log.clear();
    BOOST_TEST((write().error() == StoreError::conflict));
    BOOST_TEST(scene.keys.log.empty());
}

BOOST_AUTO_TEST_CASE(a_bulk_read_goes_through_the_tables_and_then_through_redis) {
    Scene scene;
    std::vector<std::string> places;
    std::vector<LegacyItem> items;
    std::string after;
    do {
        auto page = scene.wait(scene.system.sessions(after, 10, "web", now, deadline_in(Millis{1000}))).value();
        items.insert(items.end(), page.items.begin(), page.items.end());
        places.push_back(after = page.next);
        BOOST_REQUIRE(places.size() < 10);
    } while (!after.empty());
    BOOST_TEST((places == std::vector<std::string>{"second", "redis:", ""}));
    BOOST_REQUIRE(items.size() == 1); // nobody has the other one
    BOOST_TEST(items.front().token == "a");
    const auto counts = scene.wait(scene.system.counts(deadline_in(Millis{1000}))).value();
    BOOST_TEST(counts.users == 2);
    BOOST_TEST(counts.sessions == 7);
}

BOOST_AUTO_TEST_CASE(without_redis_the_tables_are_all_there_is) {
    Scene scene;
    OldSystem system(legacy::preset("sessions").value(), scene.tables, nullptr);
    scene.tables.found = live_row();
    BOOST_TEST((scene.wait(system.find("t", "web", now, deadline_in(Millis{1000})))->kind == Kind::live));
    BOOST_TEST(scene.wait(system.counts(deadline_in(Millis{1000})))->sessions == 3);
    const auto astray = scene.wait(system.sessions("redis:x 1", 10, "web", now, deadline_in(Millis{1000})));
    BOOST_TEST((astray.error() == StoreError::refused));
}

BOOST_AUTO_TEST_CASE(copies_of_sessions_go_with_them_and_are_never_asked) {
    Scene scene;
    OldSystem system{legacy::preset("sessions").value(), scene.tables, nullptr, &scene.keys};
    const auto soon = deadline_in(Millis{1000});
    scene.keys.found = LegacyKeyAnswer{Kind::live, LegacyKey{"1", std::nullopt, now}};
    BOOST_TEST((scene.wait(system.find("t", "web", now, soon))->kind == Kind::absent));
    BOOST_TEST(scene.wait(system.clear("t", now, soon)).has_value());
    scene.tables.tokens = {"a", "b"};
    BOOST_TEST(scene.wait(system.clear_of("1", {}, now, soon)).has_value());
    BOOST_TEST((scene.keys.log == std::vector<std::string>{"clear t", "clear a", "clear b"}));
    scene.keys.outcome = make_error_code(unavailable); // the older application may go on with the copy
    BOOST_TEST((scene.wait(system.clear("t", now, soon)).error() == unavailable));
    BOOST_TEST(scene.wait(system.ping(soon)).has_value());
}

BOOST_AUTO_TEST_CASE(tables_without_sessions_are_not_asked_for_any) {
    Scene scene;
    OldSystem system(legacy::preset("redis").value(), scene.tables, &scene.keys);
    scene.tables.found = make_error_code(unavailable);
    scene.tables.outcome = make_error_code(unavailable);
    const auto soon = deadline_in(Millis{1000});
    BOOST_TEST((scene.wait(system.find("t", "web", now, soon))->kind == Kind::absent));
    BOOST_TEST(scene.wait(system.clear("t", now, soon)).has_value());
    BOOST_TEST(scene.wait(system.sessions("", 10, "web", now, soon)).value().items.size() == 1);
    scene.keys.found = LegacyKeyAnswer{Kind::live, LegacyKey{"1", std::nullopt, now + Seconds{60}}};
    scene.tables.known = make_error_code(unavailable);
    BOOST_TEST((scene.wait(system.find("t", "web", now, soon)).error() == unavailable)); // but for the user
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace gatehouse
