// SPDX-License-Identifier: Apache-2.0
// Goal: base64url and UUIDs have one spelling per value, and it is the same as everybody else's.
#include "storage/base64url.h"
#include "storage/uuid.h"

#include <array>
#include <boost/test/unit_test.hpp>
#include <sodium.h>
#include <string>
#include <vector>

using namespace gatehouse;

namespace {

constexpr int variant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

std::string encoded_by_libsodium(const std::vector<unsigned char>& bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), variant);
    text.pop_back(); // the terminating zero
    return text;
}

bool decoded_by_libsodium(const std::string& text, std::vector<unsigned char>& out) {
    std::size_t size = 0;
    return sodium_base642bin(out.data(), out.size(), text.data(), text.size(), nullptr, &size, nullptr, variant) == 0 &&
           size == out.size();
}

} // namespace

BOOST_AUTO_TEST_SUITE(spelling)

BOOST_AUTO_TEST_CASE(base64url_has_one_spelling_per_value) {
    std::array<unsigned char, 3> three{};
    std::array<unsigned char, 2> two{};
    BOOST_TEST(base64url_decode("_-8A", three));
    BOOST_TEST(base64url_encode(three) == "_-8A");
    for (const std::string_view text : {"/+8A", "_-8A=", "_-8", "_-8AA", "_-8 ", ""})
        BOOST_TEST(!base64url_decode(text, three), text);
    BOOST_TEST(base64url_decode("AAA", two));
    BOOST_TEST(!base64url_decode("AAB", two)); // spare bits
    BOOST_TEST(!base64url_decode("AAA=", two));
}

BOOST_AUTO_TEST_CASE(a_uuid_has_one_spelling) {
    const std::string text = "01234567-89ab-4cde-8f01-23456789abcd";
    const auto bytes = uuid_bytes(text);
    BOOST_REQUIRE(bytes.has_value());
    BOOST_TEST((*bytes)[0] == 0x01);
    BOOST_TEST((*bytes)[5] == 0xab);
    BOOST_TEST((*bytes)[15] == 0xcd);
    BOOST_TEST(uuid_text(*bytes) == text);
    for (const std::string_view other : {"", "01234567-89AB-4cde-8f01-23456789abcd", "0123456789ab4cde8f0123456789abcd",
                                         "01234567-89ab-4cde-8f01-23456789abc", "01234567-89ab-4cde-8f01-23456789abcg"})
        BOOST_TEST(!uuid_bytes(other), other);
}

BOOST_AUTO_TEST_CASE(base64url_is_what_libsodium_makes_of_it) {
    std::vector<unsigned char> bytes;
    for (unsigned size = 0; size < 70; ++size) {
        const auto text = base64url_encode(bytes);
        BOOST_TEST(text == encoded_by_libsodium(bytes));
        std::vector<unsigned char> back(bytes.size());
        BOOST_TEST(base64url_decode(text, back));
        BOOST_TEST(back == bytes);
        bytes.push_back(static_cast<unsigned char>(size * 167 + 250));
    }
}

BOOST_AUTO_TEST_CASE(base64url_refuses_what_libsodium_refuses) {
    const std::vector<unsigned char> bytes{0x00, 0x10, 0x83, 0x10, 0x51};
    const auto good = base64url_encode(bytes);
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (int letter = 0; letter < 0x80; ++letter) {
            auto text = good;
            text[at] = static_cast<char>(letter);
            std::vector<unsigned char> mine(bytes.size());
            std::vector<unsigned char> theirs(bytes.size());
            const bool taken = base64url_decode(text, mine);
            BOOST_TEST(taken == decoded_by_libsodium(text, theirs), at << ' ' << letter);
            BOOST_TEST((!taken || mine == theirs));
        }
        for (int letter = 0x80; letter <= 0xff; ++letter) { // of which libsodium 1.0.18 takes some
            auto text = good;
            text[at] = static_cast<char>(letter);
            std::vector<unsigned char> mine(bytes.size());
            BOOST_TEST(!base64url_decode(text, mine), at << ' ' << letter);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_letter_of_a_uuid_is_a_small_hexadecimal_digit) {
    const std::string good = "01234567-89ab-4cde-8f01-23456789abcd";
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (int letter = 0; letter <= 0xff; ++letter) {
            auto text = good;
            text[at] = static_cast<char>(letter);
            const bool digit = (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
            const bool right = good[at] == '-' ? letter == '-' : digit;
            BOOST_TEST(uuid_bytes(text).has_value() == right, at << ' ' << letter);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
