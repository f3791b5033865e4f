// SPDX-License-Identifier: Apache-2.0
// Goal: what ends or changes here, and of which the older system could not be told, is said to be unconfirmed, whatever
// has ended and by whichever way; and without an older system nobody is kept waiting for one.
#include "tests/unit/takeover/world.h"

using namespace gatehouse;

namespace {

/// Somebody who has signed in here, and so in both systems; the older one has just gone away.
struct LonelyWorld : OldWorld {
    LonelyWorld() : OldWorld(Strategy::gradual) {
        mine = begin(wall_now()).value();
        other = begin(wall_now()).value();
        legacy.set_failure(StoreError::unavailable);
    }

    Visit shown(const LoggedIn& login) {
        return {configuration,
                *configuration->config->context("web"),
                login.token,
                false,
                login.older_token,
                "192.0.2.1",
                "",
                wall_now()};
    }
    SessionKey key_of(const LoggedIn& login) { return {"web", stored_id(login.token)}; }
    bool is_over(const LoggedIn& login) { return run(store.find(key_of(login), soon())).value().value().revoked; }

    LoggedIn mine, other;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(with_older_system, LonelyWorld)

BOOST_AUTO_TEST_CASE(a_logout) {
    const auto visit = shown(mine);
    BOOST_TEST((run(identities.end(visit)) == EndOutcome::unconfirmed));
    BOOST_TEST(is_over(mine));
    BOOST_TEST(!is_over(other));
}

BOOST_AUTO_TEST_CASE(a_logout_of_a_browser_that_has_lost_the_older_cookie) {
    auto visit = shown(mine);
    visit.older_token = {};
    BOOST_TEST((run(identities.end(visit)) == EndOutcome::unconfirmed));
    BOOST_TEST(is_over(mine));
}

BOOST_AUTO_TEST_CASE(the_end_of_another_session) {
    const auto visit = shown(mine);
    BOOST_TEST((run(identities.end_by_handle(visit, bob, other.session.handle)) == EndOutcome::unconfirmed));
    BOOST_TEST(is_over(other));
    BOOST_TEST(!is_over(mine));
}

BOOST_AUTO_TEST_CASE(the_end_of_all_others) {
    const auto visit = shown(mine);
    const auto ended = run(identities.end_others(visit, bob, key_of(mine)));
    BOOST_TEST((ended.outcome == EndOutcome::unconfirmed));
    BOOST_TEST(ended.count == 1U);
    BOOST_TEST(is_over(other));
    BOOST_TEST(!is_over(mine));
}

BOOST_AUTO_TEST_CASE(a_new_password) {
    const auto visit = shown(mine);
    const auto account = run(store.find(bob, soon())).value().value();
    NewPassword fresh{bob, "$argon2id$new", {account.generation, {}}, Secret("a long walk by the sea")};
    const auto change = run(identities.change_password(visit, std::move(fresh), soon())).value();
    BOOST_TEST(change.changed);
    BOOST_TEST((change.ended == EndOutcome::unconfirmed));
    BOOST_TEST(is_over(mine));
    BOOST_TEST(run(store.find(bob, soon())).value().value().password_hash == "$argon2id$new");
}

BOOST_AUTO_TEST_CASE(all_of_it_is_confirmed_when_it_is_there) {
    legacy.set_failure(std::nullopt);
    const auto visit = shown(mine);
    BOOST_TEST((run(identities.end_by_handle(visit, bob, other.session.handle)) == EndOutcome::done));
    const auto account = run(store.find(bob, soon())).value().value();
    NewPassword fresh{bob, "$argon2id$new", {account.generation, {}}, Secret("a long walk by the sea")};
    BOOST_TEST((run(identities.change_password(visit, std::move(fresh), soon())).value().ended == EndOutcome::done));
}

BOOST_AUTO_TEST_CASE(a_password_that_has_changed_meanwhile_ends_nothing) {
    const auto visit = shown(mine);
    NewPassword fresh{bob, "$argon2id$new", {-1, {}}, Secret("a long walk by the sea")};
    BOOST_TEST(!run(identities.change_password(visit, std::move(fresh), soon())).value().changed);
    BOOST_TEST(!is_over(mine));
    BOOST_TEST(!is_over(other));
}

BOOST_AUTO_TEST_CASE(an_account_that_is_about_to_go) {
    const auto visit = shown(mine);
    BOOST_TEST(!run(identities.end_elsewhere(visit, bob, key_of(mine))));
    BOOST_TEST(is_over(other));
    BOOST_TEST(!is_over(mine)); // whoever is told of the failure can try again
    legacy.set_failure(std::nullopt);
    BOOST_TEST(run(identities.end_elsewhere(visit, bob, key_of(mine))));
    BOOST_TEST(!is_over(mine));
    BOOST_TEST((old_check(other.older_token, wall_now()).verdict == Verdict::invalid));
    use(Strategy::production_only); // nobody is told
    legacy.set_failure(StoreError::unavailable);
    const auto alone = shown(mine);
    BOOST_TEST(run(identities.end_elsewhere(alone, bob, key_of(mine))));
}

BOOST_AUTO_TEST_CASE(accounts_are_the_older_systems_while_it_leads) {
    for (const auto strategy : all) {
        const auto settings = with_strategy(strategy, "sessions", configuration);
        const bool leads = strategy == Strategy::mock_only || strategy == Strategy::mock_with_write_through;
        BOOST_TEST(identities.owns_accounts(*settings->config, "web", wall_now()) == !leads, name_of(strategy));
    }
}

BOOST_AUTO_TEST_CASE(memory_is_asked_as_long_as_the_older_system_cannot_have_a_say) {
    legacy.set_failure(std::nullopt);
    start_both();
    const auto visit = shown(mine);
    BOOST_REQUIRE((run(identities.look_up(visit, identities.recall(visit))).verdict == Verdict::valid));
    BOOST_TEST(identities.recall(visit).answers());
    use(Strategy::mock_with_write_through);
    const auto led = shown(mine);
    BOOST_REQUIRE((run(identities.look_up(led, identities.recall(led))).verdict == Verdict::valid));
    BOOST_TEST(!identities.recall(led).answers());
}

BOOST_AUTO_TEST_SUITE_END()
