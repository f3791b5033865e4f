// SPDX-License-Identifier: Apache-2.0
// Goal: the rights that are asked for on an older system's tables are those that its layout needs, and no others.
#include "storage/legacy/needs.h"

#include "storage/legacy/presets.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace gatehouse::legacy {
namespace {

using Lines = std::vector<std::string>;

Lines grants_of(const Layout& layout) {
    return grants(needs_of(layout), "gatehouse");
}

BOOST_AUTO_TEST_SUITE(legacy_needs)

BOOST_AUTO_TEST_CASE(one_session_in_the_users_row) {
    const Lines expected{
        "GRANT SELECT (id, email, hashed_password, role, is_verified, created_at, last_login_at, session_id), "
        "UPDATE (hashed_password, session_id, last_login_at) ON users TO gatehouse;",
        "GRANT SELECT (user_id, permission, application_context, granted_at, granted_by, expires_at) ON "
        "user_permissions TO gatehouse;"};
    BOOST_TEST(grants_of(*preset("session-id")) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_login_goes_into_the_table_of_sessions_where_there_is_one) {
    const auto users = grants_of(*preset("sessions")).front();
    BOOST_TEST(users.find("UPDATE (hashed_password, session_id) ON users") != std::string::npos, users);
}

BOOST_AUTO_TEST_CASE(what_neither_a_login_nor_a_logout_touches_is_not_to_be_written) {
    Layout layout = *preset("auth-token");
    layout.user_token_set = false;
    const auto users = grants_of(layout).front();
    BOOST_TEST(users.find("auth_token") < users.find("UPDATE"), users);
    BOOST_TEST(users.find("auth_token", users.find("UPDATE")) == std::string::npos, users);
}

BOOST_AUTO_TEST_CASE(a_logout_deletes_or_marks) {
    BOOST_TEST(grants_of(*preset("sessions-2")).at(1).find("DELETE ON sessions") != std::string::npos);
    const auto marked = grants_of(*preset("sessions")).at(1);
    BOOST_TEST(marked.find("DELETE") == std::string::npos, marked);
    BOOST_TEST(marked.find("UPDATE (last_activity, expires_at, revoked, revoked_at)") != std::string::npos, marked);
}

BOOST_AUTO_TEST_CASE(a_session_that_is_used_here_is_used_there) {
    const auto may_update = [](std::string_view kind, const std::string& columns) {
        const auto lines = grants_of(*preset(kind));
        return std::ranges::any_of(lines, [&](const std::string& line) {
            return line.find("UPDATE (" + columns + ")") != std::string::npos &&
                   line.find("sessions TO") != std::string::npos;
        });
    };
    BOOST_TEST(may_update("auth-token", "last_seen_at"));
    BOOST_TEST(may_update("sessions-2", "updated_at, expires_at"));
}

BOOST_AUTO_TEST_CASE(names_that_are_no_plain_ones_are_quoted) {
    Layout layout = *preset("session-id");
    layout.users_table = "App.Members";
    layout.user_email = "eMail";
    const auto line = grants(needs_of(layout), "gate-house").front();
    BOOST_TEST(line.find("\"eMail\"") != std::string::npos, line);
    BOOST_TEST(line.ends_with(" ON \"App\".\"Members\" TO \"gate-house\";"), line);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace gatehouse::legacy
