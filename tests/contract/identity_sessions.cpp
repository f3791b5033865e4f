// SPDX-License-Identifier: Apache-2.0
// Goal: every store of sessions keeps what storage/session_store.h promises.
#include "identity_suite.h"

#include <algorithm>

namespace gatehouse::testing::identity_sessions {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

std::vector<std::string> ids(const std::vector<EndedSession>& ended) {
    std::vector<std::string> all;
    for (const auto& one : ended)
        all.push_back(one.key.id);
    std::ranges::sort(all);
    return all;
}

bool is_live(Identity& identity, const SessionKey& key) {
    const auto found = identity.need(identity.sessions().find(key, Identity::soon()));
    return found && !found->revoked;
}

IDENTITY_CASE(a_session_is_found_as_it_was_inserted) {
    const auto user = identity.add_user("anna");
    auto session = identity.session_of(user);
    session.session.created_at = Identity::now() - hours{3} + Millis{1};
    session.session.last_activity = Identity::now() + Millis{123};
    session.session.expires_at = Identity::now() + hours{720} + Millis{999};
    session.session.remember = true;
    BOOST_TEST(identity.need(identity.sessions().insert(session, Identity::soon())).accepted);

    const auto found = identity.need(identity.sessions().find(session.session.key, Identity::soon())).value();
    BOOST_TEST((found.session == session.session)); // to the millisecond
    BOOST_TEST((found.user == User{user.id, user.email, "user", true, false, user.generation, {}}));
    BOOST_TEST(!found.revoked);
}

IDENTITY_CASE(an_unknown_session_is_absent) {
    const auto session = identity.log_in(identity.add_user("anna"));
    BOOST_TEST(!identity.need(identity.sessions().find({"web", new_session_id()}, Identity::soon())));
    BOOST_TEST(!identity.need(identity.sessions().find({"web", ""}, Identity::soon())));
    BOOST_TEST(!identity.need(identity.sessions().find({"web", session.key.id.substr(1)}, Identity::soon())));
}

IDENTITY_CASE(a_session_of_another_context_is_absent) {
    const auto session = identity.log_in(identity.add_user("anna"), "web");
    const SessionKey elsewhere{"admin", session.key.id};
    BOOST_TEST(!identity.need(identity.sessions().find(elsewhere, Identity::soon())));
    BOOST_TEST(!identity.need(identity.sessions().revoke(elsewhere, Identity::now(), Identity::soon())));
    identity.need(identity.sessions().touch({{elsewhere, Identity::now() + minutes{5}}}, Identity::soon()));
    const auto found = identity.need(identity.sessions().find(session.key, Identity::soon())).value();
    BOOST_TEST(!found.revoked);
    BOOST_TEST((found.session.last_activity == session.last_activity));
}

IDENTITY_CASE(expired_and_revoked_sessions_are_found_as_they_are) {
    const auto user = identity.add_user("anna");
    auto expired = identity.session_of(user);
    expired.session.expires_at = Identity::now() - hours{1};
    identity.need(identity.sessions().insert(expired, Identity::soon()));
    const auto found = identity.need(identity.sessions().find(expired.session.key, Identity::soon())).value();
    BOOST_TEST((found.session.expires_at == expired.session.expires_at));
    BOOST_TEST(!found.revoked);

    const auto revoked = identity.log_in(user);
    identity.need(identity.sessions().revoke(revoked.key, Identity::now(), Identity::soon()));
    BOOST_TEST(identity.need(identity.sessions().find(revoked.key, Identity::soon())).value().revoked);
}

IDENTITY_CASE(a_session_shows_the_unexpired_permissions_of_its_context) {
    const auto user = identity.add_user("anna");
    const auto session = identity.log_in(user);
    const Instant later = wall_now() + hours{1};
    const std::vector<std::pair<std::string, Permission>> grants{
        {"web", {"orders.write", std::nullopt}},
        {"web", {"orders.read", later}},
        {"web", {"over", wall_now() - hours{1}}},
        {"admin", {"everything", std::nullopt}},
    };
    for (const auto& [context, permission] : grants) {
        identity.need(identity.users().grant(user.id, context, permission, Identity::now(), Identity::soon()));
    }
    const auto found = identity.need(identity.sessions().find(session.key, Identity::soon())).value();
    const std::vector<Permission> expected{{"orders.read", later}, {"orders.write", std::nullopt}};
    BOOST_TEST((found.user.permissions == expected));
    BOOST_TEST(found.user.generation == user.generation + 4);
}

IDENTITY_CASE(an_id_or_a_handle_is_used_once) {
    const auto user = identity.add_user("anna");
    const auto first = identity.session_of(user);
    identity.need(identity.sessions().insert(first, Identity::soon()));
    auto same_id = identity.session_of(user);
    same_id.session.key.id = first.session.key.id;
    auto same_handle = identity.session_of(user);
    same_handle.session.handle = first.session.handle;
    for (const auto& taken : {first, same_id, same_handle}) {
        const auto result = identity.wait(identity.sessions().insert(taken, Identity::soon()));
        BOOST_TEST((result.error() == StoreError::conflict));
    }
    // The connection that said no goes on working, and the first session is what it was.
    BOOST_TEST((identity.need(identity.sessions().find(first.session.key, Identity::soon())).value().session ==
                first.session));
}

IDENTITY_CASE(a_login_of_a_changed_user_is_not_accepted) {
    const auto user = identity.add_user("anna");
    const auto session = identity.session_of(user);
    identity.need(identity.users().set_role(user.id, "admin", Identity::soon()));
    BOOST_TEST(!identity.need(identity.sessions().insert(session, Identity::soon())).accepted);
    BOOST_TEST(!identity.need(identity.sessions().find(session.session.key, Identity::soon())));
    BOOST_TEST(!identity.need(identity.users().find(user.id, Identity::soon()))->last_login_at);
}

IDENTITY_CASE(a_login_of_a_disabled_or_unknown_user_is_not_accepted) {
    const auto user = identity.add_user("anna");
    const auto change = identity.need(identity.users().set_disabled(user.id, true, Identity::now(), Identity::soon()));
    auto disabled = identity.session_of(user);
    disabled.user_generation = change.generation;
    auto unknown = identity.session_of(user);
    unknown.session.user_id = new_uuid();
    auto nonsense = identity.session_of(user);
    nonsense.session.user_id = "nobody";
    for (const auto& session : {disabled, unknown, nonsense}) {
        BOOST_TEST(!identity.need(identity.sessions().insert(session, Identity::soon())).accepted);
        BOOST_TEST(!identity.need(identity.sessions().find(session.session.key, Identity::soon())));
    }
}

IDENTITY_CASE(a_login_is_noted_and_never_back) {
    const auto user = identity.add_user("anna");
    for (const auto& [at, expected] : {std::pair{10, 10}, {5, 10}, {20, 20}}) {
        auto session = identity.session_of(user);
        session.session.created_at = session.session.last_activity = Identity::now() + minutes{at};
        identity.need(identity.sessions().insert(session, Identity::soon()));
        const auto account = identity.need(identity.users().find(user.id, Identity::soon())).value();
        BOOST_TEST((account.last_login_at == Identity::now() + minutes{expected}));
        BOOST_TEST(account.generation == user.generation); // a login is no change of the user
    }
}

IDENTITY_CASE(the_oldest_sessions_give_way_to_a_new_one) {
    const auto user = identity.add_user("anna");
    std::vector<std::string> in_order;
    for (int i = 0; i < 4; ++i) {
        auto session = identity.session_of(user);
        session.session.created_at = Identity::now() - hours{10 - i};
        in_order.push_back(session.session.key.id);
        identity.need(identity.sessions().insert(session, Identity::soon()));
    }
    const auto admin = identity.log_in(user, "admin"); // another context does not count
    auto over = identity.session_of(user);             // nor one that is over
    over.session.expires_at = Identity::now();
    identity.need(identity.sessions().insert(over, Identity::soon()));

    auto newest = identity.session_of(user);
    newest.session.created_at = Identity::now() - hours{100}; // by its log-in the oldest: still it stays
    newest.max_per_user = 3;
    const auto inserted = identity.need(identity.sessions().insert(newest, Identity::soon()));
    BOOST_TEST(inserted.accepted);
    BOOST_TEST(ids(inserted.evicted) == (std::vector{in_order[0], in_order[1]}), boost::test_tools::per_element());
    BOOST_TEST((inserted.evicted.front().expires_at == Identity::now() + hours{1}));
    for (int i = 0; i < 4; ++i)
        BOOST_TEST(is_live(identity, {"web", in_order[static_cast<std::size_t>(i)]}) == (i >= 2));
    BOOST_TEST(is_live(identity, newest.session.key));
    BOOST_TEST(is_live(identity, admin.key));

    auto only = identity.session_of(user);
    only.max_per_user = 1;
    BOOST_TEST(identity.need(identity.sessions().insert(only, Identity::soon())).evicted.size() == 3U);
    BOOST_TEST(is_live(identity, only.session.key));
}

IDENTITY_CASE(activity_moves_forward_only) {
    const auto user = identity.add_user("anna");
    const auto live = identity.log_in(user);
    const auto revoked = identity.log_in(user);
    identity.need(identity.sessions().revoke(revoked.key, Identity::now(), Identity::soon()));
    const auto at = [](int minute) { return Identity::now() + minutes{minute}; };
    identity.need(identity.sessions().touch({{live.key, at(3)},
                                             {live.key, at(7)}, // twice in one batch: the later one counts
                                             {live.key, at(5)},
                                             {revoked.key, at(9)},
                                             {{"web", new_session_id()}, at(9)},
                                             {{"web", std::string("\0'\"\\\xff", 5)}, at(9)}},
                                            Identity::soon()));
    BOOST_TEST((identity.need(identity.sessions().find(live.key, Identity::soon()))->session.last_activity == at(7)));
    identity.need(identity.sessions().touch({{live.key, at(6)}}, Identity::soon()));
    identity.need(identity.sessions().touch({}, Identity::soon()));
    const auto found = identity.need(identity.sessions().find(live.key, Identity::soon())).value();
    BOOST_TEST((found.session.last_activity == at(7)));
    BOOST_TEST((found.session.expires_at == live.expires_at));
    const auto dead = identity.need(identity.sessions().find(revoked.key, Identity::soon())).value();
    BOOST_TEST((dead.session.last_activity == revoked.last_activity));
    BOOST_TEST(dead.revoked);
}

IDENTITY_CASE(revoking_is_idempotent) {
    const auto session = identity.log_in(identity.add_user("anna"));
    const std::optional<EndedSession> expected{{session.key, session.expires_at}};
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST((identity.need(identity.sessions().revoke(session.key, Identity::now() + minutes{i},
                                                             Identity::soon())) == expected));
        BOOST_TEST(!is_live(identity, session.key));
    }
    const SessionKey unknown{"web", new_session_id()};
    BOOST_TEST(!identity.need(identity.sessions().revoke(unknown, Identity::now(), Identity::soon())));
}

