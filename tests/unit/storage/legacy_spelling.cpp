// SPDX-License-Identifier: Apache-2.0
// Goal: an old system's ids, phone numbers and moments are understood in every spelling that it may have, and nothing
// else is taken for one; and no layout brings anything but names into SQL.
#include "storage/legacy/legacy_values.h"
#include "storage/legacy/presets.h"

#include <boost/test/unit_test.hpp>
#include <string>

namespace gatehouse::legacy {
namespace {

const Instant new_year{Millis(1'735'689'600'000)}; // 2025-01-01 00:00:00

BOOST_AUTO_TEST_SUITE(legacy_words)

BOOST_AUTO_TEST_CASE(moments_as_databases_show_them) {
    const auto read = [](const char* text) { return instant(text, InstantKind::timestamp); };
    for (const auto* text : {"2025-01-01 00:00:00", "2025-01-01T00:00:00Z", "2025-01-01 00:00:00+00",
                             "2025-01-01 00:00:00.000000", "2025-01-01 00:00:00.0+00:00"})
        BOOST_TEST((read(text) == new_year), text);
    BOOST_TEST((read("2025-01-01 00:00:01.5") == new_year + Millis{1500}));
    BOOST_TEST((read("2025-01-01 00:00:00.123456+00") == new_year + Millis{123}));
    BOOST_TEST((read("2025-01-01 00:00:00.05") == new_year + Millis{50}));
    BOOST_TEST((read("2024-02-29 23:59:59") == new_year - Seconds{306 * 86400 + 1}));
    for (const auto* text :
         {"", "now", "infinity", "2025-01-01", "2025-02-29 00:00:00", "2025-13-01 00:00:00", "2025-01-01 24:00:00",
          "2025-01-01 00:60:00", "2025-01-01 00:00:00+03", "2025-01-01 00:00:00.", "2025-01-01 00:00:00 ",
          "1735689600000", "-2025-01-01 00:00:00", "2025-01-01 00:00:00.1234567890", "20250-01-01 00:00:00"})
        BOOST_TEST(!read(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(moments_as_numbers) {
    BOOST_TEST((instant("1735689600", InstantKind::seconds) == new_year));
    BOOST_TEST((instant("1735689600000", InstantKind::milliseconds) == new_year));
    for (const auto* text : {"", "-1", "1e9", "1735689600.5", " 1", "99999999999999999999", "9223372036854775807"}) {
        BOOST_TEST(!instant(text, InstantKind::seconds).has_value(), text);
        BOOST_TEST(!instant(text, InstantKind::milliseconds).has_value(), text);
    }
}

BOOST_AUTO_TEST_CASE(moments_are_written_as_they_are_read) {
    const auto at = new_year + Millis{86'399'007};
    BOOST_TEST(instant_text(at, InstantKind::timestamp) == "2025-01-01 23:59:59.007000");
    BOOST_TEST(instant_text(at, InstantKind::seconds) == "1735775999");
    BOOST_TEST(instant_text(at, InstantKind::milliseconds) == "1735775999007");
    BOOST_TEST((instant(instant_text(at, InstantKind::timestamp), InstantKind::timestamp) == at));
}

BOOST_AUTO_TEST_CASE(ids_have_one_spelling) {
    BOOST_TEST(user_id("42", IdKind::integer).value() == "42");
    BOOST_TEST(user_id("-7", IdKind::integer).value() == "-7");
    BOOST_TEST(user_id("007", IdKind::integer).value() == "7");
    for (const auto* text : {"", "x", "1x", "+1", " 1", "1.0", "9223372036854775808"})
        BOOST_TEST(!user_id(text, IdKind::integer).has_value(), text);
    BOOST_TEST(user_id("6F9619FF-8B86-4D01-B42D-00CF4FC964FF", IdKind::uuid).value() ==
               "6f9619ff-8b86-4d01-b42d-00cf4fc964ff");
    BOOST_TEST(!user_id("6f9619ff8b864d01b42d00cf4fc964ff", IdKind::uuid).has_value());
    BOOST_TEST(user_id("cuid_x", IdKind::text).value() == "cuid_x");
    BOOST_TEST(!user_id("", IdKind::text).has_value());
    BOOST_TEST(!user_id(std::string("a\0", 2), IdKind::text).has_value());
    BOOST_TEST(comes_before("7", "42", IdKind::integer));
    BOOST_TEST(!comes_before("7", "42", IdKind::text));
}

BOOST_AUTO_TEST_CASE(phone_numbers_are_their_digits) {
    for (const auto* text : {"+7 (900) 123-45-67", "79001234567", "8 900 123 45 67", "8(900)123.45.67"})
        BOOST_TEST(phone_digits(text) == "79001234567", text);
    BOOST_TEST(phone_digits("+44 20 7946 0958") == "442079460958");
    BOOST_TEST(phone_digits("812345678") == "812345678"); // no trunk prefix: not eleven of them
    for (const auto* text : {"", "1234", "anna", "7900123456x", "1234567890123456", "+()", "7900\n1234567"})
        BOOST_TEST(phone_digits(text).empty(), text);
}

BOOST_AUTO_TEST_CASE(tokens_are_text_of_a_certain_size) {
    BOOST_TEST(is_token("x"));
    BOOST_TEST(is_token(std::string(512, 'x')));
    BOOST_TEST(!is_token(std::string(513, 'x')));
    for (const std::string& text : {std::string(), std::string("a\0b", 3), std::string("\xc3")})
        BOOST_TEST(!is_token(text));
    // RFC 6234: SHA-256("abc") = ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad
    BOOST_TEST(stored_id("abc") == "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
    BOOST_TEST(is_chosen({{stored_id("abc")}, false}, "abc"));
    BOOST_TEST(!is_chosen({{stored_id("abc")}, true}, "abc"));
    BOOST_TEST(is_chosen({{}, true}, "abc"));
}

BOOST_AUTO_TEST_CASE(every_preset_is_without_mistakes) {
    for (const auto name : preset_names) {
        const auto layout = preset(name);
        BOOST_REQUIRE(layout.has_value());
        BOOST_TEST(mistakes(*layout).empty(), name);
    }
    BOOST_TEST(!preset("").has_value());
}

BOOST_AUTO_TEST_CASE(a_name_is_nothing_but_a_name) {
    for (const auto* bad : {"x y", "x;", "x\"", "x]", "1x", "a.b.c", ".a", "a.", "x'--", "имя", "x\n",
                            "a23456789012345678901234567890123456789012345678901234567890abcd"}) {
        auto layout = preset("sessions").value();
        layout.user_token = bad;
        BOOST_TEST(mistakes(layout).size() == 1, bad);
        layout = preset("sessions").value();
        layout.users_table = bad;
        BOOST_TEST(mistakes(layout).size() == 1, bad);
    }
    auto layout = preset("sessions").value();
    layout.sessions_table = "auth.sessions";
    BOOST_TEST(mistakes(layout).empty());
    layout.session_token = "a.b"; // a column has no schema
    BOOST_TEST(mistakes(layout).size() == 1);
}

BOOST_AUTO_TEST_CASE(a_layout_needs_sessions_somewhere_and_a_way_to_log_in) {
    auto layout = preset("session-id").value();
    layout.user_token = "";
    BOOST_TEST(mistakes(layout).size() == 1);
    layout.redis_prefix = "session:";
    BOOST_TEST(mistakes(layout).empty());
    layout.user_email = "";
    BOOST_TEST(mistakes(layout).size() == 1);
    layout.user_phone = "phone";
    layout.redis_prefix = "a b";
    BOOST_TEST(mistakes(layout).size() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace gatehouse::legacy
