// SPDX-License-Identifier: Apache-2.0
// Goal: length is counted in code points and never cut, every byte counts, and long passwords that are put together
// from common pieces are refused, thousands of them, while ordinary passphrases are not.
#include "gateway/accounts/password_policy.h"
#include "gateway/accounts/common_passwords.h"
#include "tests/unit/accounts/repeat.h"

#include <boost/test/unit_test.hpp>
#include <set>

using namespace gatehouse;
using namespace std::string_literals;

namespace {

// Thirteen letters of no pattern, to reach any length with.
const std::string odd = "kvzjqmxwfhbdn";

std::u32string widen(std::string_view ascii) {
    return {ascii.begin(), ascii.end()};
}

} // namespace

namespace gatehouse {
std::ostream& operator<<(std::ostream& out, PasswordVerdict verdict) {
    return out << to_string(verdict);
}
} // namespace gatehouse

BOOST_AUTO_TEST_SUITE(password_policy)

BOOST_AUTO_TEST_CASE(length_and_bytes) {
    const auto long_one = repeat(odd, 10).substr(0, 100) + "quite different at last 0123"; // 128
    struct Row {
        std::string password;
        PasswordVerdict expected;
    };
    const std::string emoji = "\xf0\x9f\xa6\x8a";
    const Row rows[] = {
        {"", PasswordVerdict::too_short},
        {odd + "u", PasswordVerdict::too_short}, // 14
        {odd + "uy", PasswordVerdict::ok},       // 15
        {long_one, PasswordVerdict::ok},
        {long_one + "4", PasswordVerdict::too_long},
        {odd + emoji, PasswordVerdict::too_short}, // 14 code points, 17 bytes
        {odd + emoji + "\xc3\xa9", PasswordVerdict::ok},
        {repeat("\xf0\x9f\xa6\x8a\xf0\x9f\x90\xbb\xf0\x9f\x90\xa8\xf0\x9f\x90\xaf\xf0\x9f\xa6\x81", 25) + "abc",
         PasswordVerdict::ok}, // 503 bytes
        {repeat("\xf0\x9f\xa6\x8a\xf0\x9f\x90\xbb\xf0\x9f\x90\xa8\xf0\x9f\x90\xaf\xf0\x9f\xa6\x81", 26),
         PasswordVerdict::too_long},            // 520 bytes
        {" " + odd + " ", PasswordVerdict::ok}, // spaces count
        {odd + "\0x"s, PasswordVerdict::has_nul},
        {"\0"s, PasswordVerdict::has_nul},
        {odd + "uy\xff", PasswordVerdict::not_utf8},
        {odd + "uy\xed\xa0\x80", PasswordVerdict::not_utf8}, // a surrogate
        {odd + "uy\xc0\xaf", PasswordVerdict::not_utf8},     // overlong
        {odd + "uy\xf0\x9f\xa6", PasswordVerdict::not_utf8}, // cut
        {"\xd0\xbf\xd0\xbe\xd1\x85\xd0\xbe\xd0\xb4 \xd0\xba "
         "\xd0\xb7\xd0\xb5\xd0\xbb\xd1\x91\xd0\xbd\xd0\xbe\xd0\xbc\xd1\x83",
         PasswordVerdict::ok},
        {"correct mole antenna brisk", PasswordVerdict::ok},
        {"Tr4in late? Bring tea.", PasswordVerdict::ok},
        {"GatehouseDemo-Key-27!", PasswordVerdict::ok},
    };
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.password) {
            BOOST_TEST(check_password(row.password, 15, "") == row.expected);
        }
    }
    BOOST_TEST(check_password("kvzjqmxw", 8, "") == PasswordVerdict::ok);
    BOOST_TEST(check_password("sunshine", 8, "") == PasswordVerdict::too_common);
}

