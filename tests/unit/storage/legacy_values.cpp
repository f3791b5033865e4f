// SPDX-License-Identifier: Apache-2.0
// Goal: of what an old system has in Redis three fields are read, however the rest is nested, and of what is made to do
// harm none.
#include "storage/legacy/redis/value.h"
#include "storage/redis/session_value.h"

#include <boost/test/unit_test.hpp>
#include <random>
#include <string>

namespace gatehouse {
namespace {

using Kind = LegacyValue::Kind;
using legacy::IdKind;

const std::string user = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff";

LegacyValue read(const std::string& text, IdKind ids = IdKind::uuid) {
    return decode_legacy(text, ids);
}

std::string with(const std::string& more) {
    return R"({"user_id":")" + user + R"(","expires_at":1735689600000)" + more + "}";
}

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

BOOST_AUTO_TEST_SUITE(legacy_values)

BOOST_AUTO_TEST_CASE(three_fields_are_read) {
    const auto plain = read(with(""));
    BOOST_REQUIRE((plain.kind == Kind::good));
    BOOST_TEST(plain.key.value().user_id == user);
    BOOST_TEST((plain.key->expires_at == Instant(Millis(1'735'689'600'000))));
    BOOST_TEST(!plain.key->created_at.has_value());
    const auto dated = read(with(R"(,"created_at":1735600000000)"));
    BOOST_TEST((dated.key.value().created_at == Instant(Millis(1'735'600'000'000))));
    // A moment in words is not one that is compared with Date.now() there.
    BOOST_TEST(!read(with(R"(,"created_at":"2025-01-01T00:00:00Z")")).key.value().created_at.has_value());
    BOOST_TEST((read(R"({"user_id":42,"expires_at":1.5e12})", IdKind::integer).key.value().user_id == "42"));
    BOOST_TEST((read(R"({"user_id":"42","expires_at":1735689600000.25})", IdKind::integer).kind == Kind::good));
    BOOST_TEST((read("  " + with("") + "\n").kind == Kind::good));
}

BOOST_AUTO_TEST_CASE(whatever_else_stands_there_is_passed_over) {
    for (const std::string more :
         {R"(,"ip":"::1","roles":["a","b"],"metadata":{"user_id":"x","expires_at":0,"v":1},"x":null,"y":true)",
          R"(,"data":[{"user_id":"someone else"},[[[]]],{}],"":"","n":-1.5e300,"big":18446744073709551615)",
          R"(,"user_agent":"\"},{\u0000 \ud83d\ude00","user_idx":1)"}) {
        const auto value = read(with(more));
        BOOST_REQUIRE_MESSAGE((value.kind == Kind::good), more);
        BOOST_TEST(value.key.value().user_id == user);
    }
    BOOST_TEST((read(with(",\"a\":" + repeated("[", 30) + repeated("]", 30))).kind == Kind::good));
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_unreadable) {
    for (const std::string text : {"",
                                   "{}",
                                   "null",
                                   "[]",
                                   "1",
                                   "\"x\"",
                                   "{",
                                   "}",
                                   R"({"user_id":)",
                                   "a:2:{s:7:\"user_id\";i:1;}",
                                   "\x80\x04\x95.",
                                   "\x04\x08{",
                                   "s:abc.def",
                                   "eyJhbGciOiJub25lIn0.e30.",
                                   R"({"user_id":{"$ne":null},"expires_at":1})",
                                   R"({"user_id":["a"],"expires_at":1735689600000})",
                                   R"({"user_id":null,"expires_at":1735689600000})",
                                   R"({"user_id":true,"expires_at":1735689600000})",
                                   R"({"expires_at":1735689600000})",
                                   R"({"user_id":"nobody","expires_at":1735689600000})",
                                   R"({"__proto__":{"user_id":"x","expires_at":1}})"})
        BOOST_TEST((read(text).kind == Kind::unreadable), text);
    for (const std::string end : {"", "\"1735689600000\"", "null", "-1", "1e300", "NaN", "99999999999999999999", "{}"})
        BOOST_TEST((read(R"({"user_id":")" + user + R"(","expires_at":)" + end + "}").kind == Kind::unreadable), end);
    BOOST_TEST((read(with(",\"user_id\":\"" + user + "\"")).kind == Kind::unreadable)); // which of them?
    BOOST_TEST((read(with(",\"expires_at\":[]")).kind == Kind::unreadable));
    BOOST_TEST((read(with("") + "x").kind == Kind::unreadable));
    BOOST_TEST((read("[" + with("") + "]").kind == Kind::unreadable));
    BOOST_TEST((read(with(",\"a\":\"\xff\"")).kind == Kind::unreadable));
    BOOST_TEST((read(with(""), IdKind::integer).kind == Kind::unreadable));
}

BOOST_AUTO_TEST_CASE(size_and_depth_have_an_end) {
    BOOST_TEST((read(with(",\"a\":\"" + std::string(60'000, 'x') + "\"")).kind == Kind::good));
    BOOST_TEST((read(with(",\"a\":\"" + std::string(1024 * 1024, 'x') + "\"")).kind == Kind::unreadable));
    BOOST_TEST((read(with(",\"a\":" + repeated("[", 30'000) + repeated("]", 30'000))).kind == Kind::unreadable));
    BOOST_TEST((read(repeated("{\"a\":", 10'000)).kind == Kind::unreadable));
    BOOST_TEST((read(with(",\"" + std::string(60'000, 'k') + "\":1")).kind == Kind::good));
}

BOOST_AUTO_TEST_CASE(what_we_write_to_our_own_keys_is_ours) {
    const SessionKey key{"web", std::string(43, 'A')};
    const Session session{key, user, user, Instant(Millis(1)), Instant(Millis(2)), Instant(Millis(3)), false};
    const User account{user, "anna@example.org", "user", true, false, 1, {}};
    BOOST_TEST((read(encode_live(session, "run")).kind == Kind::ours));
    BOOST_TEST((read(encode_tombstone(key)).kind == Kind::ours));
    BOOST_TEST((read(encode_user(account, "web", Instant(Millis(1)), "run")).kind == Kind::ours));
}

BOOST_AUTO_TEST_CASE(what_is_written_can_be_read) {
    const Instant now(Millis(1'735'689'600'123));
    const LegacyLogin login{"token", user, "web", now, now + Seconds{60}, {}};
    BOOST_TEST(encode_legacy(login, IdKind::uuid) ==
               R"({"user_id":")" + user + R"(","expires_at":1735689660123,"created_at":1735689600123})");
    const auto value = read(encode_legacy(login, IdKind::uuid));
    BOOST_TEST((value.key.value().expires_at == now + Seconds{60}));
    auto other = login;
    other.user_id = "42";
    BOOST_TEST(encode_legacy(other, IdKind::integer).starts_with(R"({"user_id":42,)"));
}

BOOST_AUTO_TEST_CASE(no_mutation_of_a_value_is_more_than_unreadable_or_a_session) {
    std::mt19937 random(7); // the same every time
    const auto original = with(R"(,"metadata":{"a":[1,2,{"b":"\u00e9"}]},"created_at":1735600000000)");
    int good = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto text = original;
        for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
            text[random() % text.size()] = static_cast<char>(random() % 256);
        const auto value = read(text);
        good += value.kind == Kind::good ? 1 : 0;
        BOOST_REQUIRE((value.kind == Kind::good) == value.key.has_value());
    }
    BOOST_TEST(good > 0);
    BOOST_TEST(good < 20'000);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace gatehouse
