// SPDX-License-Identifier: Apache-2.0
// Goal: a session of any known old system is found while it is alive there, with its user, and under no other
// circumstance; one that we write is one of its own; one that we end is over there too.
#include "legacy_suite.h"
#include "storage/legacy/legacy_values.h"
#include "tests/unit/hostile_tokens.h"

namespace gatehouse::testing::legacy_sessions {
namespace {

using Kind = LegacyAnswer::Kind;

const std::string password = "$2b$10$5afYHdihKCmMnk3w/MSsQuHZuayjP6pHDtl2JcS/hcQARQ8y/7I92";

LEGACY_CASE(a_live_session_is_found_with_its_user) {
    old.put_session(legacy_token(1), old.anna());
    const auto answer = old.find(legacy_token(1));
    BOOST_REQUIRE((answer.kind == Kind::live));
    BOOST_TEST(!answer.revoked);
    const auto& user = answer.session.value().user;
    BOOST_TEST(user.id == old.anna());
    BOOST_TEST(user.password_hash == password);
    if (old.is_integer()) {
        BOOST_TEST(user.phone == "+7 (900) 123-45-67");
        BOOST_TEST(user.email.empty());
        BOOST_TEST(!user.created_at.has_value());
        return;
    }
    BOOST_TEST(user.email == "anna@example.org");
    BOOST_TEST(user.phone.empty());
    BOOST_TEST(user.verified);
    BOOST_TEST(user.role == (old.layout().user_role.empty() ? "" : "admin"));
    BOOST_TEST((user.created_at == Instant(Millis(1'709'285'445'678))));
}

LEGACY_CASE(a_session_tells_its_times_where_they_are_kept) {
    old.put_session(legacy_token(1), old.anna());
    const auto session = old.find(legacy_token(1)).session.value();
    const auto now = LegacyBench::now();
    if (old.has_rows()) {
        BOOST_TEST((session.place == LegacyPlace::sessions));
        BOOST_TEST((session.created_at == now - Seconds{7200}));
        BOOST_TEST((session.last_activity == now - Seconds{60}));
        BOOST_TEST((session.expires_at.has_value() != old.layout().session_expires.empty()));
        if (session.expires_at) BOOST_TEST((session.expires_at == now + Seconds{3600}));
    } else if (old.has_tokens()) {
        BOOST_TEST((session.place == LegacyPlace::users));
        BOOST_TEST((session.created_at == now - Seconds{7200}));
        BOOST_TEST(!session.expires_at.has_value());
    } else {
        BOOST_TEST((session.place == LegacyPlace::redis));
        BOOST_TEST(!session.created_at.has_value());
        BOOST_TEST((session.expires_at == now + Seconds{3600}));
        BOOST_TEST((session.last_activity == now + Seconds{3600} - old.layout().lifetime));
    }
}

LEGACY_CASE(what_nobody_has_is_absent) {
    old.put_session(legacy_token(1), old.anna());
    const std::vector<std::string> hostile{"",
                                           "x",
                                           legacy_token(1) + " ",
                                           legacy_token(1) + std::string(1, '\0'),
                                           legacy_token(1).substr(0, 20),
                                           "' OR '1'='1",
                                           "\"; DROP TABLE users; --",
                                           "\\",
                                           "%",
                                           "*",
                                           "a*",
                                           ":token",
                                           "$1",
                                           "\xff\xfe",
                                           "\r\nFLUSHALL\r\n",
                                           std::string(256, 'x'),
                                           std::string(512, 'x'),
                                           std::string(1024 * 1024, 'x')};
    for (const auto& token : hostile)
        BOOST_TEST(old.is_absent(token), "a token of " << token.size() << " bytes");
    BOOST_TEST((old.find(legacy_token(1), "\xff").kind != Kind::ended));
    BOOST_TEST(old.is_live(legacy_token(1)));
}

LEGACY_CASE(whatever_is_asked_for_or_cleared_nobody_has_it) {
    const auto live = legacy_token(1);
    old.put_session(live, old.anna());
    HostileTokens hostile(live);
    for (int i = 0; i < 400; ++i) {
        const auto token = hostile.next();
        const auto found = old.find(token);
        BOOST_TEST((found.kind == Kind::absent), "number " << i << ": " << token.size() << " bytes");
        BOOST_TEST(!found.session.has_value());
        old.need(old.store().clear(token, LegacyBench::now(), LegacyBench::soon()));
    }
    BOOST_TEST(old.is_live(live));
}

LEGACY_CASE(what_is_over_is_ended) {
    const auto past = LegacyBench::now();
    if (!old.layout().session_expires.empty() && old.has_rows()) {
        LegacyBench::Row row;
        row.expires_at = past;
        old.put_row(legacy_token(1), old.anna(), row);
    } else if (old.has_keys()) {
        old.put_key(legacy_token(1), old.anna(), past);
    } else {
        old.put_session(legacy_token(1), old.anna()); // it has no end there
        BOOST_TEST(old.is_live(legacy_token(1)));
        return;
    }
    const auto answer = old.find(legacy_token(1));
    BOOST_TEST((answer.kind == Kind::ended));
    BOOST_TEST(!answer.revoked);
    BOOST_TEST(!answer.session.has_value());
}

LEGACY_CASE(a_logout_there_is_final_wherever_else_the_token_stands) {
    const bool marks = !old.layout().session_revoked.empty();
    if (marks) {
        LegacyBench::Row row;
        row.revoked = true;
        old.put_row(legacy_token(1), old.anna(), row);
        old.put_token(old.anna(), legacy_token(1));
        BOOST_TEST((old.find(legacy_token(1)).kind == Kind::ended));
        BOOST_TEST(old.find(legacy_token(1)).revoked);
        for (const auto& page : old.read_all(10))
            BOOST_TEST(page.items.empty());
    } else {
        old.put_session(legacy_token(1), old.anna());
        old.need(old.store().clear(legacy_token(1), LegacyBench::now(), LegacyBench::soon()));
        BOOST_TEST(!old.find(legacy_token(1)).revoked); // nothing is left that could say so
    }
}

LEGACY_CASE(a_session_of_one_context_is_worth_nothing_in_another) {
    old.put_session(legacy_token(1), old.anna());
    const bool kept_apart = !old.layout().session_context.empty();
    for (const std::string context : {"admin", "we", "", "web'--"})
        BOOST_TEST((old.find(legacy_token(1), context).kind == (kept_apart ? Kind::absent : Kind::live)));
    BOOST_TEST(old.is_live(legacy_token(1)));
}

LEGACY_CASE(a_session_whose_user_is_gone_is_absent) {
    if (old.has_keys()) {
        old.put_session(legacy_token(1), old.boris());
        old.remove_user(old.boris());
    } else {
        old.put_session(legacy_token(1), old.boris());
        if (old.has_rows()) old.remove_session(legacy_token(1)); // as a foreign key wants it
        old.remove_user(old.boris());
    }
    BOOST_TEST(old.is_absent(legacy_token(1)));
    BOOST_TEST(!old.need(old.store().user(old.boris(), LegacyBench::soon())).has_value());
}

LEGACY_CASE(a_token_in_the_users_row_is_found_if_one_user_has_it) {
    if (!old.has_tokens()) {
        BOOST_TEST(!old.is_live(legacy_token(9)));
        return;
    }
    old.put_token(old.anna(), legacy_token(9));
    BOOST_TEST((old.find(legacy_token(9)).session.value().place == LegacyPlace::users));
    old.put_token(old.boris(), legacy_token(9));
    BOOST_TEST(old.is_absent(legacy_token(9)));
    for (const auto& page : old.read_all(10))
        BOOST_TEST(page.items.empty());
}

LEGACY_CASE(what_is_written_is_found) {
    const auto written = old.write(legacy_token(2), old.anna());
    BOOST_REQUIRE_MESSAGE(written, old.last_failure());
    BOOST_TEST(written->token.empty());
    const auto session = old.find(legacy_token(2)).session.value();
    const auto now = LegacyBench::now();
    BOOST_TEST(session.user.id == old.anna());
    if (old.has_rows()) BOOST_TEST(old.row(legacy_token(2)) == "live");
    if (old.has_rows() || old.has_tokens()) BOOST_TEST((session.created_at == now));
    if (session.expires_at) BOOST_TEST((session.expires_at == now + Seconds{3600}));
    if (!old.layout().session_address.empty()) {
        BOOST_TEST(session.origin.address == "192.0.2.7");
        BOOST_TEST(session.origin.user_agent == "Mozilla/5.0");
    }
    if (!old.has_rows() && old.has_tokens()) BOOST_TEST(old.token_of(old.anna()) == legacy_token(2));
    if (old.has_keys()) BOOST_TEST(old.has_key(legacy_token(2)));
}

LEGACY_CASE(what_does_not_fit_is_not_written) {
    const auto nobody = old.is_integer() ? "999" : "00000000-0000-4000-8000-00000000dead";
    BOOST_TEST((old.write(legacy_token(2), nobody).error() == StoreError::refused));
    BOOST_TEST((old.write(legacy_token(2), "nobody").error() == StoreError::refused));
    BOOST_TEST((old.write("", old.anna()).error() == StoreError::refused));
    BOOST_TEST((old.write(std::string("a\0b", 3), old.anna()).error() == StoreError::refused));
    BOOST_TEST(old.is_absent(legacy_token(2)));
    old.put_session(legacy_token(3), old.boris());
    if (!old.has_rows() && !old.has_keys()) return;
    BOOST_TEST((old.write(legacy_token(3), old.anna()).error() == StoreError::conflict));
    BOOST_TEST(old.find(legacy_token(3)).session.value().user.id == old.boris());
}

LEGACY_CASE(where_there_is_one_session_per_user_the_last_login_stands) {
    const auto standing = [&] { return old.need(old.store().standing(old.anna(), LegacyBench::soon())); };
    BOOST_TEST(standing().empty());
    if (old.has_rows() || !old.has_tokens()) {
        BOOST_REQUIRE(old.write(legacy_token(1), old.anna()).has_value());
        BOOST_TEST(standing().empty());
        BOOST_REQUIRE(old.write(legacy_token(2), old.anna(), legacy_token(7)).has_value());
        BOOST_TEST(old.is_live(legacy_token(1)));
        return;
    }
    BOOST_TEST(old.write(legacy_token(1), old.anna(), "").value().token.empty());
    BOOST_TEST(standing() == legacy_token(1));
    BOOST_TEST(old.write(legacy_token(2), old.anna()).value().token == legacy_token(1));
    BOOST_TEST(old.is_absent(legacy_token(1)));
    BOOST_TEST((old.write(legacy_token(3), old.anna(), legacy_token(1)).error() == StoreError::conflict));
    BOOST_TEST(standing() == legacy_token(2));
    BOOST_TEST(old.write(legacy_token(3), old.anna(), legacy_token(2)).value().token == legacy_token(2));
    BOOST_TEST(standing() == legacy_token(3));
}

LEGACY_CASE(of_logins_at_the_same_time_one_comes_first) {
    const bool one_each = !old.has_rows() && old.has_tokens();
    std::vector<boost::asio::awaitable<Result<LegacyDisplaced>>> all;
    for (int i = 0; i < 8; ++i) {
        // Where there is one session per user, each with a token of its own; else all with the same.
        const LegacyLogin login{legacy_token(one_each ? i : 0),
                                i % 2 == 0 ? old.anna() : old.boris(),
                                "web",
                                LegacyBench::now(),
                                LegacyBench::now() + Seconds{3600},
                                {}};
        all.push_back(old.store().write(login, "", LegacyBench::soon()));
    }
    int written = 0;
    for (const auto& result : old.wait_all(std::move(all))) {
        written += result.has_value() ? 1 : 0;
        BOOST_TEST((result || result.error() == StoreError::conflict));
    }
    BOOST_TEST(written == (one_each ? 2 : 1)); // one for each of the two
}

LEGACY_CASE(what_is_used_lives_longer_and_nothing_else_of_it_changes) {
    const auto now = LegacyBench::now();
    const auto until = now + old.layout().lifetime;
    old.put_session(legacy_token(1), old.anna());
    old.put_session(legacy_token(2), old.boris());
    const auto before = old.find(legacy_token(1)).session.value();
    const auto other = old.find(legacy_token(2)).session.value();
    for (const auto& token : {legacy_token(1), legacy_token(9), std::string{}, std::string("'; --")})
        old.need(old.store().extend(token, now, until, LegacyBench::soon()));
    const auto used = old.find(legacy_token(1)).session.value();
    BOOST_TEST(used.user.id == old.anna());
    BOOST_TEST((used.created_at == before.created_at));
    BOOST_TEST((used.expires_at == (before.expires_at ? std::optional(until) : std::nullopt)));
    if (old.has_rows() || old.has_keys()) BOOST_TEST((used.last_activity == now));
    BOOST_TEST((old.find(legacy_token(2)).session.value().expires_at == other.expires_at));
    BOOST_TEST(old.is_absent(legacy_token(9)));
}

LEGACY_CASE(what_was_ended_there_is_not_prolonged) {
    const bool marks = old.has_rows() && !old.layout().session_revoked.empty();
    LegacyBench::Row row;
    row.revoked = true;
    if (marks) old.put_row(legacy_token(1), old.anna(), row); // elsewhere, what has ended is not there
    const auto now = LegacyBench::now();
    old.need(old.store().extend(legacy_token(1), now, now + std::chrono::hours(24), LegacyBench::soon()));
    BOOST_TEST(old.find(legacy_token(1)).revoked == marks);
    BOOST_TEST(!old.is_live(legacy_token(1)));
}

LEGACY_CASE(what_stands_in_a_users_row_is_told) {
    const auto standing = [&](const std::string& user) {
        return old.wait(old.store().user_token(user, LegacyBench::soon()));
    };
    if (!old.has_tokens()) {
        BOOST_TEST((standing(old.anna()).error() == StoreError::refused));
        return;
    }
    BOOST_TEST((standing(old.anna()).value() == std::optional<std::string>("")));
    old.put_token(old.anna(), legacy_token(1));
    BOOST_TEST((standing(old.anna()).value() == legacy_token(1)));
    BOOST_TEST((standing(old.boris()).value() == std::optional<std::string>("")));
    old.remove_user(old.boris());
    BOOST_TEST(!standing(old.boris()).value().has_value());
    BOOST_TEST(!standing("no id of anybody").value().has_value());
}

LEGACY_CASE(what_is_cleared_is_over_and_nothing_else_is) {
    old.put_session(legacy_token(1), old.anna());
    old.put_session(legacy_token(2), old.boris());
    for (int again = 0; again < 2; ++again)
        old.need(old.store().clear(legacy_token(1), LegacyBench::now(), LegacyBench::soon()));
    BOOST_TEST(!old.is_live(legacy_token(1)));
    BOOST_TEST(old.is_live(legacy_token(2)));
    const bool marks = !old.layout().session_revoked.empty();
    if (old.has_rows()) BOOST_TEST(old.row(legacy_token(1)) == (marks ? "revoked" : "absent"));
    if (old.has_keys()) BOOST_TEST(!old.has_key(legacy_token(1)));
    old.need(old.store().clear(std::string("a\0b", 3), LegacyBench::now(), LegacyBench::soon()));
    old.need(old.store().clear("*", LegacyBench::now(), LegacyBench::soon()));
    BOOST_TEST(old.is_live(legacy_token(2)));
}

LEGACY_CASE(a_users_token_is_cleared_only_if_it_is_this_one_and_never_if_it_stays) {
    if (!old.has_tokens()) {
        BOOST_TEST(old.need(old.store().standing(old.anna(), LegacyBench::soon())).empty());
        return;
    }
    old.put_token(old.anna(), legacy_token(1));
    old.need(old.store().clear(legacy_token(5), LegacyBench::now(), LegacyBench::soon()));
    BOOST_TEST(old.token_of(old.anna()) == legacy_token(1));
    old.need(old.store().clear(legacy_token(1), LegacyBench::now(), LegacyBench::soon()));
    BOOST_TEST(old.token_of(old.anna()) == (old.layout().user_token_stays ? legacy_token(1) : ""));
}

LEGACY_CASE(sessions_of_a_user_are_ended_by_their_stored_ids) {
    for (int i = 1; i <= 3; ++i) {
        if (old.has_rows()) old.put_row(legacy_token(i), old.anna(), {});
    }
    old.put_session(legacy_token(4), old.boris());
    if (old.has_tokens()) old.put_token(old.anna(), legacy_token(5));
    const auto clear = [&](std::vector<int> numbers, bool all_but) {
        LegacySelection which;
        for (const int number : numbers)
            which.ids.push_back(legacy::stored_id(legacy_token(number)));
        which.all_but = all_but;
        old.need(old.store().clear_of(old.anna(), which, LegacyBench::now(), LegacyBench::soon()));
    };
    clear({1, 4}, false);
    if (old.has_rows()) BOOST_TEST((!old.is_live(legacy_token(1)) && old.is_live(legacy_token(2))));
    if (old.has_tokens()) BOOST_TEST(old.is_live(legacy_token(5)));
    clear({3}, true);
    if (old.has_rows()) BOOST_TEST((!old.is_live(legacy_token(2)) && old.is_live(legacy_token(3))));
    if (old.has_tokens()) BOOST_TEST(old.is_live(legacy_token(5)) == old.layout().user_token_stays);
    clear({}, true);
    if (old.has_rows()) BOOST_TEST(!old.is_live(legacy_token(3)));
    BOOST_TEST(old.is_live(legacy_token(4))); // another's
}

} // namespace
} // namespace gatehouse::testing::legacy_sessions
