// SPDX-License-Identifier: Apache-2.0
// Goal: the users of any known old system are found in the way that people log in there, and everything can be read in
// parts, with every session that is alive all the while.
#include "legacy_suite.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace gatehouse::testing::legacy_users {
namespace {

std::string found(LegacyBench& old, const std::string& identifier) {
    auto user = old.need(old.store().find_user(identifier, LegacyBench::soon()));
    if (!user) user = old.need(old.store().find_user_in_any_case(identifier, LegacyBench::soon()));
    return user ? user->id : "";
}

LEGACY_CASE(a_user_is_found_by_what_people_log_in_with) {
    if (old.is_integer()) {
        for (const auto* phone :
             {"+7 (900) 123-45-67", "79001234567", "+79001234567", "8 900 123 45 67", "89001234567"})
            BOOST_TEST(found(old, phone) == old.anna(), phone);
        BOOST_TEST(found(old, "+7 900 765-43-21") == old.boris());
        BOOST_TEST(found(old, "+442079460958") == "100");
    } else {
        BOOST_TEST(found(old, "anna@example.org") == old.anna());
        BOOST_TEST(found(old, "boris@example.org") == old.boris()); // stands there as Boris@Example.org
        BOOST_TEST(!old.need(old.store().find_user("boris@example.org", LegacyBench::soon())));
    }
    for (const auto* nobody : {"", "@", "nobody@example.org", "'@'", "%@%", "12", "+7 900 123 45 68", "7900123456",
                               "anna", "+7 (900) 123-45-67; --", "\xff@x", "9001234567"})
        BOOST_TEST(found(old, nobody).empty(), nobody);
}

LEGACY_CASE(a_phone_number_that_two_have_is_nobodys) {
    if (old.is_integer()) {
        if (old.in_memory()) {
            old.put_user(500);
            BOOST_TEST(found(old, "+490000000500") == "500");
            return;
        }
        old.by_hand("INSERT INTO users (id, phone) VALUES (500, '79001234567')");
    }
    BOOST_TEST(found(old, "+79001234567").empty());
}

LEGACY_CASE(a_user_is_found_by_id_in_its_one_spelling) {
    const auto user = [&](const std::string& id) {
        const auto one = old.need(old.store().user(id, LegacyBench::soon()));
        return one ? one->id : "";
    };
    BOOST_TEST(user(old.boris()) == old.boris());
    for (const auto* nobody : {"", "x", "0", "99999999999999999999", "1 OR 1=1", "00000000-0000-4000-8000-00000000dead",
                               "9223372036854775807"})
        BOOST_TEST(user(nobody).empty(), nobody);
}

LEGACY_CASE(a_password_is_changed_if_it_is_still_the_old_one) {
    const auto change = [&](const std::string& id, const std::string& from, const std::string& to) {
        return old.wait(old.store().set_password(id, from, to, LegacyBench::soon()));
    };
    const auto before = old.hash_of(old.anna());
    BOOST_REQUIRE(change(old.anna(), before, "$2b$new").has_value());
    BOOST_TEST(old.hash_of(old.anna()) == "$2b$new");
    BOOST_TEST((change(old.anna(), before, "$2b$newer").error() == StoreError::conflict));
    BOOST_TEST((change("nobody", before, "$2b$newer").error() == StoreError::conflict));
    BOOST_TEST(old.hash_of(old.anna()) == "$2b$new");
    BOOST_TEST(old.hash_of(old.boris()) == before);
}

LEGACY_CASE(users_come_in_order_and_in_parts) {
    for (int i = 200; i < 209; ++i)
        old.put_user(i);
    std::vector<std::string> seen;
    for (;;) {
        const auto part = old.need(old.store().users(seen.empty() ? "" : seen.back(), 5, LegacyBench::soon()));
        if (part.empty()) break;
        BOOST_REQUIRE(part.size() <= 5);
        for (const auto& user : part)
            seen.push_back(user.id);
    }
    BOOST_TEST(seen.size() == 12);
    BOOST_TEST((std::set<std::string>(seen.begin(), seen.end()).size() == seen.size()));
    BOOST_TEST((std::ranges::find(seen, old.anna()) != seen.end()));
    const auto counts = old.need(old.store().counts(LegacyBench::soon()));
    BOOST_TEST(counts.users == 12);
}

/// Sessions of many users, of whom the last has more than fit into a part.
std::vector<std::string> populate(LegacyBench& old) {
    std::vector<std::string> tokens;
    const bool one_each = !old.has_rows() && old.has_tokens();
    for (int i = 0; i < 60; ++i) {
        const auto id =
            old.is_integer() ? std::to_string(200 + i / 3) : fmt::format("10000000-0000-4000-8000-{:012}", 200 + i / 3);
        if (i % 3 == 0) old.put_user(200 + i / 3);
        if (one_each && i % 3 != 0) continue;
        tokens.push_back(legacy_token(i));
        old.put_session(tokens.back(), id);
    }
    for (int i = 60; i < 80 && !one_each; ++i) {
        tokens.push_back(legacy_token(i));
        old.put_session(tokens.back(), old.anna());
    }
    return tokens;
}

LEGACY_CASE(everything_is_read_in_parts_while_sessions_come_and_go) {
    const auto tokens = populate(old);
    if (old.has_tokens()) old.put_token(old.boris(), legacy_token(90));
    std::set<std::string> seen;
    std::string after;
    int parts = 0;
    do {
        const auto page = old.need(old.store().sessions(after, 7, "web", LegacyBench::now(), LegacyBench::soon()));
        for (const auto& item : page.items) {
            seen.insert(item.token);
            BOOST_TEST(!item.session.user.id.empty());
        }
        BOOST_TEST(page.seen >= page.items.size());
        BOOST_TEST(page.unreadable == 0);
        after = page.next;
        BOOST_TEST(after.find("legacy") == std::string::npos); // no token is kept
        // Meanwhile another session comes, and the one before goes.
        if (old.has_rows() || old.has_keys()) {
            old.put_session(legacy_token(1000 + parts), old.boris());
            old.remove_session(legacy_token(1000 + parts - 1));
        }
        BOOST_REQUIRE(++parts < 500);
    } while (!after.empty());
    BOOST_TEST(parts > 2);
    for (const auto& token : tokens)
        BOOST_TEST(seen.contains(token), token);
    if (old.has_tokens()) BOOST_TEST(seen.contains(legacy_token(90)));
    BOOST_TEST(old.need(old.store().counts(LegacyBench::soon())).sessions >= tokens.size());
}

LEGACY_CASE(a_bulk_read_gives_what_find_finds) {
    const auto now = LegacyBench::now();
    old.put_session(legacy_token(1), old.anna());
    if (!old.layout().session_expires.empty() && old.has_rows()) {
        LegacyBench::Row over;
        over.expires_at = now;
        old.put_row(legacy_token(2), old.anna(), over);
    }
    if (old.has_keys()) old.put_key(legacy_token(3), old.anna(), now);
    std::size_t items = 0;
    for (const auto& page : old.read_all(100)) {
        for (const auto& item : page.items) {
            ++items;
            const auto one = old.find(item.token).session.value();
            BOOST_TEST(one.user.id == item.session.user.id);
            BOOST_TEST((one.place == item.session.place));
            BOOST_TEST((one.created_at == item.session.created_at));
            BOOST_TEST((one.expires_at == item.session.expires_at));
            BOOST_TEST((one.last_activity == item.session.last_activity));
        }
    }
    BOOST_TEST(items == 1);
    BOOST_TEST(old.wait(old.store().ping(LegacyBench::soon())).has_value());
}

} // namespace
} // namespace gatehouse::testing::legacy_users
