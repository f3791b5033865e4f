// SPDX-License-Identifier: Apache-2.0
// Goal: what the journal has taken is there after any crash; half a line is no promise and spoils nothing; nothing that
// SQL has not heard of is cleared.
#include "gateway/sessions/journal.h"

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace gatehouse;

namespace {

struct Scratch {
    Scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "gatehouse-XXXXXX").string();
        directory = ::mkdtemp(name.data());
    }
    ~Scratch() { std::filesystem::remove_all(directory); }

    void spoil(const std::string& text) const { std::ofstream(path(), std::ios::app | std::ios::binary) << text; }
    [[nodiscard]] std::string path() const { return directory + "/ended.journal"; }

    std::string directory;
};

PendingEnd end(int number) {
    const auto at = Instant{Millis{1'700'000'000'000 + number}};
    return {{{"web", std::string(42, 'A') + std::to_string(number)}, at + Seconds{3600}}, at};
}

std::vector<PendingEnd> kept(Journal& journal) {
    return journal.read().value().ends;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(journal, Scratch)

BOOST_AUTO_TEST_CASE(what_was_appended_is_read_again_by_the_next_life) {
    {
        Journal first(path());
        BOOST_TEST(kept(first).empty());
        BOOST_REQUIRE(first.append({end(1)}).has_value());
        BOOST_REQUIRE(first.append({end(2)}).has_value());
    }
    Journal second(path());
    BOOST_TEST((kept(second) == std::vector<PendingEnd>{end(1), end(2)}));
    namespace fs = std::filesystem;
    BOOST_TEST((fs::status(path()).permissions() == (fs::perms::owner_read | fs::perms::owner_write)));
}

BOOST_AUTO_TEST_CASE(half_a_line_is_left_out_wherever_it_was_cut_off) {
    Journal whole(path());
    BOOST_REQUIRE(whole.append({end(1)}).has_value());
    std::string line;
    {
        std::ifstream file(path());
        std::getline(file, line);
    }
    for (std::size_t cut = 1; cut <= line.size(); ++cut) {
        std::filesystem::remove(path());
        Journal journal(path());
        BOOST_REQUIRE(journal.append({end(2)}).has_value());
        spoil(line.substr(0, cut));
        BOOST_TEST((kept(journal) == std::vector<PendingEnd>{end(2)}), cut);
        // What comes after it is not spoilt.
        BOOST_REQUIRE(journal.append({end(3)}).has_value());
        const auto all = kept(journal);
        BOOST_TEST_REQUIRE(!all.empty());
        BOOST_TEST((all.back() == end(3)), cut);
    }
}

BOOST_AUTO_TEST_CASE(only_what_was_read_is_cleared) {
    Journal journal(path());
    BOOST_REQUIRE(journal.append({end(1)}).has_value());
    const auto read = journal.read().value();
    BOOST_REQUIRE(journal.append({end(2)}).has_value());
    BOOST_REQUIRE(journal.clear(read.bytes).has_value());
    BOOST_TEST((kept(journal) == std::vector<PendingEnd>{end(1), end(2)}));
    BOOST_REQUIRE(journal.clear(journal.read().value().bytes).has_value());
    BOOST_TEST(kept(journal).empty());
    BOOST_REQUIRE(journal.append({end(3)}).has_value());
    BOOST_TEST((kept(journal) == std::vector<PendingEnd>{end(3)}));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_written_is_said) {
    Journal nowhere(directory + "/missing/ended.journal");
    BOOST_TEST(!nowhere.append({end(1)}).has_value());
    BOOST_TEST(kept(nowhere).empty());
    BOOST_TEST(nowhere.clear(0).has_value());
    // A link is not followed: it may lead to somebody else's file.
    std::filesystem::create_symlink(directory + "/other", path());
    Journal link(path());
    BOOST_TEST(!link.append({end(1)}).has_value());
    BOOST_TEST(!std::filesystem::exists(directory + "/other"));
}

BOOST_AUTO_TEST_SUITE_END()
