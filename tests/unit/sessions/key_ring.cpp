// SPDX-License-Identifier: Apache-2.0
// Goal: a key ring that is not exactly right is refused with a message that says where; one that others could read is
// refused too.
#include "gateway/sessions/key_ring.h"

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace gatehouse;

namespace {

const std::string key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

struct Folder {
    std::filesystem::path path;
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "gatehouse-ring-XXXXXX").string();
        BOOST_REQUIRE(mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() { std::filesystem::remove_all(path); }
    [[nodiscard]] std::string file(const std::string& name) const { return (path / name).string(); }
};

std::string complaint(const std::string& text) {
    try {
        KeyRing::parse(text, "ring");
    } catch (const KeyRingError& error) {
        return error.what();
    }
    return {};
}

} // namespace

BOOST_AUTO_TEST_SUITE(key_ring)

BOOST_AUTO_TEST_CASE(reads_keys_comments_and_blank_lines) {
    const auto ring = KeyRing::parse("# ours\r\n\n  mint\t" + key + "  \nverify " + key + "\n", "ring");
    BOOST_TEST(ring.keys_for("token").size() == 2U);
}

BOOST_AUTO_TEST_CASE(says_where_it_is_wrong) {
    struct Case {
        std::string text, says;
    };
    const Case cases[] = {
        {"", "no `mint` key"},
        {"verify " + key, "no `mint` key"},
        {"mint", "ring:1: the key is not 32 bytes"},
        {"mint ", "ring:1: the key is not 32 bytes"},
        {"mint " + key.substr(1), "ring:1: the key is not 32 bytes"},
        {"mint " + key + "A", "ring:1: the key is not 32 bytes"},
        {"mint " + key + "=", "ring:1: the key is not 32 bytes"},
        {"mint " + key + "\nmint " + key, "ring:2: a second `mint`"},
        {"\n\nsign " + key, "ring:3: expected `mint KEY` or `verify KEY`"},
        {key, "ring:1: expected"},
    };
    for (const auto& [text, says] : cases) {
        BOOST_TEST(complaint(text).find(says) != std::string::npos,
                   "'" << text << "' gave '" << complaint(text) << "'");
        BOOST_TEST(complaint(text).find(key) == std::string::npos, "a message showed a key");
    }
}

BOOST_AUTO_TEST_CASE(purposes_share_nothing) {
    const auto ring = KeyRing::parse("mint " + key, "ring");
    BOOST_TEST(ring.keys_for("token") == ring.keys_for("token"));
    BOOST_TEST(ring.keys_for("token") != ring.keys_for("csrf"));
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_made_once_and_only_if_allowed) {
    const Folder folder;
    const auto path = folder.file("keys");
    BOOST_CHECK_THROW(KeyRing::load(path, false), KeyRingError);
    BOOST_TEST(!std::filesystem::exists(path));
    const auto first = KeyRing::load(path, true);
    struct stat info {};
    BOOST_REQUIRE(stat(path.c_str(), &info) == 0);
    BOOST_TEST((info.st_mode & 0777U) == 0600U);
    BOOST_TEST(KeyRing::load(path, true).keys_for("token") == first.keys_for("token"));
    BOOST_TEST(std::distance(std::filesystem::directory_iterator(folder.path), {}) == 1);
}

BOOST_AUTO_TEST_CASE(a_file_that_everybody_can_read_is_refused) {
    const Folder folder;
    const auto path = folder.file("keys");
    std::ofstream(path) << KeyRing::new_line() << '\n';
    BOOST_REQUIRE(chmod(path.c_str(), 0644) == 0);
    BOOST_CHECK_THROW(KeyRing::load(path, false), KeyRingError);
    BOOST_REQUIRE(chmod(path.c_str(), 0640) == 0);
    BOOST_CHECK_NO_THROW(KeyRing::load(path, false));
}

BOOST_AUTO_TEST_CASE(what_is_no_file_is_refused) {
    const Folder folder;
    BOOST_CHECK_THROW(KeyRing::load(folder.path.string(), true), KeyRingError);
    BOOST_CHECK_THROW(KeyRing::load(folder.file("no/such/folder"), true), KeyRingError);
}

BOOST_AUTO_TEST_SUITE_END()
