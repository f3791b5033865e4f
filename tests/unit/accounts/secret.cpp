// SPDX-License-Identifier: Apache-2.0
// Goal: a secret is in one place at a time and is not compared by accident.
#include "gateway/accounts/secret.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <concepts>
#include <span>
#include <type_traits>

using namespace gatehouse;

static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);
static_assert(!std::equality_comparable<Secret>);
static_assert(!std::is_convertible_v<std::string, Secret> && !std::is_convertible_v<Secret, std::string>);

BOOST_AUTO_TEST_SUITE(secret)

BOOST_AUTO_TEST_CASE(keeps_every_byte) {
    const std::string text("a\0b\xff", 4);
    BOOST_TEST((Secret(std::string_view(text)).view() == text));
    BOOST_TEST(Secret("").empty());
    BOOST_TEST(Secret().view().empty());
    BOOST_TEST((Secret().view().data() != nullptr));
}

BOOST_AUTO_TEST_CASE(moves_and_leaves_nothing_behind) {
    Secret first("short");
    Secret second(std::move(first));
    BOOST_TEST(first.empty()); // NOLINT(bugprone-use-after-move): this is what is tested
    BOOST_TEST((second.view() == "short"));
    Secret third("another");
    third = std::move(second);
    BOOST_TEST(second.empty()); // NOLINT(bugprone-use-after-move): likewise
    BOOST_TEST((third.view() == "short"));
    auto& same = third;
    third = std::move(same);
    BOOST_TEST((third.view() == "short"));
}

BOOST_AUTO_TEST_CASE(wipes_the_string_it_is_made_of) {
    for (const std::size_t size : {5U, 15U, 16U, 200U}) { // inside the string object, and on the heap
        std::string text(size, 'x');
        const std::span<const char> buffer(text.data(), size);
        const Secret secret(std::move(text));
        BOOST_TEST((secret.view() == std::string(size, 'x')));
        BOOST_TEST(text.empty()); // NOLINT(bugprone-use-after-move): this is what is tested
        BOOST_TEST(std::ranges::all_of(buffer, [](char c) { return c == 0; }));
    }
}

BOOST_AUTO_TEST_SUITE_END()
