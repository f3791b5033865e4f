// SPDX-License-Identifier: Apache-2.0
// Goal: every spelling of an address is either the one canonical spelling or refused; nothing that looks alike, is cut
// short or means something to another parser comes through.
#include "gateway/accounts/identifier.h"
#include "tests/unit/accounts/repeat.h"

#include <boost/test/unit_test.hpp>
#include <random>

using namespace gatehouse;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(identifier)

BOOST_AUTO_TEST_CASE(spellings_of_one_account) {
    for (const auto* text : {"alice@example.org", "Alice@Example.ORG", "ALICE@EXAMPLE.ORG", " alice@example.org",
                             "alice@example.org   ", "   aLiCe@eXaMpLe.oRg  "}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(canonical_email(text).value_or("refused") == "alice@example.org");
        }
    }
}

BOOST_AUTO_TEST_CASE(accepted) {
    const std::string local64(64, 'a');
    const std::string longest = local64 + "@" + repeat("b", 63) + "." + repeat("c", 63) + "." + repeat("d", 61);
    BOOST_TEST(longest.size() == 254U);
    for (const auto& text :
         {"a@b"s, "admin@localhost"s, "first.last+tag@sub.example.co.uk"s, "o'hara_x-y@xn--bcher-kva.example"s,
          "!#$%&'*+-/=?^_`{|}~@example.org"s, "1@2.3"s, longest}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(canonical_email(text).value_or("refused") == text);
        }
    }
}

BOOST_AUTO_TEST_CASE(refused) {
    const std::string bad[] = {
        "",
        " ",
        "@",
        "a",
        "a@",
        "@b",
        "a@@b",
        "a@b@c",
        "a b@c",
        "a@b c",
        "a@ b",
        "a @b",
        ".a@b",
        "a.@b",
        "a..b@c",
        "a@.b",
        "a@b.",
        "a@b..c",
        "a@-b",
        "a@b-",
        "a@b.-c",
        "a@b_c",
        "a@[127.0.0.1]",
        "\"a\"@b",
        "\"a b\"@c",
        "a(x)@b",
        "<a@b>",
        "a@b,c@d",
        "a@b;c",
        "a:b@c",
        "a\\@b",
        "mailto:a@b",
        "\ta@b",
        "a@b\n",
        "a@b\r\nBcc: c@d",
        "\xc2\xa0"
        "a@b",
        "alice\0@b"s,
        "alice@b\0"s,
        "alice\0x@b"s,
        "\0"s,
        "\x7f@b",
        "a\x01@b",
        "\xef\xbd\x81lice@example.org", // full-width a
        "ali\xd1\x81\x65@example.org",  // Cyrillic es
        "alice@ex\xc3\xa4mple.org",
        "alice@example\xe3\x80\x82org",
        "\xff@b",
        "a\xe2\x80\x8b@b",
        "I\xcc\x87@b",
        repeat("a", 65) + "@b",
        "a@" + repeat("b", 64),
        repeat("a", 100'000) + "@b",
        repeat("a", 64) + "@" + repeat("b", 63) + "." + repeat("c", 63) + "." + repeat("d", 62),
    };
    for (const auto& text : bad)
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!canonical_email(text).has_value());
        }
}

// Whatever comes out is a fixed point, printable, without capitals, and comes out of every other case of itself as
// well.
BOOST_AUTO_TEST_CASE(properties_of_random_texts) {
    std::mt19937 random(1);
    const std::string alphabet = "aAzZ09.@@-+ _\"\\\t\xd0\xb0\xff"s + '\0';
    std::size_t accepted = 0;
    for (int i = 0; i < 200'000; ++i) {
        std::string text;
        for (auto length = random() % 8; length > 0; --length)
            text += alphabet[random() % alphabet.size()];
        const auto once = canonical_email(text);
        if (!once) continue;
        ++accepted;
        const bool plain =
            std::ranges::all_of(*once, [](char c) { return c > ' ' && c < 0x7f && !(c >= 'A' && c <= 'Z'); });
        if (!plain || canonical_email(*once) != once || canonical_email("  " + *once + " ") != once) BOOST_ERROR(text);
    }
    BOOST_TEST(accepted > 1000U);
}

BOOST_AUTO_TEST_SUITE_END()
