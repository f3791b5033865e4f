// SPDX-License-Identifier: Apache-2.0
// Goal: what an old system's users may do is read with them, wherever they are read; a system that has no such table,
// or one that loses it, goes on without.
#include "legacy_suite.h"

namespace gatehouse::testing::legacy_permissions {
namespace {

constexpr auto reads = "reports.read";

std::optional<std::vector<LegacyPermission>> of_anna(LegacyBench& old) {
    return old.need(old.store().user(old.anna(), LegacyBench::soon())).value().permissions;
}

bool has_table(LegacyBench& old) {
    return !old.in_memory() && !old.is_integer() && !old.by_hand("SELECT to_regclass('user_permissions')").empty();
}

/// Where there is no such table, its users are read all the same.
void expect_anna_alone(LegacyBench& old) {
    const auto anna = old.need(old.store().user(old.anna(), LegacyBench::soon()));
    BOOST_REQUIRE(anna.has_value());
    BOOST_TEST(anna->id == old.anna());
    if (!old.in_memory() && !old.is_integer() && !has_table(old)) BOOST_TEST(!anna->permissions.has_value());
}

LEGACY_CASE(permissions_are_read_where_there_is_a_table_of_them) {
    if (old.in_memory() || old.is_integer()) return expect_anna_alone(old);
    if (!has_table(old)) {
        BOOST_TEST(!of_anna(old).has_value());
        BOOST_TEST(!old.need(old.store().counts(LegacyBench::soon())).permissions.has_value());
        return;
    }
    old.by_hand("INSERT INTO user_permissions (user_id, permission) SELECT id, 'reports.read' FROM users"
                " WHERE email = 'anna@example.org' ON CONFLICT DO NOTHING");
    const auto found = of_anna(old);
    BOOST_REQUIRE((found && found->size() == 1));
    BOOST_TEST(found->front().name == reads);
    BOOST_TEST(found->front().context == "web");
    BOOST_TEST(found->front().granted_at.has_value());
    BOOST_TEST(!found->front().expires_at.has_value());
    const auto token = legacy_token(1);
    old.put_session(token, old.anna());
    BOOST_TEST(old.find(token).session.value().user.permissions.value().size() == 1);
    const auto boris = old.need(old.store().user(old.boris(), LegacyBench::soon())).value();
    BOOST_TEST(boris.permissions.value().empty());
    BOOST_TEST(old.need(old.store().counts(LegacyBench::soon())).permissions.value() == 1);
}

LEGACY_CASE(a_table_of_permissions_comes_and_goes) {
    if (!has_table(old)) return expect_anna_alone(old);
    BOOST_TEST(of_anna(old).has_value());
    old.by_hand("ALTER TABLE user_permissions RENAME TO gone");
    // The first question after that may fail; none later does.
    (void)old.wait(old.store().user(old.anna(), LegacyBench::soon()));
    BOOST_TEST(!of_anna(old).has_value());
    old.by_hand("ALTER TABLE gone RENAME TO user_permissions");
    old.need(old.store().ping(LegacyBench::soon()));
    BOOST_TEST(of_anna(old).has_value());
}

LEGACY_CASE(a_table_of_that_name_that_is_something_else_is_left_alone) {
    if (!has_table(old)) return expect_anna_alone(old);
    old.by_hand("ALTER TABLE user_permissions RENAME COLUMN application_context TO somewhere");
    BOOST_TEST(!of_anna(old).has_value());
}

LEGACY_CASE(the_end_of_a_permission_and_who_granted_it_are_read) {
    if (!has_table(old) || old.layout().permission_expires.empty()) return expect_anna_alone(old);
    old.by_hand("UPDATE user_permissions SET granted_by = '0b5c6a52-3c1e-4f6e-9d57-5a2f1c0e7b11',"
                " expires_at = '2031-01-31 12:00:00+00'");
    const auto found = of_anna(old).value().front();
    BOOST_TEST(found.granted_by == old.boris());
    BOOST_TEST((found.expires_at == Instant(Seconds{1'927'627'200})));
}

LEGACY_CASE(a_login_sets_the_token_of_the_user_where_the_old_application_does) {
    const auto before = legacy_token(1), token = legacy_token(2);
    if (!old.has_rows() || !old.has_tokens()) { // there is one place for it
        BOOST_TEST(old.write(token, old.anna()).has_value());
        BOOST_TEST(old.is_live(token));
        return;
    }
    old.put_token(old.anna(), before);
    const auto standing = [&] { return old.need(old.store().standing(old.anna(), LegacyBench::soon())); };
    const bool sets = old.layout().user_token_set;
    BOOST_TEST(standing() == (sets ? before : ""));
    BOOST_TEST(old.write(token, old.anna()).has_value());
    BOOST_TEST(old.token_of(old.anna()) == (sets ? token : before));
    BOOST_TEST(standing().empty()); // it has a row of its own, and outlives the next login
    BOOST_TEST(old.is_live(token));
}

} // namespace
} // namespace gatehouse::testing::legacy_permissions