IDENTITY_CASE(a_handle_revokes_only_for_its_owner) {
    const auto anna = identity.add_user("anna");
    const auto boris = identity.add_user("boris");
    const auto session = identity.log_in(anna);
    const auto revoke = [&](const std::string& user_id, const std::string& handle) {
        return identity.need(identity.sessions().revoke_by_handle(user_id, handle, Identity::now(), Identity::soon()));
    };
    BOOST_TEST(!revoke(boris.id, session.handle));
    BOOST_TEST(!revoke(anna.id, new_uuid()));
    for (const std::string handle : {"", "x", "' OR 1=1--", "{00000000-0000-4000-8000-000000000001}"}) {
        BOOST_TEST(!revoke(anna.id, handle));
        BOOST_TEST(!revoke(handle, session.handle));
    }
    BOOST_TEST(is_live(identity, session.key));
    for (int i = 0; i < 2; ++i) {
        BOOST_TEST((revoke(anna.id, session.handle) == std::optional<EndedSession>({session.key, session.expires_at})));
        BOOST_TEST(!is_live(identity, session.key));
    }
}

IDENTITY_CASE(revoke_all_ends_every_live_session_but_one) {
    const auto anna = identity.add_user("anna");
    const auto web = identity.log_in(anna);
    const auto admin = identity.log_in(anna, "admin");
    const auto kept = identity.log_in(anna);
    const auto already = identity.log_in(anna);
    identity.need(identity.sessions().revoke(already.key, Identity::now(), Identity::soon()));
    auto over = identity.session_of(anna);
    over.session.expires_at = Identity::now();
    identity.need(identity.sessions().insert(over, Identity::soon()));
    const auto other = identity.log_in(identity.add_user("boris"));
    const auto revoke_all = [&](const std::optional<SessionKey>& keep) {
        return ids(identity.need(identity.sessions().revoke_all(anna.id, keep, Identity::now(), Identity::soon())));
    };

    const std::vector<std::string> expected{web.key.id, admin.key.id};
    BOOST_TEST(revoke_all(kept.key) == expected, boost::test_tools::per_element());
    BOOST_TEST(revoke_all(kept.key).empty()); // this call ended none
    BOOST_TEST(is_live(identity, kept.key));
    BOOST_TEST(!is_live(identity, admin.key));
    BOOST_TEST(revoke_all(SessionKey{"admin", kept.key.id}) == (std::vector{kept.key.id}),
               boost::test_tools::per_element());
    BOOST_TEST(revoke_all(std::nullopt).empty());
    BOOST_TEST(is_live(identity, other.key));
    BOOST_TEST(identity.need(identity.sessions().revoke_all("nobody", {}, Identity::now(), Identity::soon())).empty());
}

