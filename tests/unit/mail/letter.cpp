// SPDX-License-Identifier: Apache-2.0
// Goal: a message is what RFC 5322 and MIME ask for, byte by byte, and no value of it can begin a header of its own.
#include "gateway/mail/letter.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using namespace gatehouse;
using namespace gatehouse::mail;

namespace {

const Cover cover{"0a1b", {"Acme", "no-reply@example.org"}, "ann@example.net", Instant(Millis{1'773'039'605'999})};

std::vector<std::string> lines_of(const std::string& bytes) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto end = bytes.find("\r\n", at);
        BOOST_REQUIRE(end != std::string::npos); // the last line has its end as well
        lines.push_back(bytes.substr(at, end - at));
        at = end + 2;
    }
    return lines;
}

/// What every message must be, whatever was written.
void check_shape(const std::string& bytes) {
    for (const auto& line : lines_of(bytes)) {
        BOOST_TEST(line.size() <= 78U);
        for (const char c : line)
            BOOST_TEST(((c >= 0x20 && c < 0x7F) || c == '\t'));
    }
}

std::string headers(const std::string& bytes) {
    return bytes.substr(0, bytes.find("\r\n\r\n"));
}

} // namespace

BOOST_AUTO_TEST_SUITE(mail_letter)

BOOST_AUTO_TEST_CASE(a_letter_with_text_alone) {
    const auto [bytes, problem] = write_message(cover, {"Hello", "One = 1\n\nTwo \n", ""});
    BOOST_TEST(problem == "");
    BOOST_TEST(bytes == "Date: Mon, 09 Mar 2026 07:00:05 +0000\r\n"
                        "From: \"Acme\"\r\n <no-reply@example.org>\r\n"
                        "To: <ann@example.net>\r\n"
                        "Subject: Hello\r\n"
                        "Message-ID:\r\n <0a1b@example.org>\r\n"
                        "Auto-Submitted: auto-generated\r\n"
                        "MIME-Version: 1.0\r\n"
                        "Content-Type: text/plain; charset=utf-8\r\n"
                        "Content-Transfer-Encoding: quoted-printable\r\n"
                        "\r\n"
                        "One =3D 1\r\n\r\nTwo=20\r\n");
}

BOOST_AUTO_TEST_CASE(a_letter_with_both_parts) {
    const auto [bytes, problem] = write_message(cover, {"Hello", "Text", "<p>Привіт</p>"});
    BOOST_TEST(problem == "");
    check_shape(bytes);
    BOOST_TEST(bytes.ends_with("Content-Type: multipart/alternative;\r\n boundary=\"=_0a1b\"\r\n"
                               "\r\n"
                               "--=_0a1b\r\n"
                               "Content-Type: text/plain; charset=utf-8\r\n"
                               "Content-Transfer-Encoding: quoted-printable\r\n"
                               "\r\n"
                               "Text\r\n"
                               "\r\n--=_0a1b\r\n"
                               "Content-Type: text/html; charset=utf-8\r\n"
                               "Content-Transfer-Encoding: base64\r\n"
                               "\r\n"
                               "PHA+0J/RgNC40LLRltGCPC9wPg0K\r\n"
                               "\r\n--=_0a1b--\r\n"));
}

BOOST_AUTO_TEST_CASE(no_line_of_quoted_printable_is_too_long) {
    for (std::size_t length = 60; length < 240; ++length) {
        for (const char* letter : {"a", "ä", " ", "=", "."}) {
            std::string text;
            while (text.size() < length)
                text += letter;
            const auto encoded = quoted_printable(text);
            for (const auto& line : lines_of(encoded))
                BOOST_TEST(line.size() <= 76U);
            BOOST_TEST(encoded.find(" \r\n") == std::string::npos);
        }
    }
    // A line that begins like the end of a message, or of a mailbox.
    BOOST_TEST(quoted_printable(".\nFrom x\r\ny\rz") == "=2E\r\n=46rom x\r\ny\r\nz\r\n");
    BOOST_TEST(quoted_printable("tab\t\nnul in the middle\x01") == "tab=09\r\nnul in the middle=01\r\n");
}

