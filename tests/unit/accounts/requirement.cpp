// SPDX-License-Identifier: Apache-2.0
// Goal: a requirement is met by exactly the users it names; one that cannot be read is met by nobody, and both ways of
// asking agree.
#include "gateway/accounts/requirement.h"
#include "tests/unit/accounts/repeat.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;
using namespace std::string_literals;
using Verdict = RequirementVerdict;

namespace {

const Instant now{Seconds{1'700'000'000}};

User admin() {
    return {
        .id = "1",
        .email = "a@b",
        .role = "admin",
        .verified = true,
        .permissions = {{"orders.write", std::nullopt}, {"orders.read", now + Seconds{1}}, {"old", now}, {"a:b", {}}}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(requirement)

BOOST_AUTO_TEST_CASE(table) {
    struct Row {
        std::string text;
        Verdict expected;
    };
    const Row rows[] = {
        {"", Verdict::met},
        {"   ", Verdict::met},
        {"role:admin", Verdict::met},
        {"  role:admin   verified ", Verdict::met},
        {"verified", Verdict::met},
        {"permission:orders.write", Verdict::met},
        {"permission:a:b", Verdict::met},
        {"role:admin permission:orders.write permission:orders.read verified", Verdict::met},
        {"role:admin role:admin", Verdict::met},
        {"role:admi", Verdict::not_met},
        {"role:admin2", Verdict::not_met},
        {"role:admin role:user", Verdict::not_met},
        {"role:user", Verdict::not_met},
        {"permission:orders", Verdict::not_met},
        {"permission:orders.write.all", Verdict::not_met},
        {"permission:old", Verdict::not_met}, // ends just now
        {"role:admin permission:missing verified", Verdict::not_met},
        {"permission:missing role:admin", Verdict::not_met},
        {"role:" + repeat("a", 32), Verdict::not_met},
        {"permission:" + repeat("a", 100), Verdict::not_met},
        {"role:" + repeat("a", 33), Verdict::unreadable},
        {"permission:" + repeat("a", 101), Verdict::unreadable},
        {"Role:admin", Verdict::unreadable},
        {"role:Admin", Verdict::unreadable},
        {"role:", Verdict::unreadable},
        {"role: admin", Verdict::unreadable},
        {"role", Verdict::unreadable},
        {"permission:", Verdict::unreadable},
        {"permission:a/b", Verdict::unreadable},
        {"permissions:a", Verdict::unreadable},
        {"verified!", Verdict::unreadable},
        {"verified:yes", Verdict::unreadable},
        {"VERIFIED", Verdict::unreadable},
        {"not verified", Verdict::unreadable},
        {"role:admin,verified", Verdict::unreadable},
        {"role:admin\tverified", Verdict::unreadable},
        {"role:admin\nverified", Verdict::unreadable},
        {"role:admin\0"s, Verdict::unreadable},
        {"\0"s, Verdict::unreadable},
        {"role:user nonsense", Verdict::unreadable},
        {"nonsense role:admin", Verdict::unreadable},
        {"role:\xd0\xb0"
         "dmin",
         Verdict::unreadable},
        {"role:a.b", Verdict::unreadable},
    };
    const auto user = admin();
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.text) {
            BOOST_TEST((evaluate_requirement(row.text, user, now) == row.expected));
        }
    }
}

BOOST_AUTO_TEST_CASE(nobody_in_particular_meets_only_the_empty_one) {
    const User nobody;
    BOOST_TEST((evaluate_requirement("", nobody, now) == Verdict::met));
    for (const auto* text : {"verified", "role:user", "permission:x"}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST((evaluate_requirement(text, nobody, now) == Verdict::not_met));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_a_proven_address_would_change) {
    User user;
    user.role = "user";
    const Instant now{};
    BOOST_TEST(lacks_only_verification("verified", user, now));
    BOOST_TEST(lacks_only_verification("role:user verified", user, now));
    BOOST_TEST(!lacks_only_verification("role:admin verified", user, now));
    BOOST_TEST(!lacks_only_verification("role:admin", user, now));
    BOOST_TEST(!lacks_only_verification("", user, now));
    BOOST_TEST(!lacks_only_verification("verified nonsense", user, now));
    user.verified = true;
    BOOST_TEST(!lacks_only_verification("verified", user, now));
}

BOOST_AUTO_TEST_SUITE_END()
