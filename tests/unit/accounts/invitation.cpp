// SPDX-License-Identifier: Apache-2.0
// Goal: what an operator gives with an invitation comes out as it went in, and nothing else does.
#include "gateway/accounts/invitation.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(invitations)

BOOST_AUTO_TEST_CASE(an_invitation_is_read_as_it_was_written) {
    const Invitation given{"editor", {{"admin", "orders.read"}, {"admin", "orders.write"}}};
    const auto read = read_invitation(text_of(given));
    BOOST_TEST(read.role == "editor");
    BOOST_REQUIRE(read.permissions.size() == 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        BOOST_TEST(read.permissions[i].context == given.permissions[i].context);
        BOOST_TEST(read.permissions[i].name == given.permissions[i].name);
    }
    BOOST_TEST(read_invitation(text_of({})).role == "user");
    BOOST_TEST(read_invitation(text_of({})).permissions.empty());
}

BOOST_AUTO_TEST_CASE(an_unreadable_text_gives_nothing) {
    for (const std::string_view text : {"", "x", "[]", R"({"role":"Root of all"})", R"({"permissions":"A B"})"}) {
        const auto read = read_invitation(text);
        BOOST_TEST(read.role == "user", text);
        BOOST_TEST(read.permissions.empty(), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
