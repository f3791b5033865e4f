// SPDX-License-Identifier: Apache-2.0
// Goal: whatever stands in an old cookie, nobody is let in by it to whom it was not given, and nothing comes of it.
#include "tests/unit/hostile_tokens.h"
#include "tests/unit/takeover/world.h"

#include <set>

using namespace gatehouse;

namespace {

const std::string live = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
constexpr int many = 300;

/// Each from an address of its own: nobody is stopped.
Lookup check_from(OldWorld& world, const std::string& token, int number) {
    auto visit = world.visit(token);
    visit.place = "client " + std::to_string(number);
    return world.run(world.takeover.check(std::move(visit)));
}

} // namespace

BOOST_AUTO_TEST_SUITE(older_tokens)

BOOST_AUTO_TEST_CASE(each_byte_that_may_be_in_one) {
    std::string allowed = "!#$%&'()*+,-./:;<=>?@[]^_`{|}~";
    for (const char* range : {"09", "AZ", "az"})
        for (char c = range[0]; c <= range[1]; ++c)
            allowed += c;
    const std::set<char> good(allowed.begin(), allowed.end());
    for (int byte = 0; byte < 256; ++byte) {
        const auto c = static_cast<char>(byte);
        for (const std::size_t at : {0U, 9U, 19U}) {
            std::string token(20, 'a');
            token[at] = c;
            BOOST_TEST(could_be_older_token(token) == good.contains(c), "byte " << byte << " at " << at);
        }
    }
}

BOOST_AUTO_TEST_CASE(each_length_that_one_may_have) {
    for (std::size_t length = 0; length <= 1100; ++length) {
        const bool fits = length >= 16 && length <= 255;
        BOOST_TEST(could_be_older_token(std::string(length, 'a')) == fits, length << " characters");
    }
}

BOOST_AUTO_TEST_CASE(what_was_given_to_nobody_lets_nobody_in) {
    for (const std::string_view system : {"session-id", "sessions", "sessions-2", "auth-token"}) {
        for (const auto strategy : all) {
            OldWorld world(Strategy::gradual, system);
            world.old_login(live);
            BOOST_REQUIRE((world.old_check(live).verdict == Verdict::valid));
            world.use(strategy);
            HostileTokens hostile(live);
            for (int i = 0; i < many; ++i) {
                const auto token = hostile.next();
                const auto found = check_from(world, token, i);
                BOOST_TEST((found.verdict == Verdict::invalid),
                           system << " " << name_of(strategy) << ", number " << i << ": " << token.size() << " bytes");
                BOOST_TEST(found.fresh_token.empty());
                BOOST_TEST(found.user().id.empty());
            }
            BOOST_TEST((world.old_check(live).verdict == Verdict::valid));
            BOOST_TEST(world.run(world.service.list(OldWorld::bob, now)).value().size() == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(ending_what_was_given_to_nobody_ends_nothing) {
    OldWorld world;
    world.old_login(live);
    BOOST_REQUIRE((world.old_check(live).verdict == Verdict::valid));
    HostileTokens hostile(live);
    for (int i = 0; i < many; ++i) {
        auto visit = world.visit(hostile.next());
        visit.place = "client " + std::to_string(i);
        BOOST_TEST((world.run(world.takeover.end(std::move(visit))) == EndOutcome::absent));
    }
    BOOST_TEST((world.old_check(live).verdict == Verdict::valid));
    BOOST_TEST(world.legacy.rows().contains(live));
    BOOST_TEST(!world.legacy.rows().at(live).revoked);
}

BOOST_AUTO_TEST_SUITE_END()
