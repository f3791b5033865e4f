// SPDX-License-Identifier: Apache-2.0
// Goal: a token is good for one purpose, one binding, one key ring and a limited time, and for nothing else.
#include "gateway/accounts/csrf.h"
#include "tests/unit/accounts/repeat.h"

#include <boost/test/unit_test.hpp>
#include <set>

using namespace gatehouse;
using csrf::Verdict;

namespace {

const Instant now{Seconds{1'700'000'000}};
const Seconds hour{3600};
const std::string purpose = "login:web";
const std::string binding = "binding-of-this-browser";

csrf::Key key_of(unsigned char byte) {
    csrf::Key key;
    key.fill(byte);
    return key;
}

const std::vector<csrf::Key> ring = {key_of(1), key_of(2)};

Verdict check(std::string_view token) {
    return csrf::verify(ring, token, purpose, binding, now, hour);
}

} // namespace

BOOST_AUTO_TEST_SUITE(csrf_tokens)

BOOST_AUTO_TEST_CASE(good) {
    const auto token = csrf::make(ring[0], purpose, binding, now);
    BOOST_TEST(token.size() == 75U);
    BOOST_TEST((check(token) == Verdict::ok));
    BOOST_TEST((check(token) == Verdict::ok)); // stateless: a form may be sent again
    BOOST_TEST((check(csrf::make(ring[1], purpose, binding, now)) == Verdict::ok));
}

BOOST_AUTO_TEST_CASE(for_something_else) {
    const auto token = csrf::make(ring[0], purpose, binding, now);
    const auto verdict = [&](std::string_view p, std::string_view b) {
        return csrf::verify(ring, token, p, b, now, hour);
    };
    for (const auto* other : {"", "login:admin", "logout:web", "login:web ", "login", "LOGIN:web", "login:webx"}) {
        BOOST_TEST_CONTEXT(other) {
            BOOST_TEST((verdict(other, binding) == Verdict::bad));
        }
    }
    for (const auto* other : {"", "binding-of-another", "binding-of-this-browse", "binding-of-this-browser "}) {
        BOOST_TEST_CONTEXT(other) {
            BOOST_TEST((verdict(purpose, other) == Verdict::bad));
        }
    }
    // The border between purpose and binding is part of what is signed.
    BOOST_TEST((verdict(purpose + binding.substr(0, 1), binding.substr(1)) == Verdict::bad));
}

BOOST_AUTO_TEST_CASE(no_binding_is_never_good) {
    const auto token = csrf::make(ring[0], purpose, "", now);
    BOOST_TEST((csrf::verify(ring, token, purpose, "", now, hour) == Verdict::bad));
}

BOOST_AUTO_TEST_CASE(keys) {
    const auto token = csrf::make(key_of(3), purpose, binding, now);
    BOOST_TEST((check(token) == Verdict::bad));
    BOOST_TEST(
        (csrf::verify({}, csrf::make(ring[0], purpose, binding, now), purpose, binding, now, hour) == Verdict::bad));
    const std::vector<csrf::Key> rotated = {key_of(3), ring[0]};
    BOOST_TEST((csrf::verify(rotated, csrf::make(ring[0], purpose, binding, now), purpose, binding, now, hour) ==
                Verdict::ok));
}

BOOST_AUTO_TEST_CASE(time) {
    const std::pair<Seconds, Verdict> rows[] = {
        {Seconds{0}, Verdict::ok},   {hour, Verdict::ok},          {hour + Seconds{1}, Verdict::expired},
        {-Seconds{60}, Verdict::ok}, {-Seconds{61}, Verdict::bad}, {Seconds{100'000'000}, Verdict::expired},
    };
    for (const auto& [age, expected] : rows) {
        BOOST_TEST_CONTEXT(age.count()) {
            BOOST_TEST((check(csrf::make(ring[0], purpose, binding, now - age)) == expected));
        }
    }
    // An expired one for somebody else is bad, not expired.
    BOOST_TEST((check(csrf::make(ring[0], purpose, "other", now - 2 * hour)) == Verdict::bad));
}

BOOST_AUTO_TEST_CASE(every_damage) {
    const auto token = csrf::make(ring[0], purpose, binding, now);
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=%. ";
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (check(token.substr(0, i)) != Verdict::bad) BOOST_ERROR("cut at " << i);
        if (check(token.substr(i + 1)) != Verdict::bad) BOOST_ERROR("begun at " << i);
        for (const char c : alphabet + std::string(1, '\0') + '\xff') {
            auto damaged = token;
            damaged[i] = c;
            if (c != token[i] && check(damaged) != Verdict::bad)
                BOOST_ERROR("byte " << i << " as " << static_cast<int>(c));
        }
    }
    for (const auto& text : {token + "A", token + "=", " " + token, token + token, repeat("A", 75), repeat("_", 75),
                             repeat("A", 1'000'000)}) {
        BOOST_TEST((check(text) == Verdict::bad));
    }
}

// libsodium's decoder takes every byte above 127 for the last letter of the alphabet.
BOOST_AUTO_TEST_CASE(bytes_above_127_are_no_letters) {
    std::string token;
    while (token.find('_') == std::string::npos)
        token = csrf::make(ring[0], purpose, binding, now);
    token[token.find('_')] = '\xff';
    BOOST_TEST((check(token) == Verdict::bad));
    BOOST_TEST(!csrf::is_pre_login_value(repeat("\xff", 21) + "w"));
    BOOST_TEST(csrf::is_pre_login_value(repeat("_", 21) + "w"));
}

BOOST_AUTO_TEST_CASE(no_two_alike) {
    std::set<std::string> tokens, cookies;
    for (int i = 0; i < 1000; ++i) {
        tokens.insert(csrf::make(ring[0], purpose, binding, now));
        cookies.insert(csrf::pre_login_value());
    }
    BOOST_TEST(tokens.size() == 1000U);
    BOOST_TEST(cookies.size() == 1000U);
}

BOOST_AUTO_TEST_CASE(pre_login_cookie) {
    const auto value = csrf::pre_login_value();
    BOOST_TEST(value.size() == 22U);
    BOOST_TEST(csrf::is_pre_login_value(value));
    for (const auto& text : {std::string(), std::string("x"), value + "A", value.substr(1), value.substr(1) + "=",
                             "\"" + value.substr(2) + "\"", value.substr(1) + std::string(1, '\0')}) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!csrf::is_pre_login_value(text));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
