// SPDX-License-Identifier: Apache-2.0
// Goal: no stored hash is acted on before its parameters were read strictly and found affordable.
#include "gateway/accounts/stored_hash.h"
#include "tests/unit/accounts/repeat.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;
using Scheme = StoredHash::Scheme;

namespace {

const std::string salt = "c29tc2FsdHNvbWVzYWx0MA";                        // 16 bytes
const std::string digest = "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"; // 32 bytes
const std::string bcrypt_tail = "abcdefghijklmnopqrstuu5oVUgMTPxN/bv5gXzEWEEOvoSw4Z0.O";

std::string argon2id(const std::string& parameters, const std::string& s = salt, const std::string& d = digest) {
    return "$argon2id$v=19$" + parameters + "$" + s + "$" + d;
}

} // namespace

BOOST_AUTO_TEST_SUITE(stored_hash)

BOOST_AUTO_TEST_CASE(readable) {
    BOOST_TEST((read_stored_hash(argon2id("m=19456,t=2,p=1")) ==
                StoredHash{.scheme = Scheme::argon2id, .memory_kib = 19456, .passes = 2, .lanes = 1}));
    BOOST_TEST((read_stored_hash(argon2id("m=262144,t=10,p=4")).scheme == Scheme::argon2id));
    BOOST_TEST((read_stored_hash(argon2id("m=8,t=1,p=1")).scheme == Scheme::argon2id));
    for (const std::string prefix : {"$2a$04$", "$2b$10$", "$2y$14$"}) {
        BOOST_TEST((read_stored_hash(prefix + bcrypt_tail).scheme == Scheme::bcrypt));
    }
    BOOST_TEST(read_stored_hash("$2y$12$" + bcrypt_tail).cost == 12U);
}

BOOST_AUTO_TEST_CASE(beyond_the_caps) {
    for (const auto* parameters :
         {"m=4194304,t=2,p=1", "m=262145,t=1,p=1", "m=65536,t=11,p=1", "m=65536,t=1000000,p=1", "m=65536,t=1,p=5",
          "m=4294967295,t=1,p=16777215", "m=4294967296,t=1,p=1", "m=9999999999,t=9999999999,p=1"}) {
        BOOST_TEST_CONTEXT(parameters) {
            BOOST_TEST((read_stored_hash(argon2id(parameters)).scheme == Scheme::too_costly));
        }
    }
    for (const std::string prefix : {"$2y$15$", "$2y$31$", "$2a$20$"}) {
        BOOST_TEST((read_stored_hash(prefix + bcrypt_tail).scheme == Scheme::too_costly));
    }
}

BOOST_AUTO_TEST_CASE(unreadable) {
    const std::string good = argon2id("m=19456,t=2,p=1");
    const std::string bad[] = {
        "",
        "*",
        "!",
        "x",
        "password",
        "$",
        "$$$$",
        "$2y$",
        "$argon2id$",
        "$1$salt$qJH7.N4xYta3aEG/dfqo/0",
        "$5$rounds=999999999$salt$x",
        "$6$salt$x",
        "$7$C6..../....SodiumChloride$x",
        "$y$j9T$salt$x",
        "$pbkdf2-sha256$1000000000$c2FsdA$c2FsdA",
        "pbkdf2_sha256$1000000000$salt$hash",
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "$argon2d$v=19$m=8,t=1,p=1$" + salt + "$" + digest,
        "$argon2i$v=19$m=8,t=3,p=1$" + salt + "$" + digest,
        "$argon2id$v=16$m=8,t=1,p=1$" + salt + "$" + digest,
        "$argon2id$m=8,t=1,p=1$" + salt + "$" + digest,
        argon2id("m=0,t=1,p=1"),
        argon2id("m=7,t=1,p=1"),
        argon2id("m=8,t=0,p=1"),
        argon2id("m=8,t=1,p=0"),
        argon2id("m=8,t=1,p=2"),
        argon2id("m=-8,t=1,p=1"),
        argon2id("m=+8,t=1,p=1"),
        argon2id("m= 8,t=1,p=1"),
        argon2id("m=08,t=1,p=1"),
        argon2id("m=0x8,t=1,p=1"),
        argon2id("m=8,p=1,t=1"),
        argon2id("m=8,t=1"),
        argon2id("m=8,t=1,p=1,keyid=x"),
        argon2id("m=99999999999,t=1,p=1"),
        argon2id("m=,t=1,p=1"),
        argon2id(""),
        argon2id("m=8,t=1,p=1", ""),
        argon2id("m=8,t=1,p=1", "c29t"),
        argon2id("m=8,t=1,p=1", repeat("A", 65536)),
        argon2id("m=8,t=1,p=1", salt, ""),
        argon2id("m=8,t=1,p=1", salt, "c29t"),
        argon2id("m=8,t=1,p=1", salt, repeat("A", 88)),
        argon2id("m=8,t=1,p=1", "!29tc2FsdHNvbWVzYWx0MA"),
        argon2id("m=8,t=1,p=1", salt + "="),
        argon2id("m=8,t=1,p=1", salt + "AAA"),
        argon2id("m=8,t=1,p=1", "c29tc2FsdHNvbWVzYWx0MB"), // bits of the last character that belong to no byte
        good + "$",
        good + " ",
        good + "\n",
        " " + good,
        good.substr(0, 40),
        good + std::string(1, '\0'),
        "$2y$10$" + bcrypt_tail.substr(1),
        "$2y$10$" + bcrypt_tail + "a",
        "$2y$03$" + bcrypt_tail,
        "$2y$00$" + bcrypt_tail,
        "$2y$32$" + bcrypt_tail,
        "$2y$99$" + bcrypt_tail,
        "$2y$1a$" + bcrypt_tail,
        "$2y$+4$" + bcrypt_tail,
        "$2x$10$" + bcrypt_tail,
        "$2$10$a" + bcrypt_tail,
        "$2y$10" + bcrypt_tail + "$",
        "$2y$10$" + bcrypt_tail.substr(1) + "+",
        "$2y$10$" + bcrypt_tail.substr(1) + std::string(1, '\0'),
    };
    for (const auto& text : bad) {
        BOOST_TEST_CONTEXT(text.substr(0, 80)) {
            BOOST_TEST((read_stored_hash(text) == StoredHash{} || read_stored_hash(text).scheme == Scheme::unreadable));
        }
    }
}

// One damaged byte is noticed by the reader or leaves a hash of the same schemes within the caps: never a crash.
BOOST_AUTO_TEST_CASE(every_damaged_byte) {
    std::vector<std::string> too_costly;
    std::vector<std::size_t> cut_short;
    for (const std::string& good : {argon2id("m=19456,t=2,p=1"), "$2y$10$" + bcrypt_tail}) {
        for (std::size_t i = 0; i < good.size(); ++i) {
            for (int byte = 0; byte < 256; ++byte) {
                auto text = good;
                text[i] = static_cast<char>(byte);
                const auto hash = read_stored_hash(text);
                if (hash.scheme != Scheme::argon2id) continue;
                if (hash.memory_kib > max_argon2_memory_kib || hash.passes > max_argon2_passes)
                    too_costly.push_back(text);
            }
            if (read_stored_hash(std::string_view(good).substr(0, i)).scheme == Scheme::bcrypt) cut_short.push_back(i);
        }
    }
    BOOST_TEST(too_costly == std::vector<std::string>{}, boost::test_tools::per_element());
    BOOST_TEST(cut_short == std::vector<std::size_t>{}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
