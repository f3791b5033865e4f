// SPDX-License-Identifier: Apache-2.0
// Goal: a login that is refused leaves nothing behind and asks the same questions, whoever is known here, there, or
// nowhere.
#include "tests/unit/takeover/world.h"

#include <set>

using namespace gatehouse;

namespace {

struct AccountWorld : OldWorld {
    explicit AccountWorld(Strategy strategy) : OldWorld(Strategy::gradual) {
        add("44444444-4444-4444-8444-444444444444", "both@example.test");
        BOOST_REQUIRE(account_of("both@example.test").has_value());
        add("55555555-5555-4555-8555-555555555555", "Mixed@Example.test");
        use(strategy);
    }

    void add(const std::string& id, const std::string& email) {
        LegacyUser user;
        user.id = id;
        user.email = email;
        user.password_hash = "$2b$04$old";
        user.verified = true;
        legacy.put_user(user);
    }

    Takeover::Candidate find(const std::string& identifier) {
        return run(takeover.find_account(configuration, identifier, "web", now)).value();
    }
    std::uint64_t users_here() { return run(store.takeover_counts("web", now, now, soon())).value().users; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(takeover_accounts)

BOOST_AUTO_TEST_CASE(nobody_is_imported_before_the_password_has_matched) {
    for (const auto strategy : reading) {
        AccountWorld world(strategy);
        BOOST_TEST_CONTEXT(name_of(strategy)) {
            const auto before = world.users_here();
            const auto found = world.find("bob@example.test");
            BOOST_REQUIRE(found.account.has_value());
            BOOST_TEST(found.account->password_hash == "$2b$04$old");
            BOOST_TEST(world.users_here() == before);
            const auto account = world.run(world.takeover.bring_in(world.configuration, found, now)).value();
            BOOST_REQUIRE(account.has_value());
            BOOST_TEST(account->id == OldWorld::bob);
            BOOST_TEST(world.users_here() == before + 1);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_password_that_changed_between_the_check_and_the_import_lets_nobody_in) {
    AccountWorld world(Strategy::mock_with_write_through);
    const auto found = world.find("both@example.test");
    BOOST_REQUIRE(
        world
            .run(world.store.replace_hash(found.account->id, found.account->password_hash, "$argon2id$x", world.soon()))
            .has_value());
    BOOST_TEST(world.run(world.takeover.bring_in(world.configuration, found, now)).has_error());
}

BOOST_AUTO_TEST_CASE(every_refusal_asks_the_same_questions) {
    for (const auto strategy : reading) {
        std::set<std::pair<std::size_t, std::size_t>> asked;
        for (const auto* identifier : {"nobody@example.test", "ann@example.test", "bob@example.test",
                                       "both@example.test", "mixed@example.test"}) {
            AccountWorld world(strategy);
            const auto here = world.store.calls();
            const auto there = world.legacy.calls();
            auto found = world.find(identifier);
            world.run([](AccountWorld& w, Takeover::Candidate candidate) -> boost::asio::awaitable<bool> {
                co_await w.takeover.ask_the_rest(w.configuration, std::move(candidate), "web", now);
                co_return true;
            }(world, std::move(found)));
            asked.emplace(world.store.calls() - here, world.legacy.calls() - there);
            BOOST_TEST_CONTEXT(name_of(strategy) << " " << identifier) BOOST_TEST(asked.size() == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(whoever_is_known_here_is_let_in_without_asking_there) {
    AccountWorld world(Strategy::gradual);
    const auto there = world.legacy.calls();
    BOOST_TEST(world.account_of("both@example.test").has_value());
    BOOST_TEST(world.legacy.calls() == there);
}

BOOST_AUTO_TEST_SUITE_END()
