// SPDX-License-Identifier: Apache-2.0
// Goal: what is needed to ask the older system for a session is found by the session, by its name there, by its user
// and in order; and it says what has become of the name.
#include "identity_suite.h"

#include <algorithm>
#include <set>

namespace gatehouse::testing::identity_older_names {
namespace {

using std::chrono::hours;

struct SessionCopy {
    explicit SessionCopy(Identity& i, const std::string& name, LegacyPlace place = LegacyPlace::sessions)
        : identity(i), legacy_id("legacy " + name) {
        Newcomer n;
        n.id = new_uuid();
        n.user.id = legacy_id;
        n.user.verified = true;
        n.email = name + "@example.org";
        n.role = "user";
        n.context = "web";
        user = identity.need(identity.takeover().introduce(n, Identity::now(), Identity::soon())).user;
        session = add(place);
    }

    /// One more session of the user: its key.
    SessionKey add(LegacyPlace place) {
        Account account;
        account.id = user.id;
        account.generation = user.generation;
        Adoption adoption;
        adoption.session = identity.session_of(account);
        token_id = adoption.token_id = new_session_id();
        adoption.sealed = "sealed " + token_id;
        adoption.place = place;
        adoption.lives_until = until;
        const auto outcome = identity.need(identity.takeover().adopt(adoption, Identity::soon()));
        BOOST_REQUIRE((outcome == Adopted::moved));
        return adoption.session.session.key;
    }
    std::vector<OlderName> names(const SessionKey& key) {
        return identity.need(identity.takeover().older_names(key, Identity::soon()));
    }
    std::vector<OlderName> of_user(Instant at) {
        return identity.need(identity.takeover().older_names_of(user.id, at, Identity::soon()));
    }

    Identity& identity;
    std::string legacy_id;
    User user;
    std::string token_id; ///< of the latest
    SessionKey session;
    Instant until = Identity::now() + hours(3);
};

IDENTITY_CASE(the_names_of_a_session_are_found_by_it_and_by_themselves) {
    SessionCopy bob(identity, "bob", LegacyPlace::redis);
    const SessionCopy anna(identity, "anna");
    for (const auto& key : {bob.session, SessionKey{"web", bob.token_id}}) {
        const auto names = bob.names(key);
        BOOST_REQUIRE(names.size() == 1U);
        const auto& name = names.front();
        BOOST_TEST(name.id == bob.token_id);
        BOOST_TEST(name.sealed == "sealed " + bob.token_id);
        BOOST_TEST((name.place == LegacyPlace::redis));
        BOOST_TEST((name.lives_until == bob.until));
        BOOST_TEST(!name.ended);
        BOOST_TEST(name.legacy_user_id == bob.legacy_id);
        BOOST_TEST(!name.cleared_here);
    }
    BOOST_TEST(bob.names({"admin", bob.token_id}).empty());
    BOOST_TEST(bob.names({"web", new_session_id()}).empty());
}

IDENTITY_CASE(what_is_vouched_for_is_a_name_too) {
    SessionCopy bob(identity, "bob");
    AcceptedToken fresh;
    fresh.token = {"web", new_session_id()};
    fresh.session_id = bob.session.id;
    fresh.sealed = "sealed at our login";
    fresh.place = LegacyPlace::users;
    fresh.since = Identity::now();
    fresh.expires_at = Identity::now() + hours(24);
    BOOST_TEST(identity.need(identity.takeover().accept_token(fresh, Identity::soon())));
    const auto names = bob.names(bob.session);
    BOOST_TEST(names.size() == 2U);
    const auto found = std::ranges::find(names, fresh.token.id, &OlderName::id);
    BOOST_REQUIRE((found != names.end()));
    BOOST_TEST(found->sealed == fresh.sealed);
    BOOST_TEST((found->place == LegacyPlace::users));
    BOOST_TEST(!found->lives_until.has_value());
}

IDENTITY_CASE(a_name_that_is_used_there_lives_longer_until_it_has_ended) {
    SessionCopy bob(identity, "bob");
    const SessionKey token{"web", bob.token_id};
    const auto later = bob.until + hours(5);
    identity.need(identity.takeover().note_alive(token, "sealed anew", later, Identity::soon()));
    identity.need(identity.takeover().note_alive({"web", new_session_id()}, "nobody's", later, Identity::soon()));
    BOOST_TEST(bob.names(token).front().sealed == "sealed anew");
    BOOST_TEST((bob.names(token).front().lives_until == later));
    identity.need(identity.takeover().note_alive(token, "", std::nullopt, Identity::soon()));
    BOOST_TEST(bob.names(token).front().sealed == "sealed anew");
    BOOST_TEST(!bob.names(token).front().lives_until.has_value());
    identity.need(identity.sessions().end_name({token, later}, Identity::now(), Identity::soon()));
    identity.need(identity.takeover().note_alive(token, "sealed once more", later, Identity::soon()));
    const auto ended = bob.names(token);
    BOOST_REQUIRE(ended.size() == 1U);
    BOOST_TEST(ended.front().ended);
    BOOST_TEST(ended.front().sealed == "sealed anew");
}

IDENTITY_CASE(what_a_user_may_still_have_there_is_found_although_it_has_ended_here) {
    SessionCopy bob(identity, "bob");
    const SessionCopy anna(identity, "anna");
    const auto first = bob.token_id;
    bob.add(LegacyPlace::redis);
    identity.need(identity.sessions().end_name({{"web", first}, bob.until}, Identity::now(), Identity::soon()));
    auto names = bob.of_user(Identity::now());
    BOOST_TEST(names.size() == 2U);
    for (const auto& name : names)
        BOOST_TEST(name.ended == (name.id == first));
    BOOST_TEST(bob.of_user(bob.until).empty()); // by then the older system has forgotten them by itself
}

IDENTITY_CASE(live_names_are_read_in_order_and_in_parts) {
    SessionCopy bob(identity, "bob");
    std::set<std::string> expected{bob.token_id};
    for (int i = 0; i < 4; ++i) {
        bob.add(LegacyPlace::sessions);
        expected.insert(bob.token_id);
    }
    identity.need(identity.sessions().end_name({{"web", bob.token_id}, bob.until}, Identity::now(), Identity::soon()));
    expected.erase(bob.token_id);
    std::set<std::string> seen;
    std::string after;
    for (;;) {
        const auto part =
            identity.need(identity.takeover().live_names("web", after, 2, Identity::now(), Identity::soon()));
        if (part.empty()) break;
        BOOST_TEST(part.size() <= 2U);
        for (const auto& name : part) {
            BOOST_TEST(name.id > after);
            after = name.id;
            seen.insert(name.id);
        }
    }
    BOOST_TEST(seen == expected, boost::test_tools::per_element());
    BOOST_TEST(
        identity.need(identity.takeover().live_names("admin", "", 2, Identity::now(), Identity::soon())).empty());
}

IDENTITY_CASE(it_is_known_who_has_cleared_a_user_s_one_token) {
    SessionCopy bob(identity, "bob", LegacyPlace::users);
    SessionCopy anna(identity, "anna", LegacyPlace::users);
    for (const bool cleared : {true, true, false}) {
        identity.need(identity.takeover().note_cleared(bob.legacy_id, cleared, Identity::soon()));
        BOOST_TEST(bob.names(bob.session).front().cleared_here == cleared);
        BOOST_TEST(!anna.names(anna.session).front().cleared_here);
    }
    identity.need(identity.takeover().note_cleared("nobody", true, Identity::soon()));
}

} // namespace
} // namespace gatehouse::testing::identity_older_names