BOOST_AUTO_TEST_CASE(own_name) {
    struct Row {
        std::string password, email;
        PasswordVerdict expected;
    };
    const Row rows[] = {
        {"xK alice.smith 7q", "alice.smith@example.org", PasswordVerdict::contains_identifier},
        {"xKALICE.SMITHqq7vv", "alice.smith@example.org", PasswordVerdict::contains_identifier},
        {"alice.smith@example.org", "alice.smith@example.org", PasswordVerdict::contains_identifier},
        {"xq al@example.org zz", "al@example.org", PasswordVerdict::contains_identifier},
        {"tall walnut quirk", "al@example.org", PasswordVerdict::ok},
        {"xK alice.smyth 7q", "alice.smith@example.org", PasswordVerdict::ok},
        {"xK alice.smith 7q", "", PasswordVerdict::ok},
    };
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.password) {
            BOOST_TEST(check_password(row.password, 15, row.email) == row.expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(well_known_long_ones) {
    for (const auto* password :
         {"password1234567",
          "qwertyuiop12345",
          "123456789012345",
          "aaaaaaaaaaaaaaa",
          "iloveyouiloveyou",
          "P@ssw0rdP@ssw0rd",
          "Password123456!",
          "passwordpassword",
          "1qaz2wsx3edc4rfv",
          "qwertyuiopasdfgh",
          "abcdefghijklmno",
          "zyxwvutsrqponml",
          "abc123abc123abc",
          "111111111111111",
          "111222333111222",
          "0000000000000000",
          "987654321098765",
          "ababababababababa",
          "Welcome2024!!!!",
          "welcome-to-2024",
          "MyPassword12345",
          "my password is 123",
          "adminadminadmin",
          "administrator1!",
          "letmeinletmein1",
          "correcthorsebatterystaple",
          "Summer2023Summer",
          "summerwinter2024!",
          "trustno1trustno1",
          "monkey.dragon.123",
          "1q2w3e4r5t6y7u8i",
          "qazwsxedcrfvtgb",
          "!@#$%^&*()!@#$%",
          "passw0rd20231231",
          "michaeljessica1",
          "asdfghjkl;asdfgh",
          "thequickbrownfox",
          "               ",
          "!!!!!!!!!!!!!!!!",
          "\xd0\x9f\xd0\x90\xd0\xa0\xd0\x9e\xd0\x9b\xd0\xac\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c"
          "123",
          "\xd0\xb9\xd1\x86\xd1\x83\xd0\xba\xd0\xb5\xd0\xbd\xd0\xb3\xd1\x88\xd1\x89\xd0\xb7\xd1\x85\xd1\x8a"
          "123"}) {
        BOOST_TEST_CONTEXT(password) {
            BOOST_TEST(check_password(password, 15, "") == PasswordVerdict::too_common);
        }
    }
}

BOOST_AUTO_TEST_CASE(more_than_three_thousand) {
    std::set<std::u32string> refused;
    for (const auto word : common_password_words()) {
        for (const auto* tail : {"", "1", "12", "123", "1234", "12345", "123456", "1234567", "12345678", "123456789",
                                 "1!", "!", "2023", "2024", "2024!", "qwerty", "abc123"}) {
            for (const auto& base : {std::u32string(word), std::u32string(word) + std::u32string(word)}) {
                const auto password = base + widen(tail);
                if (password.size() < 15) continue;
                if (!is_common_password(password))
                    BOOST_ERROR("accepted: word " << std::string(word.begin(), word.end()) << tail);
                refused.insert(password);
            }
        }
    }
    BOOST_TEST(refused.size() > 3000U);
    BOOST_TEST(common_password_words().size() > 300U);
}

BOOST_AUTO_TEST_CASE(long_repetitions) {
    for (const auto& password :
         {repeat("1", 128), repeat("password1", 14), repeat("pa55", 32), repeat("0", 127) + "1", repeat("a", 512)}) {
        BOOST_TEST(check_password(password, 15, "somebody@example.org") != PasswordVerdict::ok);
    }
}

BOOST_AUTO_TEST_SUITE_END()
