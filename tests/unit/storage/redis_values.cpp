// SPDX-License-Identifier: Apache-2.0
// Goal: what we write into Redis comes back unchanged, and nothing else is believed, however near it comes.
#include "storage/redis/session_value.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>
#include <vector>

using namespace gatehouse;

namespace {

const Instant now{Seconds{1'800'000'000}};
const std::string run(40, 'f');
const std::string handle = "0a0b0c0d-0000-4000-8000-000000000001";
const std::string user_id = "0a0b0c0d-0000-4000-8000-000000000002";
// The same as a session's value has them.
const std::string short_handle = "CgsMDQAAQACAAAAAAAAAAQ";
const std::string short_user = "CgsMDQAAQACAAAAAAAAAAg";

Session some_session() {
    return {{"web", std::string(43, 'A')}, handle, user_id, now - Seconds{60}, now - Seconds{1},
            now + Seconds{3600},           true};
}

User some_user() {
    return {user_id,
            "ann@example.org",
            "admin",
            true,
            false,
            7,
            {{"orders.read", std::nullopt}, {"orders.write", now + Seconds{5}}}};
}

/// `text` with its first `from` replaced. The test is wrong if there is none.
std::string with(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, from);
    return text.replace(at, from.size(), to);
}

std::string live() {
    return encode_live(some_session(), run);
}
Belief session_belief(const std::string& text) {
    return decode_session(text, some_session().key, now).belief;
}
std::string user_text() {
    return encode_user(some_user(), "web", now, run);
}
Belief user_belief(const std::string& text) {
    return decode_user(text, {"web", user_id}, now).belief;
}

User somebody_from_elsewhere() {
    auto user = some_user();
    user.legacy_id = "42";
    user.phone = "+79001234567";
    return user;
}

} // namespace

namespace gatehouse {
std::ostream& boost_test_print_type(std::ostream& out, Belief belief) {
    return out << static_cast<int>(belief);
}
} // namespace gatehouse

BOOST_AUTO_TEST_SUITE(redis_values)

BOOST_AUTO_TEST_CASE(a_live_session_comes_back) {
    const auto value = decode_session(live(), some_session().key, now);
    BOOST_TEST(value.belief == Belief::good);
    BOOST_REQUIRE(value.live);
    BOOST_TEST((*value.live == some_session()));
    BOOST_TEST(value.run == run_mark(run));
    BOOST_TEST(live().starts_with(live_head(some_session(), run)));
    BOOST_TEST(live() == live_head(some_session(), run) + "1799999999000}");
}

BOOST_AUTO_TEST_CASE(a_session_is_short_enough_for_the_smaller_piece_of_memory) {
    // Redis keeps a value of up to 252 bytes in a piece of 256, and there may be a million of them.
    auto session = some_session();
    session.key.context = "a-long-context";
    session.remember = false;
    BOOST_TEST(encode_live(session, run).size() <= 252U);
}

BOOST_AUTO_TEST_CASE(a_tombstone_comes_back) {
    const auto text = encode_tombstone(some_session().key);
    const auto value = decode_session(text, some_session().key, now);
    BOOST_TEST(value.belief == Belief::good);
    BOOST_TEST(!value.live);
    // Later versions may add to it; an old worker must not take that for nothing.
    BOOST_TEST(session_belief(with(text, R"("v":1)", R"("v":2,"by":"admin")")) == Belief::good);
    BOOST_TEST(session_belief(with(text, R"("v":1)", R"("v":1,"by":"admin")")) == Belief::corrupt);
    BOOST_TEST(session_belief(with(text, R"("v":1)", R"("v":0)")) == Belief::corrupt);
    BOOST_TEST(session_belief(with(text, "AAA", "AAB")) == Belief::mismatched);
    BOOST_TEST(session_belief(with(text, "web", "admin")) == Belief::mismatched);
}

BOOST_AUTO_TEST_CASE(a_user_comes_back_without_ended_permissions) {
    const auto value = decode_user(user_text(), {"web", user_id}, now);
    BOOST_TEST(value.belief == Belief::good);
    BOOST_TEST((value.user == some_user()));
    BOOST_TEST((value.at == now));
    BOOST_TEST(value.run == run_mark(run));
    const auto later = decode_user(user_text(), {"web", user_id}, now + Seconds{5});
    BOOST_TEST(later.user.permissions.size() == 1U);
    BOOST_TEST(user_text().starts_with(R"({"v":1,"generation":7,)"));

    auto odd = some_user();
    odd.email = "\"ann\\\" <b>\"@exämple.org";
    odd.permissions = {{"a\"b", std::nullopt}};
    BOOST_TEST((decode_user(encode_user(odd, "web", now, run), {"web", user_id}, now).user == odd));
}

BOOST_AUTO_TEST_CASE(a_user_who_does_not_fit_is_never_fresh) {
    auto user = some_user();
    for (int i = 0; i < 2000; ++i)
        user.permissions.push_back({"permission." + std::to_string(i), std::nullopt});
    const auto value = decode_user(encode_user(user, "web", now, run), {"web", user_id}, now);
    BOOST_TEST(value.belief == Belief::good);
    BOOST_TEST((value.at == Instant{}));
    BOOST_TEST(value.user.generation == user.generation);
    BOOST_TEST(value.user.permissions.empty());
}

BOOST_AUTO_TEST_CASE(half_a_value_is_corrupt) {
    for (std::size_t size = 0; size < live().size(); ++size)
        BOOST_TEST(session_belief(live().substr(0, size)) == Belief::corrupt, size);
    for (std::size_t size = 0; size < user_text().size(); ++size)
        BOOST_TEST(user_belief(user_text().substr(0, size)) == Belief::corrupt, size);
}

BOOST_AUTO_TEST_CASE(what_is_not_a_record_is_corrupt) {
    std::string deep(100'000, '[');
    std::string wide = "{";
    for (int i = 0; i < 2000; ++i)
        wide += "\"" + std::to_string(i) + "\":1,";
    wide += "\"v\":1}";
    const std::vector<std::string> texts = {"",
                                            "{}",
                                            "[]",
                                            "null",
                                            "true",
                                            "0",
                                            "\"x\"",
                                            "x",
                                            "{",
                                            "}",
                                            "{{}}",
                                            "{\"v\"}",
                                            "{\"v\":1}",
                                            "[" + live() + "]",
                                            live() + live(),
                                            live() + " ",
                                            " " + live(),
                                            live() + std::string(1, '\0'),
                                            live() + "\n",
                                            "\xef\xbb\xbf" + live(),
                                            deep,
                                            "{\"v\":" + deep,
                                            wide,
                                            std::string(10 * 1024 * 1024, 'x'),
                                            "{\"v\":1,\"kind\":\"" + std::string(5000, 'x') + "\"}"};
    for (const auto& text : texts) {
        BOOST_TEST_CONTEXT(text.substr(0, 60)) {
            BOOST_TEST(session_belief(text) == Belief::corrupt);
            BOOST_TEST(user_belief(text) == Belief::corrupt);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_session_with_one_thing_wrong_is_corrupt) {
    const std::vector<std::pair<std::string, std::string>> changes = {
        {R"("v":1)", R"("v":0)"},
        {R"("v":1)", R"("v":2)"},
        {R"("v":1)", R"("v":999)"},
        {R"("v":1)", R"("v":"1")"},
        {R"("v":1,)", ""},
        {R"("v":1)", R"("v":1,"v":1)"},
        {R"("v":1)", R"("v":1,"new":1)"},
        {R"("v":1)", R"("v":{"a":1})"},
        {"live", "alive"},
        {"live", "Live"},
        {"\"live\"", "1"},
        {"\"live\"", "null"},
        {short_handle, "x"},
        {short_handle, ""},
        {short_handle, handle},
        {short_handle, short_handle + "A"},
        {short_handle, "CgsMDQAAQACAAAAAAAAAAR"}, // spare bits
        {"\"" + short_handle + "\"", "7"},
        {short_user, "1"},
        {short_user, user_id},
        {"\"" + short_user + "\"", "1"},
        {"\"" + short_user + "\"", "[\"" + short_user + "\"]"},
        {"\"u\":\"" + short_user + "\",", ""},
        {R"("c":)", R"("c":-)"},
        {R"("c":)", R"("c":+)"},
        {R"("c":)", R"("c": )"},
        {R"("c":)", R"("c":0)"},
        {"1799999940000", "1.5"},
        {"1799999940000", "1e3"},
        {"1799999940000", "\"never\""},
        {"1799999940000", "1800000005001"},
        {"1799999940000", "1800003600000"},
        {"1800003600000", "1799999940000"},
        {"1800003600000", "9223372036854775808"},
        {"1800003600000", "9223372036854775807"},
        {"1800003600000", "-1"},
        {"1800003600000", "253402300799001"},
        {"1799999999000", "1800000005001"},
        {"1799999999000", "-1"},
        {"1799999999000", "0x10"},
        {"1799999999000", "01"},
        {R"("r":true)", R"("r":1)"},
        {R"("r":true)", R"("r":"true")"},
        {R"("r":true)", R"("r":tru)"},
        {"\"run\":\"ffffffffffffffff\"", "\"run\":null"},
        {"AAAA", "\xff\xfe"},
        {"\"id\"", "\"i\\u0000d\""},
        {R"("context":"web")", R"("context":"web","context":"web")"},
        {R"("context":"web")", R"("context":"admin","context":"web")"},
        {",", ", "
              ",\"\":null,"},
        {"}", ",}"}};
    for (const auto& [from, to] : changes) {
        BOOST_TEST_CONTEXT(from << " -> " << to) {
            BOOST_TEST(session_belief(with(live(), from, to)) == Belief::corrupt);
        }
    }
    // Clocks of two hosts may differ a little.
    BOOST_TEST(session_belief(with(live(), "1799999999000", "1800000005000")) == Belief::good);
}

BOOST_AUTO_TEST_CASE(a_session_under_the_wrong_key_is_mismatched) {
    BOOST_TEST(session_belief(with(live(), "AAA", "AAB")) == Belief::mismatched);
    BOOST_TEST(session_belief(with(live(), "web", "admin")) == Belief::mismatched);
    BOOST_TEST(session_belief(with(live(), "AAA", "AAA\\u0000")) == Belief::corrupt); // we write no such id
}

BOOST_AUTO_TEST_CASE(a_user_with_one_thing_wrong_is_corrupt) {
    const std::vector<std::pair<std::string, std::string>> changes = {
        {R"("v":1)", R"("v":2)"},
        {"\"generation\":7", "\"generation\":-7"},
        {"\"generation\":7", "\"generation\":7.0"},
        {"\"generation\":7", "\"generation\":\"7\""},
        {"ann@", "ann\\n@"},
        {"ann@", "ann\\u0000@"},
        {"ann@", "\xc3(@"},
        {"ann@", std::string(400, 'a') + "@"},
        {"\"admin\"", "\"\""},
        {"\"admin\"", "\"a b\""},
        {"\"admin\"", "[\"admin\"]"},
        {"\"verified\":true", "\"verified\":1"},
        {"\"disabled\":false,", ""},
        {"\"disabled\":false", "\"disabled\":null"},
        {"orders.read", "orders read"},
        {"orders.read", ""},
        {"orders.read", "a\\r\\nb"},
        {"orders.read", "orders.write"},
        {"null", "\"never\""},
        {"null", "{}"},
        {"null", "1.5"},
        {"null", "-1"},
        {"\"permissions\":{", "\"permissions\":[{"},
        {"\"permissions\"", "\"rights\""},
        {"\"permissions\"", "\"email\":\"x\",\"permissions\""},
        {"\"permissions\"", "\"permissions\":null,\"permissions\""},
        {"\"permissions\"", "\"permissions\":{},\"permissions\""}};
    for (const auto& [from, to] : changes) {
        BOOST_TEST_CONTEXT(from << " -> " << to) {
            BOOST_TEST(user_belief(with(user_text(), from, to)) == Belief::corrupt);
        }
    }
    BOOST_TEST(user_belief(with(user_text(), user_id, handle)) == Belief::mismatched);
    BOOST_TEST(user_belief(with(user_text(), "\"web\"", "\"admin\"")) == Belief::mismatched);
    BOOST_TEST(user_belief(user_text()) == Belief::good);
}

BOOST_AUTO_TEST_CASE(what_an_older_system_knows_of_a_user_comes_back) {
    const auto user = somebody_from_elsewhere();
    const auto read = decode_user(encode_user(user, "web", now, run), {"web", user_id}, now);
    BOOST_TEST(read.belief == Belief::good);
    BOOST_TEST((read.user == user));
}

/// Gateways of earlier versions run beside: to them a member of an unknown name spoils the record, and a permission
/// that has ended is none.
BOOST_AUTO_TEST_CASE(what_an_older_system_knows_is_a_permission_that_has_ended_to_earlier_versions) {
    const auto text = encode_user(somebody_from_elsewhere(), "web", now, run);
    const auto same = with(with(text, ",\"legacy-id=42\":0", ""), ",\"phone=+79001234567\":0", "");
    BOOST_TEST(same == user_text());
    const auto read = decode_user(user_text(), {"web", user_id}, now); // one that such a gateway has written
    BOOST_TEST(read.user.legacy_id.empty());
    BOOST_TEST(read.user.phone.empty());
}

/// They end up in headers.
BOOST_AUTO_TEST_CASE(what_is_no_word_is_no_fact) {
    const auto text = encode_user(somebody_from_elsewhere(), "web", now, run);
    for (const auto* bad : {"4 2", "4\\r\\n2", "\xd0\x96", ""})
        BOOST_TEST(decode_user(with(text, "legacy-id=42", std::string("legacy-id=") + bad), {"web", user_id}, now)
                       .user.legacy_id.empty());
}

BOOST_AUTO_TEST_SUITE_END()