IDENTITY_CASE(the_list_shows_live_sessions_latest_first) {
    const auto anna = identity.add_user("anna");
    std::vector<Session> sessions;
    const std::vector<std::pair<std::string, std::string>> addresses{
        {"192.0.2.7", "192.0.2.7"}, {"2001:DB8:0::1", "2001:db8::1"}, {"", ""}, {"unix:", ""}, {"fe80::1%eth0", ""}};
    for (const auto& [given, stored] : addresses) {
        auto session = identity.session_of(anna, sessions.empty() ? "admin" : "web");
        session.origin = {given, "Агент \"" + given + "\""};
        session.session.last_activity += minutes{sessions.size()};
        identity.need(identity.sessions().insert(session, Identity::soon()));
        sessions.push_back(session.session);
    }
    const auto revoked = identity.log_in(anna);
    identity.need(identity.sessions().revoke(revoked.key, Identity::now(), Identity::soon()));
    identity.log_in(identity.add_user("boris"));

    const auto listed = identity.need(identity.sessions().list(anna.id, Identity::now(), Identity::soon()));
    BOOST_REQUIRE(listed.size() == sessions.size());
    for (std::size_t i = 0; i < listed.size(); ++i) {
        const std::size_t from_end = sessions.size() - 1 - i;
        BOOST_TEST((listed[i].session == sessions[from_end]));
        BOOST_TEST(listed[i].origin.address == addresses[from_end].second);
        BOOST_TEST(listed[i].origin.user_agent == "Агент \"" + addresses[from_end].first + "\"");
    }
    BOOST_TEST(identity.need(identity.sessions().list(anna.id, Identity::now() + hours{1}, Identity::soon())).empty());
    BOOST_TEST(identity.need(identity.sessions().list("nobody", Identity::now(), Identity::soon())).empty());
}

