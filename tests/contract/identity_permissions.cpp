// SPDX-License-Identifier: Apache-2.0
// Goal: the permissions that an older system gave are here with its users, and go when they go there, as long as it
// leads; what was granted here is nobody's but ours.
#include "feed_view.h"

namespace gatehouse::testing::identity_permissions {
namespace {

using std::chrono::hours;

Newcomer newcomer(const std::string& permissions) {
    Newcomer n;
    n.id = new_uuid();
    n.user.id = "legacy bob";
    n.user.password_hash = "$2b$old";
    n.user.verified = true;
    n.email = "bob@example.org";
    n.role = "user";
    n.context = "web";
    n.permissions = permissions;
    return n;
}

Introduced introduce(Identity& identity, const Newcomer& n) {
    return identity.need(identity.takeover().introduce(n, Identity::now(), Identity::soon()));
}

std::string names(Identity& identity, const std::string& id, const std::string& context = "web") {
    const auto found =
        identity.need(identity.users().find_in_context(id, context, Identity::now(), Identity::soon())).value();
    std::string all;
    for (const auto& permission : found.permissions)
        all += permission.name + " ";
    return all;
}

std::string at(Instant instant) {
    return std::to_string(instant.time_since_epoch().count());
}

IDENTITY_CASE(a_newcomer_brings_permissions_with_context_and_end) {
    const auto later = Identity::now() + hours{1};
    const auto before = Identity::now() - hours{1};
    const auto bob =
        newcomer(R"([["admin","audit",null,null,null],["web","orders.read",)" + at(later) + "," + at(before) +
                 R"(,"0b5c6a52-3c1e-4f6e-9d57-5a2f1c0e7b11"],["web","over",)" + at(before) + R"(,null,null]])");
    const auto first = introduce(identity, bob);
    BOOST_TEST((first.user.permissions == std::vector<Permission>{{"orders.read", later}}));
    BOOST_TEST(first.written);
    BOOST_TEST(names(identity, bob.id, "admin") == "audit ");
    const auto again = introduce(identity, bob);
    BOOST_TEST((again.user == first.user));
    BOOST_TEST(!again.written);
    const auto since = Identity::now();
    BOOST_TEST(identity.need(identity.takeover().takeover_counts("web", since, since, Identity::soon())).permissions ==
               3);
}

IDENTITY_CASE(as_long_as_the_older_system_leads_its_permissions_are_followed) {
    auto bob = newcomer(R"([["web","a",null,null,null],["web","b",null,null,null]])");
    const auto first = introduce(identity, bob);
    bob.permissions = R"([["web","b",null,null,null],["web","c",null,null,null]])";
    introduce(identity, bob);
    BOOST_TEST(names(identity, bob.id) == "a b ");
    bob.refresh = true;
    const auto second = introduce(identity, bob);
    BOOST_TEST(names(identity, bob.id) == "b c ");
    BOOST_TEST(second.user.generation > first.user.generation);
    const auto end = Identity::now() + hours{1};
    bob.permissions = R"([["web","b",)" + at(end) + R"(,null,null],["web","c",null,null,null]])";
    BOOST_TEST((introduce(identity, bob).user.permissions == std::vector<Permission>{{"b", end}, {"c", std::nullopt}}));
    bob.permissions.reset(); // it cannot be read: nothing is known
    introduce(identity, bob);
    BOOST_TEST(names(identity, bob.id) == "b c ");
    bob.permissions = "[]";
    introduce(identity, bob);
    BOOST_TEST(names(identity, bob.id).empty());
}

IDENTITY_CASE(what_was_granted_here_stays) {
    auto bob = newcomer(R"([["web","both",null,null,null],["web","theirs",null,null,null]])");
    bob.refresh = true;
    introduce(identity, bob);
    const auto grant = [&](const std::string& name) {
        identity.need(identity.users().grant(bob.id, "web", Permission{name, {}}, Identity::now(), Identity::soon()));
    };
    grant("ours");
    grant("both");
    bob.permissions = "[]";
    introduce(identity, bob);
    BOOST_TEST(names(identity, bob.id) == "both ours ");
    const auto end = Identity::now() + hours{1};
    bob.permissions = R"([["web","ours",)" + at(end) + ",null,null]]";
    const auto seen = introduce(identity, bob).user.permissions;
    BOOST_TEST((seen == std::vector<Permission>{{"both", std::nullopt}, {"ours", std::nullopt}}));
}

/// Of users who came before anything was known of permissions; but what was taken away since does not come back.
IDENTITY_CASE(permissions_are_brought_later_but_once) {
    auto bob = newcomer("");
    bob.permissions.reset();
    introduce(identity, bob);
    bob.permissions = R"([["web","a",null,null,null]])";
    introduce(identity, bob);
    BOOST_TEST(names(identity, bob.id) == "a ");
    identity.need(identity.users().withdraw(bob.id, "web", "a", Identity::soon()));
    introduce(identity, bob);
    BOOST_TEST(names(identity, bob.id).empty());
}

IDENTITY_CASE(the_older_id_and_the_phone_number_are_with_the_user) {
    auto bob = newcomer("[]");
    bob.user.id = "42";
    bob.phone = "+79001234567";
    const auto user = introduce(identity, bob).user;
    BOOST_TEST(user.legacy_id == "42");
    BOOST_TEST(user.phone == "+79001234567");
    const auto found =
        identity.need(identity.users().find_in_context(bob.id, "web", Identity::now(), Identity::soon()));
    BOOST_TEST((found.value() == user));
    Account account;
    account.id = user.id;
    account.generation = user.generation;
    const auto login = identity.session_of(account);
    BOOST_TEST(identity.need(identity.sessions().insert(login, Identity::soon())).accepted);
    BOOST_TEST((identity.need(identity.sessions().find(login.session.key, Identity::soon()))->user == user));
    auto same = newcomer("[]");
    same.user.id = same.id = new_uuid();
    same.email = "same@example.org";
    BOOST_TEST(introduce(identity, same).user.legacy_id.empty());
}

IDENTITY_CASE(whose_sessions_do_not_all_count_is_known) {
    const auto bob = newcomer("[]");
    introduce(identity, bob);
    const auto ask = [&] {
        std::vector<std::string> ids{bob.user.id, "nobody"};
        return identity.need(identity.takeover().cut_off(std::move(ids), Identity::soon()));
    };
    BOOST_TEST(ask().empty());
    identity.need(identity.users().set_password(bob.id, "$argon2id$new", {}, {}, Identity::now(), Identity::soon()));
    BOOST_REQUIRE(ask().size() == 1);
    BOOST_TEST(ask()[0].legacy_id == bob.user.id);
    BOOST_TEST((ask()[0].until == Identity::now()));
    identity.need(identity.users().set_disabled(bob.id, true, Identity::now(), Identity::soon()));
    BOOST_TEST((ask()[0].until == std::nullopt));
}

IDENTITY_CASE(when_the_older_system_is_forgotten_its_permissions_stay_and_where_they_came_from_is_not_known) {
    const auto bob = newcomer(R"([["web","a",null,null,null]])");
    BOOST_REQUIRE(introduce(identity, bob).written);
    BOOST_REQUIRE(!introduce(identity, bob).written);
    const auto forgotten = identity.need(identity.takeover().forget_hashes("", 10, Identity::soon()));
    BOOST_TEST(forgotten.count == 1U);
    BOOST_TEST(names(identity, bob.id) == "a ");
    BOOST_TEST(identity.need(identity.takeover().forget_hashes("", 10, Identity::soon())).count == 0U);
    BOOST_TEST(introduce(identity, bob).written); // as if they were new
}

} // namespace
} // namespace gatehouse::testing::identity_permissions
