// SPDX-License-Identifier: Apache-2.0
// Goal: whatever a value holds, a log line stays one line of JSON within its limits.
#include "gateway/log/line.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;
using namespace std::string_view_literals;

namespace {

std::string escaped(std::string_view value) {
    std::string out;
    log::append_escaped(out, value);
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_line)

BOOST_AUTO_TEST_CASE(a_line_has_time_level_event_and_fields) {
    const Instant at{std::chrono::sys_days(std::chrono::year(2026) / 3 / 9) + std::chrono::hours(7) + Millis(42)};
    BOOST_TEST(log::line(at, log::Level::info, "login", {{"user", "a@b"}, {"count", std::int64_t(-3)}, {"ok", true}}) ==
               "{\"time\":\"2026-03-09T07:00:00.042Z\",\"level\":\"info\",\"event\":\"login\",\"user\":\"a@b\","
               "\"count\":-3,\"ok\":true}\n");
}

BOOST_AUTO_TEST_CASE(every_level_has_its_name) {
    const auto has = [](log::Level level, std::string_view name) {
        return log::line(Instant{}, level, "x", {}).find(name) != std::string::npos;
    };
    BOOST_TEST(has(log::Level::debug, "\"debug\""));
    BOOST_TEST(has(log::Level::info, "\"info\""));
    BOOST_TEST(has(log::Level::warning, "\"warning\""));
    BOOST_TEST(has(log::Level::error, "\"error\""));
}

BOOST_AUTO_TEST_CASE(values_are_escaped) {
    const struct {
        std::string_view value, expected;
    } table[] = {
        {"", ""},
        {"plain text", "plain text"},
        {"Привет, 日本 🎉", "Привет, 日本 🎉"},
        {"a\"b\\c", "a\\\"b\\\\c"},
        {"\n{\"level\":\"info\"}", "\\u000a{\\\"level\\\":\\\"info\\\"}"},
        {"\r\t\b", "\\u000d\\u0009\\u0008"},
        {"a\0b"sv, "a\\u0000b"},
        {"\x1b[31mred", "\\u001b[31mred"},
        {"\x7f", "\\u007f"},
        {"\xc2\x9b", "\\u009b"},        // CSI as one character
        {"\xe2\x80\xa8", "\\u2028"},    // line separator
        {"\xe2\x80\xa9", "\\u2029"},    // paragraph separator
        {"\xe2\x80\xae", "\\u202e"},    // right-to-left override
        {"\xff\xfe", "\\\\xff\\\\xfe"}, // never UTF-8
        {"\xc0\xaf", "\\\\xc0\\\\xaf"}, // overlong
        {"\xe0\x80\x80", "\\\\xe0\\\\x80\\\\x80"},
        {"\xed\xa0\x80", "\\\\xed\\\\xa0\\\\x80"}, // surrogate
        {"\xf4\x90\x80\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80"},
        {"\xe2\x82", "\\\\xe2\\\\x82"}, // ends too early
        {"\xe2\x82z", "\\\\xe2\\\\x82z"},
        {"%n%s{}{0}", "%n%s{}{0}"},
    };
    for (const auto& row : table)
        BOOST_TEST(escaped(row.value) == row.expected);
}

BOOST_AUTO_TEST_CASE(values_are_cut_at_a_whole_character) {
    BOOST_TEST(escaped(std::string(512, 'a')) == std::string(512, 'a'));
    BOOST_TEST(escaped(std::string(513, 'a')).size() == 512u);
    BOOST_TEST(escaped(std::string(513, 'a')).ends_with("aa…"));
    const std::string escapes = escaped(std::string(1 << 20, '\x1b'));
    BOOST_TEST(escapes.size() <= log::max_value_bytes);
    BOOST_TEST(escapes.ends_with("\\u001b…"));
    std::string cyrillic = "a";
    for (int i = 0; i < 300; ++i)
        cyrillic += "ж";
    BOOST_TEST(escaped(cyrillic).ends_with("ж…"));
    BOOST_TEST(escaped(cyrillic).size() <= log::max_value_bytes);
}

BOOST_AUTO_TEST_CASE(lines_are_cut_at_a_whole_field) {
    const std::string junk(600, '\0');
    const log::Field f{"field", std::string_view(junk)};
    const std::string text = log::line(Instant{}, log::Level::info, junk, {f, f, f, f, f, f, f, f, f, f});
    BOOST_TEST(text.size() <= log::max_line_bytes);
    BOOST_TEST(text.size() > log::max_line_bytes - 600);
    BOOST_TEST(text.ends_with("…\",\"cut\":true}\n"));
    BOOST_TEST(std::count(text.begin(), text.end(), '\n') == 1);
}

BOOST_AUTO_TEST_SUITE_END()
