// SPDX-License-Identifier: Apache-2.0
// Goal: what happens at the same time ends as if it had happened one after the other.
#include "identity_suite.h"

#include <algorithm>
#include <set>

namespace gatehouse::testing::identity_races {
namespace {

using std::chrono::minutes;

template <class T> using Work = std::vector<boost::asio::awaitable<Result<T>>>;

IDENTITY_CASE(one_of_many_creations_with_the_same_address_wins) {
    Work<void> work;
    for (int i = 0; i < 8; ++i) {
        work.push_back(identity.users().create({new_uuid(), "anna@example.org", "h", "user", false, Identity::now()},
                                               Identity::soon()));
    }
    int won = 0;
    for (const auto& result : identity.wait_all(std::move(work))) {
        if (result)
            ++won;
        else
            BOOST_TEST((result.error() == StoreError::conflict));
    }
    BOOST_TEST(won == 1);
    BOOST_TEST(identity.need(identity.users().list("", 10, Identity::soon())).size() == 1U);
}

IDENTITY_CASE(one_of_many_insertions_of_the_same_session_wins) {
    const auto anna = identity.add_user("anna");
    const auto session = identity.session_of(anna);
    Work<Inserted> work;
    for (int i = 0; i < 8; ++i)
        work.push_back(identity.sessions().insert(session, Identity::soon()));
    const auto results = identity.wait_all(std::move(work));
    BOOST_TEST(std::ranges::count_if(results, [](const auto& r) { return r && r->accepted; }) == 1);
    BOOST_TEST(std::ranges::count_if(results, [](const auto& r) { return !r && r.error() == StoreError::conflict; }) ==
               7);
}

IDENTITY_CASE(logins_beside_a_new_password_survive_only_if_they_come_after_it) {
    for (int round = 0; round < 10; ++round) {
        const auto anna = identity.add_user("anna" + std::to_string(round));
        Work<Inserted> logins;
        std::vector<SessionKey> keys;
        for (int i = 0; i < 6; ++i) {
            const auto session = identity.session_of(anna);
            keys.push_back(session.session.key);
            logins.push_back(identity.sessions().insert(session, Identity::soon()));
        }
        UserChange change;
        const auto change_password = [](Identity& store, std::string id,
                                        UserChange& out) -> boost::asio::awaitable<Result<Inserted>> {
            PasswordProof none;
            out = (co_await store.users().set_password(id, "new", std::move(none), std::nullopt, Identity::now(),
                                                       Identity::soon()))
                      .value();
            co_return Inserted{};
        };
        logins.insert(logins.begin() + 3, change_password(identity, anna.id, change));
        const auto results = identity.wait_all(std::move(logins));
        BOOST_TEST(change.found);
        std::size_t accepted = 0;
        for (const auto& result : results)
            accepted += result.value().accepted ? 1 : 0;
        BOOST_TEST(change.ended.size() == accepted); // each login was ended, or never accepted
        for (const auto& key : keys) {
            const auto found = identity.need(identity.sessions().find(key, Identity::soon()));
            BOOST_TEST((!found || found->revoked));
        }
    }
}

IDENTITY_CASE(the_limit_holds_for_logins_at_the_same_time) {
    const auto anna = identity.add_user("anna");
    Work<Inserted> work;
    for (int i = 0; i < 12; ++i) {
        auto session = identity.session_of(anna);
        session.max_per_user = 3;
        work.push_back(identity.sessions().insert(session, Identity::soon()));
    }
    std::set<std::string> evicted;
    for (const auto& result : identity.wait_all(std::move(work))) {
        BOOST_TEST(result.value().accepted);
        for (const auto& one : result.value().evicted)
            BOOST_TEST(evicted.insert(one.key.id).second); // once
    }
    BOOST_TEST(evicted.size() == 9U);
    BOOST_TEST(identity.need(identity.sessions().list(anna.id, Identity::now(), Identity::soon())).size() == 3U);
}

IDENTITY_CASE(every_change_of_a_user_counts) {
    const auto anna = identity.add_user("anna");
    Work<UserChange> work;
    for (int i = 0; i < 10; ++i) {
        work.push_back(identity.users().set_role(anna.id, "role" + std::to_string(i), Identity::soon()));
        work.push_back(identity.users().grant(anna.id, "web", {"p", {}}, Identity::now(), Identity::soon()));
    }
    std::set<std::int64_t> generations;
    for (const auto& result : identity.wait_all(std::move(work)))
        generations.insert(result.value().generation);
    BOOST_TEST(generations.size() == 20U); // no two alike
    BOOST_TEST(*generations.rbegin() == anna.generation + 20);
}

IDENTITY_CASE(batches_of_activity_in_any_order_leave_the_latest) {
    const auto anna = identity.add_user("anna");
    std::vector<SessionKey> keys;
    for (int i = 0; i < 20; ++i)
        keys.push_back(identity.log_in(anna).key);
    Work<void> work;
    for (int i = 0; i < 12; ++i) {
        std::vector<Activity> batch;
        for (const auto& key : keys)
            batch.push_back({key, Identity::now() + minutes{(i * 5) % 12}});
        if (i % 2 == 0) std::ranges::reverse(batch);
        work.push_back(identity.sessions().touch(batch, Identity::soon()));
    }
    for (const auto& result : identity.wait_all(std::move(work)))
        BOOST_TEST(result.has_value());
    for (const auto& key : keys) {
        const auto found = identity.need(identity.sessions().find(key, Identity::soon())).value();
        BOOST_TEST((found.session.last_activity == Identity::now() + minutes{11}));
    }
}

IDENTITY_CASE(a_session_revoked_many_times_is_ended_once_by_revoke_all) {
    const auto anna = identity.add_user("anna");
    for (int i = 0; i < 10; ++i)
        identity.log_in(anna);
    Work<std::vector<EndedSession>> work;
    for (int i = 0; i < 4; ++i)
        work.push_back(identity.sessions().revoke_all(anna.id, {}, Identity::now(), Identity::soon()));
    std::size_t ended = 0;
    for (const auto& result : identity.wait_all(std::move(work)))
        ended += result.value().size();
    BOOST_TEST(ended == 10U);
}

} // namespace
} // namespace gatehouse::testing::identity_races