BOOST_AUTO_TEST_CASE(headers_of_other_alphabets_are_encoded_words) {
    BOOST_TEST(encoded_words("Привіт") == "=?UTF-8?B?0J/RgNC40LLRltGC?=");
    std::string many;
    for (int i = 0; i < 60; ++i)
        many += "ї";
    const auto [bytes, problem] = write_message({cover.id, {many, "a@b.org"}, cover.to, cover.date}, {many, "x", ""});
    BOOST_TEST(problem == "");
    check_shape(bytes);
    BOOST_TEST(bytes.find("Subject: =?UTF-8?B?") != std::string::npos);
    // A word ends between two characters: each one can be read alone.
    BOOST_TEST(bytes.find("?=\r\n =?UTF-8?B?") != std::string::npos);
    BOOST_TEST(encoded_words(std::string(41, 'a') + "ї").find("?=\r\n =?UTF-8?B?0Zc=?=") != std::string::npos);
    // What looks like an encoded word is encoded itself.
    BOOST_TEST(write_message(cover, {"=?UTF-8?Q?x?=", "x", ""}).bytes.find("Subject: =?UTF-8?B?") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_long_subject_is_folded) {
    const auto [bytes, problem] = write_message(cover, {std::string(400, 'x'), "x", ""});
    BOOST_TEST(problem == "");
    check_shape(bytes);
}

BOOST_AUTO_TEST_CASE(a_name_cannot_break_out_of_its_quotes) {
    const Cover odd{cover.id, {"A\" <evil@example.org>, \"B\\", "a@b.org"}, cover.to, cover.date};
    const auto [bytes, problem] = write_message(odd, {"x", "x", ""});
    BOOST_TEST(problem == "");
    BOOST_TEST(headers(bytes).find("evil") == std::string::npos); // it is base64 now
    check_shape(bytes);
}

BOOST_AUTO_TEST_CASE(nothing_begins_a_header_of_its_own) {
    for (const std::string& evil :
         {std::string("x\r\nBcc: e@example.org"), std::string("x\nBcc: e"), std::string("x\rBcc: e"),
          std::string("x\0y", 3), std::string("x\x7Fy"), std::string("x\xFFy"), std::string(501, 'x')}) {
        BOOST_TEST(write_message(cover, {evil, "x", "x"}).problem != "");
        BOOST_TEST(write_message(cover, {evil, "x", "x"}).bytes == "");
        auto other = cover;
        if (evil.size() < 500) {
            other.from.name = evil;
            BOOST_TEST(write_message(other, {"x", "x", ""}).problem != "");
        }
        other = cover;
        other.id = evil;
        BOOST_TEST(write_message(other, {"x", "x", ""}).problem != "");
    }
    for (const std::string evil : {"",
                                   "ann",
                                   "@example.org",
                                   "ann@",
                                   "ann@example.org\r\n",
                                   "a b@example.org",
                                   "ann@example.org>",
                                   "<ann@example.org",
                                   "ann@exa mple.org",
                                   "a@b@c",
                                   ".a@b",
                                   "a.@b",
                                   "a..b@c",
                                   "a@-b",
                                   "a@b-",
                                   "a@b..c",
                                   "\"a\"@b",
                                   "a@[127.0.0.1]",
                                   "ä@b.org",
                                   "a@b.org,c@d.org",
                                   "a@b.org NOTIFY=SUCCESS"}) {
        auto other = cover;
        other.to = evil;
        BOOST_TEST(write_message(other, {"x", "x", ""}).problem != "", evil);
        other = cover;
        other.from.address = evil;
        BOOST_TEST(write_message(other, {"x", "x", ""}).problem != "", evil);
    }
    BOOST_TEST(write_message(cover, {"x", "\xFF", ""}).problem != "");
    BOOST_TEST(write_message(cover, {"x", "x", std::string("a\0b", 3)}).problem != "");
}

BOOST_AUTO_TEST_CASE(dates) {
    BOOST_TEST(mail_date(Instant{}) == "Thu, 01 Jan 1970 00:00:00 +0000");
    BOOST_TEST(mail_date(Instant(Seconds{1'709'251'199})) == "Thu, 29 Feb 2024 23:59:59 +0000");
}

BOOST_AUTO_TEST_SUITE_END()
