// SPDX-License-Identifier: Apache-2.0
// Goal: every process reads which accounts an operator has unlocked, and unlocking changes nothing else about them.
#include "identity_suite.h"
#include "storage/sql/identity_store.h"

namespace gatehouse::testing::identity_unlocks {
namespace {

/// Another process on the same database.
struct Elsewhere {
    explicit Elsewhere(Identity& identity) : store({.url = identity.url(), .connections = 1}) {}
    ~Elsewhere() { store.stop(Millis{5000}); }

    bool unlock(const std::string& id, Instant now) {
        return loop.wait(store.unlock(id, now, Identity::soon())).value();
    }
    std::vector<Unlocked> since(Instant when) {
        return loop.wait(store.unlocked_since(when, Identity::soon())).value();
    }

    Loop loop;
    SqlIdentityStore store;
};

SQL_CASE(unlocked_accounts_are_told) {
    Elsewhere elsewhere(identity);
    const auto now = Identity::now();
    const auto ann = identity.add_user("ann");
    const auto bob = identity.add_user("bob");
    BOOST_TEST(elsewhere.since(now - std::chrono::hours{1}).empty());
    BOOST_TEST(elsewhere.unlock(ann.id, now));
    BOOST_TEST(elsewhere.unlock(bob.id, now + Seconds{1}));
    const auto both = elsewhere.since(now - std::chrono::hours{1});
    BOOST_REQUIRE(both.size() == 2U);
    BOOST_TEST((both[0] == Unlocked{bob.id, bob.email, "", now + Seconds{1}}));
    BOOST_TEST((both[1] == Unlocked{ann.id, ann.email, "", now}));
    BOOST_TEST(elsewhere.since(now).size() == 1U);
    BOOST_TEST(elsewhere.unlock(ann.id, now + Seconds{2})); // again
    BOOST_TEST(elsewhere.since(now).front().user_id == ann.id);
    BOOST_TEST(!elsewhere.unlock(new_uuid(), now));
    BOOST_TEST(!elsewhere.unlock("' OR 1=1", now));
}

SQL_CASE(an_unlocked_account_is_no_changed_user) {
    Elsewhere elsewhere(identity);
    const auto ann = identity.add_user("ann");
    const auto session = identity.log_in(ann);
    BOOST_TEST(elsewhere.unlock(ann.id, Identity::now()));
    const auto after = identity.need(identity.users().find(ann.id, Identity::soon()));
    BOOST_TEST(after.value().generation == ann.generation);
    BOOST_TEST(!identity.need(identity.sessions().find(session.key, Identity::soon())).value().revoked);
}

} // namespace
} // namespace gatehouse::testing::identity_unlocks
