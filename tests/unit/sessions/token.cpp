// SPDX-License-Identifier: Apache-2.0
// Goal: a token is good for exactly the context it was minted for, by a key that is in the ring, and in exactly one
// spelling.
#include "gateway/sessions/token.h"

#include "storage/base64url.h"

#include <boost/test/unit_test.hpp>
#include <cctype>
#include <set>
#include <sodium.h>

using namespace gatehouse;

namespace {

const std::string key_a = "mint AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const std::string key_b = "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA";

TokenMint mint_of(const std::string& text) {
    return TokenMint(KeyRing::parse(text, "ring"));
}

} // namespace

BOOST_AUTO_TEST_SUITE(token)

BOOST_AUTO_TEST_CASE(is_64_characters_of_base64url_and_never_the_same) {
    const auto mint = mint_of(key_a);
    std::set<std::string> seen;
    for (int i = 0; i < 10'000; ++i) {
        const auto token = mint.mint("web");
        BOOST_REQUIRE_EQUAL(token.size(), token_length);
        for (const char c : token) {
            BOOST_REQUIRE(std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_');
        }
        BOOST_REQUIRE(seen.insert(token).second);
    }
}

BOOST_AUTO_TEST_CASE(of_one_login_is_always_the_same) {
    const auto mint = mint_of(key_a);
    const auto token = mint.mint_once("web", "a form");
    BOOST_TEST(token == mint_of(key_a).mint_once("web", "a form"));
    BOOST_TEST(mint.minted_here(token, "web"));
    BOOST_TEST(!mint.minted_here(token, "admin"));
    for (const auto& other : {mint.mint_once("web", "another form"), mint.mint_once("admin", "a form"),
                              mint_of("mint " + key_b).mint_once("web", "a form"), mint.mint_once("web", "")})
        BOOST_TEST(other != token);
}

BOOST_AUTO_TEST_CASE(counts_for_its_own_context_only) {
    const auto mint = mint_of(key_a);
    const auto token = mint.mint("web");
    BOOST_TEST(mint.minted_here(token, "web"));
    for (const std::string other : {"admin", "we", "webb", "WEB", "", "web "}) {
        BOOST_TEST(!mint.minted_here(token, other), "context '" << other << "'");
    }
}

BOOST_AUTO_TEST_CASE(no_single_character_can_be_changed) {
    const auto mint = mint_of(key_a);
    const auto token = mint.mint("web");
    for (std::size_t at = 0; at < token.size(); ++at) {
        for (int byte = 0; byte < 256; ++byte) {
            auto changed = token;
            changed[at] = static_cast<char>(byte);
            BOOST_REQUIRE_EQUAL(mint.minted_here(changed, "web"), changed == token);
        }
    }
}

BOOST_AUTO_TEST_CASE(other_shapes_are_refused) {
    const auto mint = mint_of(key_a);
    const auto token = mint.mint("web");
    auto upper = token;
    for (auto& c : upper)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    for (const std::string& text :
         {std::string{}, token.substr(1), token.substr(0, 63), token + "A", token + "=", "\"" + token + "\"",
          " " + token, token + " ", upper, token + token, std::string(4096, 'A'), std::string(64, 'A')}) {
        BOOST_TEST(!mint.minted_here(text, "web"), "'" << text << "'");
    }
}

BOOST_AUTO_TEST_CASE(keys_are_replaced_without_ending_sessions) {
    const auto before = mint_of(key_a);
    const auto announced = mint_of(key_a + "\nverify " + key_b);
    const auto replaced = mint_of("mint " + key_b + "\nverify " + key_a.substr(5));
    const auto retired = mint_of("mint " + key_b);
    const auto old_token = before.mint("web");
    const auto new_token = replaced.mint("web");
    BOOST_TEST(announced.minted_here(old_token, "web"));
    BOOST_TEST(announced.minted_here(new_token, "web"));
    BOOST_TEST(replaced.minted_here(old_token, "web"));
    BOOST_TEST(!before.minted_here(new_token, "web"));
    BOOST_TEST(!retired.minted_here(old_token, "web"));
    BOOST_TEST(retired.minted_here(new_token, "web"));
}

BOOST_AUTO_TEST_CASE(the_stored_id_is_sha256_in_base64url) {
    // SHA-256("abc") from FIPS 180-2, appendix B.1, in base64url.
    BOOST_TEST(stored_id("abc") == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
}

BOOST_AUTO_TEST_CASE(uuids_are_version_4) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        const auto uuid = random_uuid();
        BOOST_REQUIRE_EQUAL(uuid.size(), 36U);
        BOOST_REQUIRE_EQUAL(uuid[14], '4');
        BOOST_REQUIRE(std::string("89ab").find(uuid[19]) != std::string::npos);
        BOOST_REQUIRE(seen.insert(uuid).second);
    }
}

BOOST_AUTO_TEST_CASE(a_mark_is_of_one_token_in_one_context_in_one_process) {
    const TokenMarker marker;
    const TokenMarker another;
    const std::string token(64, 'a');
    const auto mark = marker(token, "web");
    BOOST_TEST((mark == marker(token, "web")));
    BOOST_TEST((mark != marker(token, "admin")));
    BOOST_TEST((mark != another(token, "web")));
    for (std::size_t i = 0; i < token.size(); ++i) {
        auto other = token;
        other[i] = 'b';
        BOOST_TEST((mark != marker(other, "web")), i);
    }
    // What cannot be a token of ours has no mark.
    BOOST_TEST((marker(token + "a", "web") == TokenMark{}));
    BOOST_TEST((marker(token.substr(1), "aweb") == TokenMark{}));
}

BOOST_AUTO_TEST_CASE(a_sealed_token_is_opened_by_the_ring_alone_and_only_as_what_it_is) {
    const TokenSeal seal(KeyRing::parse(key_a, "ring"));
    const std::string older = "a session of the older system 0123456789";
    const auto sealed = seal.seal(older);
    BOOST_TEST(sealed.find(older) == std::string::npos);
    BOOST_TEST(sealed != seal.seal(older));
    BOOST_TEST((seal.open(sealed, stored_id(older)) == older));
    BOOST_TEST(!seal.open(sealed, stored_id("another")).has_value());
    for (std::size_t at = 0; at < sealed.size(); ++at) {
        auto changed = sealed;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        BOOST_TEST(!seal.open(changed, stored_id(older)).has_value());
        BOOST_TEST(!seal.open(std::string_view(sealed).substr(0, at), stored_id(older)).has_value());
    }
    for (const auto* const odd :
         {"", "=", "?", "AAAAA", "not sealed at all, but long enough to be something of the kind"})
        BOOST_TEST(!seal.open(odd, stored_id(older)).has_value());
    const auto next = TokenSeal(KeyRing::parse("mint " + key_b + "\nverify " + key_a.substr(5), "ring"));
    BOOST_TEST((next.open(sealed, stored_id(older)) == older)); // as long as the old key stays
    BOOST_TEST(!TokenSeal(KeyRing::parse("mint " + key_b, "ring")).open(sealed, stored_id(older)).has_value());
    BOOST_TEST((seal.open(seal.seal(""), stored_id("")) == ""));
}

BOOST_AUTO_TEST_SUITE_END()
