// SPDX-License-Identifier: Apache-2.0
// Goal: what may be stored is the same for every store, and migration files are read as they are meant.
#include "storage/admin/migration_files.h"
#include "storage/values.h"

#include <boost/test/unit_test.hpp>
#include <map>
#include <stdexcept>

using namespace gatehouse;

BOOST_AUTO_TEST_SUITE(sql_values)

BOOST_AUTO_TEST_CASE(uuids) {
    BOOST_TEST(is_uuid("0123abcd-4567-89ef-0123-456789abcdef"));
    for (const std::string text : {"", "0123ABCD-4567-89ef-0123-456789abcdef", "{123abcd-4567-89ef-0123-456789abcdef}",
                                   "0123abcd4567-89ef-0123-456789abcdef-", "0123abcd-4567-89ef-0123-456789abcde",
                                   "0123abcd-4567-89ef-0123-456789abcdef0", "0123abcg-4567-89ef-0123-456789abcdef",
                                   "------------------------------------"}) {
        BOOST_TEST(!is_uuid(text), text);
    }
}

BOOST_AUTO_TEST_CASE(text_is_well_formed) {
    for (const std::string text :
         {"", "plain", "é", "€", "😀", "\x7f", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
        BOOST_TEST(is_storable_text(text), text);
    }
    for (const auto& text : {std::string("a\0b", 3), std::string("\x80"), std::string("\xc0\x80"),
                             std::string("\xc1\xbf"), std::string("\xc3"), std::string("\xc3("),
                             std::string("\xe0\x9f\xbf"), std::string("\xed\xa0\x80"), std::string("\xe2\x82"),
                             std::string("\xe2\x82("), std::string("\xf0\x8f\xbf\xbf"), std::string("\xf4\x90\x80\x80"),
                             std::string("\xf5\x80\x80\x80"), std::string("\xff"), std::string("\xf0\x9f\x98")}) {
        BOOST_TEST(!is_storable_text(text));
        BOOST_TEST(!is_storable_text("before" + text));
        BOOST_TEST(!is_storable_text(text + "after"));
    }
}

BOOST_AUTO_TEST_CASE(addresses) {
    for (const auto& [given, stored] : {std::pair<std::string, std::string>{"192.0.2.1", "192.0.2.1"},
                                        {"2001:DB8::0:1", "2001:db8::1"},
                                        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
                                        {"fe80::1%1", ""},
                                        {"", ""},
                                        {"unix:", ""},
                                        {"192.0.2.1/24", ""},
                                        {"192.0.2", ""},
                                        {std::string("192.0.2.1\0", 10), ""}}) {
        BOOST_TEST(stored_address(given) == stored);
    }
}

BOOST_AUTO_TEST_CASE(embedded_migrations_are_numbered_without_gaps_in_both_dialects) {
    std::map<std::pair<sql::Backend, Database>, int> last;
    for (const auto& file : sql::embedded_migrations()) {
        BOOST_TEST((file.version == ++last[std::pair(file.backend, file.database)]));
        BOOST_TEST(sql::min_binary(file) <= file.version);
        BOOST_TEST(sql::checksum(file).size() == 64U);
    }
    BOOST_TEST(last.size() == 4U);
    for (const auto which : {Database::identity, Database::web}) {
        BOOST_TEST((last[std::pair(sql::Backend::postgresql, which)] == last[std::pair(sql::Backend::sqlite, which)]));
    }
}

BOOST_AUTO_TEST_CASE(min_binary_and_checksum_of_a_file) {
    sql::MigrationFile file{sql::Backend::sqlite, Database::web, 7, "x", "SELECT 1;\n"};
    BOOST_TEST(sql::min_binary(file) == 7);
    BOOST_TEST(sql::checksum(file) == "b4e0497804e46e0a0b0b8c31975b062152d551bac49c3c2e80932567b4085dcd");
    file.text = "-- a\n-- min_binary: 3\nSELECT 1;\n";
    BOOST_TEST(sql::min_binary(file) == 3);
    file.text = "-- min_binary: many\n";
    BOOST_CHECK_THROW((void)sql::min_binary(file), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(comments_go_and_strings_stay) {
    BOOST_TEST(sql::without_comments("-- a\nb -- c\n'--d' -- e\n'it''s --' f\n") == "\nb \n'--d' \n'it''s --' f\n");
}

BOOST_AUTO_TEST_SUITE_END()