IDENTITY_CASE(a_device_has_the_name_that_its_owner_gives) {
    const auto anna = identity.add_user("anna"), boris = identity.add_user("boris");
    const auto session = identity.log_in(anna);
    const auto name = [&](const std::string& user, const std::string& handle, const std::string& called) {
        return identity.need(identity.sessions().name_device(user, handle, called, Identity::soon()));
    };
    const auto shown = [&] {
        return identity.need(identity.sessions().list(anna.id, Identity::now(), Identity::soon())).at(0).device_name;
    };
    BOOST_TEST(shown() == "");
    BOOST_TEST(name(anna.id, session.handle, "Мій \"ноутбук\""));
    BOOST_TEST(shown() == "Мій \"ноутбук\"");
    BOOST_TEST(!name(boris.id, session.handle, "mine")); // not his
    BOOST_TEST(!name(anna.id, "no handle", "x"));
    BOOST_TEST(!name(anna.id, boris.id, "x"));
    BOOST_TEST(shown() == "Мій \"ноутбук\"");
    BOOST_TEST(is_live(identity, session.key));
    BOOST_TEST(name(anna.id, session.handle, ""));
    BOOST_TEST(shown() == "");
    identity.need(identity.sessions().revoke(session.key, Identity::now(), Identity::soon()));
    BOOST_TEST(!name(anna.id, session.handle, "too late"));
}

IDENTITY_CASE(the_list_ends_at_200) {
    const auto anna = identity.add_user("anna");
    for (int i = 0; i < 201; ++i)
        identity.log_in(anna);
    BOOST_TEST(identity.need(identity.sessions().list(anna.id, Identity::now(), Identity::soon())).size() == 200U);
}

IDENTITY_CASE(purge_deletes_what_is_long_over_and_not_too_much_at_once) {
    const auto anna = identity.add_user("anna");
    const auto live = identity.log_in(anna);
    std::vector<SessionKey> over;
    for (int i = 0; i < 5; ++i) {
        auto session = identity.session_of(anna);
        session.session.expires_at = Identity::now() - hours{1 + i};
        identity.need(identity.sessions().insert(session, Identity::soon()));
        over.push_back(session.session.key);
    }
    const auto purge = [&](Instant before, std::size_t limit) {
        return identity.need(identity.sessions().purge(before, limit, Identity::soon()));
    };
    BOOST_TEST(purge(Identity::now() - hours{5}, 100) == 0U); // "before" is before
    BOOST_TEST(purge(Identity::now(), 0) == 0U);
    BOOST_TEST(purge(Identity::now(), 2) == 2U);
    BOOST_TEST(purge(Identity::now(), 100) == 3U);
    BOOST_TEST(purge(Identity::now(), 100) == 0U);
    for (const auto& key : over)
        BOOST_TEST(!identity.need(identity.sessions().find(key, Identity::soon())));
    BOOST_TEST(is_live(identity, live.key));
}

IDENTITY_CASE(ping_answers) {
    identity.need(identity.sessions().ping(Identity::soon()));
}

} // namespace
} // namespace gatehouse::testing::identity_sessions
