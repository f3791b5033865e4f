// SPDX-License-Identifier: Apache-2.0
// Goal: every store of users keeps what storage/user_store.h promises, whatever is put into its fields.
#include "identity_suite.h"

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>

namespace gatehouse::testing::identity_users {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

Account account_of(Identity& identity, const std::string& id) {
    return identity.need(identity.users().find(id, Identity::soon())).value();
}

bool is_revoked(Identity& identity, const SessionKey& key) {
    return identity.need(identity.sessions().find(key, Identity::soon())).value().revoked;
}

IDENTITY_CASE(an_account_is_found_as_it_was_created) {
    const NewAccount made{new_uuid(), "anna@example.org",         "$argon2id$v=19$…", "admin",
                          true,       Identity::now() + Millis{7}};
    identity.need(identity.users().create(made, Identity::soon()));
    for (const auto& found : {identity.need(identity.users().find(made.id, Identity::soon())),
                              identity.need(identity.users().find_by_email(made.email, Identity::soon()))}) {
        BOOST_REQUIRE(found);
        BOOST_TEST(found->id == made.id);
        BOOST_TEST(found->email == made.email);
        BOOST_TEST(found->password_hash == made.password_hash);
        BOOST_TEST(found->role == "admin");
        BOOST_TEST(found->verified);
        BOOST_TEST(!found->disabled);
        BOOST_TEST((found->created_at == made.created_at));
        BOOST_TEST(!found->last_login_at);
        BOOST_TEST(found->generation > 0);
    }
}

IDENTITY_CASE(an_account_may_have_no_password) {
    const NewAccount made{new_uuid(), "anna@example.org", "", "user", false, Identity::now()};
    identity.need(identity.users().create(made, Identity::soon()));
    BOOST_TEST(account_of(identity, made.id).password_hash.empty());
    identity.need(identity.users().replace_hash(made.id, "", "new", Identity::soon()));
    const auto hash = account_of(identity, made.id).password_hash;
    BOOST_TEST(hash.empty()); // there was no hash to replace: nobody gets a password this way
}

IDENTITY_CASE(unknown_users_are_absent) {
    identity.add_user("anna");
    BOOST_TEST(!identity.need(identity.users().find(new_uuid(), Identity::soon())));
    BOOST_TEST(!identity.need(identity.users().find("not a uuid", Identity::soon())));
    BOOST_TEST(!identity.need(identity.users().find_by_email("boris@example.org", Identity::soon())));
    BOOST_TEST(!identity.need(identity.users().find_by_email("", Identity::soon())));
    BOOST_TEST(!identity.need(identity.users().find_in_context(new_uuid(), "web", Identity::now(), Identity::soon())));
    BOOST_TEST(!identity.need(identity.users().find_in_context("", "web", Identity::now(), Identity::soon())));
}

IDENTITY_CASE(an_address_or_an_id_is_taken_once) {
    const auto anna = identity.add_user("anna");
    const NewAccount same_address{new_uuid(), anna.email, "other", "user", false, Identity::now()};
    const NewAccount same_id{anna.id, "boris@example.org", "other", "user", false, Identity::now()};
    for (const auto& taken : {same_address, same_id}) {
        BOOST_TEST((identity.wait(identity.users().create(taken, Identity::soon())).error() == StoreError::conflict));
    }
    BOOST_TEST(account_of(identity, anna.id).password_hash == anna.password_hash);
    identity.add_user("boris"); // the connections work on
}

IDENTITY_CASE(accounts_that_cannot_be_kept_are_refused) {
    const std::string long_text(256, 'a');
    const std::vector<NewAccount> bad{{"no uuid", "a@x", "h", "user", false, Identity::now()},
                                      {"", "b@x", "h", "user", false, Identity::now()},
                                      {new_uuid(), long_text, "h", "user", false, Identity::now()},
                                      {new_uuid(), "c@x", "h", "", false, Identity::now()},
                                      {new_uuid(), std::string("d\0@x", 4), "h", "user", false, Identity::now()},
                                      {new_uuid(), "e@\xff", "h", "user", false, Identity::now()},
                                      {new_uuid(), "f@x", "\xc0'", "user", false, Identity::now()}};
    for (const auto& account : bad) {
        BOOST_TEST_CONTEXT(account.email) {
            BOOST_TEST(
                (identity.wait(identity.users().create(account, Identity::soon())).error() == StoreError::refused));
        }
    }
    BOOST_TEST(identity.need(identity.users().list("", 10, Identity::soon())).empty());
}

IDENTITY_CASE(accounts_are_listed_by_address_page_by_page) {
    std::vector<std::string> names{"b", "a", "c.d", "c-d", "cd", "é", "0"};
    for (const auto& name : names)
        identity.add_user(name);
    std::ranges::sort(names, {}, [](const std::string& name) { return name + "@example.org"; }); // by bytes
    std::vector<std::string> seen;
    std::string after;
    for (;;) {
        const auto page = identity.need(identity.users().list(after, 3, Identity::soon()));
        BOOST_TEST(page.size() <= 3U);
        if (page.empty()) break;
        for (const auto& one : page)
            seen.push_back(one.email.substr(0, one.email.find('@')));
        after = page.back().email;
    }
    BOOST_TEST(seen == names, boost::test_tools::per_element());
    BOOST_TEST(identity.need(identity.users().list("", 0, Identity::soon())).empty());
}

IDENTITY_CASE(a_new_password_ends_the_other_sessions) {
    const auto anna = identity.add_user("anna");
    const auto kept = identity.log_in(anna);
    const auto other = identity.log_in(anna, "admin");
    const auto stranger = identity.log_in(identity.add_user("boris"));
    const auto change = identity.need(identity.users().set_password(anna.id, "new", {anna.generation, {}}, kept.key,
                                                                    Identity::now(), Identity::soon()));
    BOOST_TEST(change.found);
    BOOST_TEST(change.generation == anna.generation + 1);
    BOOST_REQUIRE(change.ended.size() == 1U);
    BOOST_TEST((change.ended.front() == EndedSession{other.key, other.expires_at}));
    BOOST_TEST(is_revoked(identity, other.key));
    BOOST_TEST(!is_revoked(identity, kept.key));
    BOOST_TEST(!is_revoked(identity, stranger.key));
    BOOST_TEST(account_of(identity, anna.id).password_hash == "new");
    BOOST_TEST(account_of(identity, anna.id).generation == change.generation);
}

IDENTITY_CASE(a_new_password_for_a_user_who_changed_meanwhile_does_nothing) {
    const auto anna = identity.add_user("anna");
    const auto session = identity.log_in(anna);
    const auto set = [&](const std::string& id, std::optional<std::int64_t> expected) {
        return identity.need(
            identity.users().set_password(id, "new", {expected, {}}, {}, Identity::now(), Identity::soon()));
    };
    BOOST_TEST(!set(anna.id, anna.generation + 1).found);
    BOOST_TEST(!set(anna.id, anna.generation - 1).found);
    BOOST_TEST(!set(new_uuid(), std::nullopt).found);
    BOOST_TEST(!set("nobody", std::nullopt).found);
    BOOST_TEST(!is_revoked(identity, session.key));
    BOOST_TEST(account_of(identity, anna.id).password_hash == anna.password_hash);
    BOOST_TEST(set(anna.id, std::nullopt).ended.size() == 1U);
}

IDENTITY_CASE(a_hash_is_replaced_only_if_it_is_still_the_old_one) {
    const auto anna = identity.add_user("anna");
    const auto session = identity.log_in(anna);
    identity.need(identity.users().replace_hash(anna.id, "another", "newer", Identity::soon()));
    BOOST_TEST(account_of(identity, anna.id).password_hash == anna.password_hash);
    identity.need(identity.users().replace_hash(anna.id, anna.password_hash, "newer", Identity::soon()));
    BOOST_TEST(account_of(identity, anna.id).password_hash == "newer");
    BOOST_TEST(account_of(identity, anna.id).generation == anna.generation);
    BOOST_TEST(!is_revoked(identity, session.key));
    identity.need(identity.users().replace_hash("nobody", "", "newer", Identity::soon()));
}

IDENTITY_CASE(disabling_ends_every_session) {
    const auto anna = identity.add_user("anna");
    const auto session = identity.log_in(anna);
    const auto set = [&](const std::string& id, bool disabled) {
        return identity.need(identity.users().set_disabled(id, disabled, Identity::now(), Identity::soon()));
    };
    const auto disabled = set(anna.id, true);
    BOOST_TEST(disabled.found);
    BOOST_TEST(disabled.generation == anna.generation + 1);
    BOOST_TEST(disabled.ended.size() == 1U);
    BOOST_TEST(is_revoked(identity, session.key));
    BOOST_TEST(account_of(identity, anna.id).disabled);
    const auto seen = identity.need(identity.sessions().find(session.key, Identity::soon())).value();
    BOOST_TEST(seen.user.disabled);
    BOOST_TEST(seen.user.generation == disabled.generation);

    const auto enabled = set(anna.id, false);
    BOOST_TEST(enabled.generation == anna.generation + 2);
    BOOST_TEST(enabled.ended.empty());
    BOOST_TEST(is_revoked(identity, session.key)); // it never comes back
    BOOST_TEST(!account_of(identity, anna.id).disabled);
    BOOST_TEST(!set(new_uuid(), true).found);
}

IDENTITY_CASE(a_deleted_user_is_gone_with_all_that_is_theirs_and_the_feed_tells) {
    const auto anna = identity.add_user("anna");
    const auto boris = identity.add_user("boris");
    identity.need(identity.users().grant(anna.id, "web", {"orders.write", {}}, Identity::now(), Identity::soon()));
    const auto first = identity.log_in(account_of(identity, anna.id));
    const auto second = identity.log_in(account_of(identity, anna.id), "admin");
    const auto other = identity.log_in(boris);
    const auto generation = account_of(identity, anna.id).generation;
    const auto before = identity.need(identity.feed().look("", 100, Identity::soon())).position;

    const auto gone = identity.need(identity.users().remove(anna.id, std::nullopt, Identity::now(), Identity::soon()));
    BOOST_TEST(gone.found);
    BOOST_TEST(gone.generation == generation + 1);
    const std::vector<SessionKey> theirs{first.key, second.key};
    BOOST_REQUIRE(gone.ended.size() == theirs.size());
    const auto news = identity.need(identity.feed().look(before, 100, Identity::soon()));
    for (const auto& key : theirs) {
        BOOST_TEST(std::ranges::count(gone.ended, key, &EndedSession::key) == 1);
        BOOST_TEST(std::ranges::count(news.ended, key, &EndedSession::key) >= 1);
        BOOST_TEST(!identity.need(identity.sessions().find(key, Identity::soon())));
    }
    BOOST_REQUIRE(!news.users.empty());
    BOOST_TEST(std::ranges::all_of(news.users, [&](const ChangedUser& one) { return one.id == anna.id; }));
    BOOST_TEST(!identity.need(identity.users().find(anna.id, Identity::soon())));
    BOOST_TEST(!identity.need(identity.users().find_by_email(anna.email, Identity::soon())));

    BOOST_TEST(!is_revoked(identity, other.key));
    BOOST_TEST(!identity.need(identity.users().remove(anna.id, std::nullopt, Identity::now(), Identity::soon())).found);
    BOOST_TEST(
        !identity.need(identity.users().remove("nobody", std::nullopt, Identity::now(), Identity::soon())).found);
    identity.add_user("anna"); // the address is free again
}

IDENTITY_CASE(the_ways_to_reach_a_person_change_one_by_one) {
    const auto anna = identity.add_user("anna");
    const auto boris = identity.add_user("boris");
    const auto set = [&](const std::string& id, Contact contact) {
        return identity.users().set_contact(id, std::move(contact), Identity::now(), Identity::soon());
    };
    Contact phone;
    phone.phone = "+380501234567";
    phone.claimed_phone = "+380501234568";
    const auto first = identity.need(set(anna.id, phone));
    BOOST_TEST(first.generation == anna.generation + 1);
    auto now = account_of(identity, anna.id);
    BOOST_TEST(now.phone == "+380501234567");
    BOOST_TEST(now.claimed_phone == "+380501234568");
    BOOST_TEST(now.email == anna.email);
    BOOST_TEST(identity.need(identity.users().find_by_phone("+380501234567", Identity::soon()))->id == anna.id);
    BOOST_TEST(!identity.need(identity.users().find_by_phone("+380501234568", Identity::soon())));

    Contact address;
    address.email = "anna.new@example.org";
    address.verified = true;
    identity.need(set(anna.id, address));
    now = account_of(identity, anna.id);
    BOOST_TEST(now.email == "anna.new@example.org");
    BOOST_TEST(now.verified);
    BOOST_TEST(now.phone == "+380501234567");
    Contact none;
    none.phone = none.claimed_phone = "";
    identity.need(set(anna.id, none));
    now = account_of(identity, anna.id);
    BOOST_TEST(now.phone.empty());
    BOOST_TEST(now.claimed_phone.empty());

    Contact theirs;
    theirs.email = boris.email;
    BOOST_TEST((identity.wait(set(anna.id, theirs)).error() == StoreError::conflict));
    BOOST_TEST(!identity.need(set(new_uuid(), none)).found);
}

IDENTITY_CASE(a_role_changes) {
    const auto anna = identity.add_user("anna");
    const auto session = identity.log_in(anna);
    const auto change = identity.need(identity.users().set_role(anna.id, "admin", Identity::soon()));
    BOOST_TEST(change.found);
    BOOST_TEST(change.generation == anna.generation + 1);
    BOOST_TEST(change.ended.empty());
    BOOST_TEST(identity.need(identity.sessions().find(session.key, Identity::soon()))->user.role == "admin");
    BOOST_TEST(!identity.need(identity.users().set_role(new_uuid(), "admin", Identity::soon())).found);
    const auto empty = identity.wait(identity.users().set_role(anna.id, "", Identity::soon()));
    BOOST_TEST((empty.error() == StoreError::refused));
    BOOST_TEST(account_of(identity, anna.id).generation == change.generation);
}

IDENTITY_CASE(permissions_are_granted_and_withdrawn) {
    const auto anna = identity.add_user("anna");
    const auto rights = [&](const std::string& context, Instant at) {
        return identity.need(identity.users().find_in_context(anna.id, context, at, Identity::soon()))->permissions;
    };
    const auto grant = [&](const std::string& context, const Permission& permission) {
        return identity.need(identity.users().grant(anna.id, context, permission, Identity::now(), Identity::soon()));
    };
    const Instant end = Identity::now() + minutes{5};
    BOOST_TEST(grant("web", {"b", end}).generation == anna.generation + 1);
    BOOST_TEST(grant("web", {"a", std::nullopt}).generation == anna.generation + 2);
    BOOST_TEST(grant("admin", {"b", std::nullopt}).found);
    BOOST_TEST((rights("web", Identity::now()) == std::vector<Permission>{{"a", std::nullopt}, {"b", end}}));
    BOOST_TEST((rights("web", end) == std::vector<Permission>{{"a", std::nullopt}})); // over at its end, not after it
    BOOST_TEST((rights("other", Identity::now()).empty()));

    grant("web", {"b", end + hours{1}}); // again: another expiry
    grant("web", {"a", end});
    BOOST_TEST((rights("web", end) == std::vector<Permission>{{"b", end + hours{1}}}));
    const auto withdrawn = identity.need(identity.users().withdraw(anna.id, "web", "b", Identity::soon()));
    BOOST_TEST(withdrawn.generation == anna.generation + 6);
    BOOST_TEST((rights("web", Identity::now()) == std::vector<Permission>{{"a", end}}));
    BOOST_TEST((rights("admin", Identity::now()) == std::vector<Permission>{{"b", std::nullopt}}));

    BOOST_TEST(
        !identity.need(identity.users().grant(new_uuid(), "web", {"a", {}}, Identity::now(), Identity::soon())).found);
    BOOST_TEST(!identity.need(identity.users().withdraw("nobody", "web", "a", Identity::soon())).found);
}

IDENTITY_CASE(a_grant_that_cannot_be_kept_changes_nothing) {
    const auto anna = identity.add_user("anna");
    for (const auto& name : {std::string(), std::string(101, 'a'), std::string("a\0b", 3), std::string("\xf0\x28")}) {
        const auto result =
            identity.wait(identity.users().grant(anna.id, "web", {name, {}}, Identity::now(), Identity::soon()));
        BOOST_TEST((result.error() == StoreError::refused));
    }
    BOOST_TEST(account_of(identity, anna.id).generation == anna.generation);
    const std::string longest(100, 'a');
    BOOST_TEST(
        identity.need(identity.users().grant(anna.id, "web", {longest, {}}, Identity::now(), Identity::soon())).found);
}

// Group IN of the catalogue of bad inputs: text is kept and compared as it is, in every field that takes text.
const std::vector<std::string> hostile{"' OR 1=1--",
                                       "'; DROP TABLE users;--",
                                       R"(\'; SELECT 1)",
                                       "$$",
                                       R"(E'\x27')",
                                       "%27",
                                       "1);--",
                                       "admin'/*",
                                       "%",
                                       "_",
                                       "\\",
                                       "'||pg_sleep(5)||'",
                                       "x\r\nFLUSHALL\r\n",
                                       "{tag}*?[a-z]",
                                       ":id :now ::text",
                                       "\"}],[\"",
                                       "\x01\x1b[31m%n%s{}",
                                       "\u560a\u560d\u0085",
                                       "😀"};

IDENTITY_CASE(hostile_text_is_kept_as_it_is) {
    for (const auto& text : hostile) {
        BOOST_TEST_CONTEXT(text) {
            const NewAccount made{new_uuid(),     boost::algorithm::to_lower_copy(text) + "@x", text, "r" + text, false,
                                  Identity::now()};
            identity.need(identity.users().create(made, Identity::soon()));
            const auto user = identity.need(identity.users().find_by_email(made.email, Identity::soon())).value();
            BOOST_TEST(user.id == made.id);
            BOOST_TEST(user.password_hash == text);
            BOOST_TEST(user.role == made.role);
            identity.need(identity.users().grant(user.id, text, {text, {}}, Identity::now(), Identity::soon()));
            const auto seen =
                identity.need(identity.users().find_in_context(user.id, text, Identity::now(), Identity::soon()));
            BOOST_TEST((seen.value().permissions == std::vector<Permission>{{text, std::nullopt}}));

            auto session = identity.session_of(user, text);
            session.session.key.id = text;
            session.origin.user_agent = text;
            session.user_generation = seen->generation;
            BOOST_TEST(identity.need(identity.sessions().insert(session, Identity::soon())).accepted);
            identity.need(
                identity.sessions().touch({{session.session.key, Identity::now() + minutes{1}}}, Identity::soon()));
            const auto found = identity.need(identity.sessions().find(session.session.key, Identity::soon())).value();
            BOOST_TEST((found.session.last_activity == Identity::now() + minutes{1}));
            BOOST_TEST(found.user.permissions.front().name == text);
            const auto listed = identity.need(identity.sessions().list(user.id, Identity::now(), Identity::soon()));
            BOOST_TEST(listed.at(0).origin.user_agent == text);
        }
    }
    BOOST_TEST(identity.need(identity.users().list("", 1000, Identity::soon())).size() == hostile.size());
}

IDENTITY_CASE(hostile_text_finds_nobody) {
    const auto anna = identity.add_user("anna");
    const auto session = identity.log_in(anna);
    for (const auto& text : hostile) {
        BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!identity.need(identity.users().find_by_email(text, Identity::soon())));
            BOOST_TEST(!identity.need(identity.users().find(text, Identity::soon())));
            BOOST_TEST(!identity.need(identity.sessions().find({text, session.key.id}, Identity::soon())));
            BOOST_TEST(!identity.need(identity.sessions().find({"web", text}, Identity::soon())));
            BOOST_TEST(!identity.need(identity.sessions().revoke({"web", text}, Identity::now(), Identity::soon())));
        }
    }
    BOOST_TEST(!is_revoked(identity, session.key));
}

IDENTITY_CASE(what_is_not_text_is_refused) {
    const auto anna = identity.add_user("anna");
    const auto session = identity.log_in(anna);
    for (const auto& text : {session.key.id + std::string("\0", 1), std::string("\xbf'"), std::string("\xc0'"),
                             std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"), std::string("a\xe2\x82")}) {
        const auto found = identity.wait(identity.sessions().find({"web", text}, Identity::soon()));
        BOOST_TEST((found.error() == StoreError::refused));
        const auto ended = identity.wait(identity.sessions().revoke({"web", text}, Identity::now(), Identity::soon()));
        BOOST_TEST((ended.error() == StoreError::refused));
        const auto user = identity.wait(identity.users().find_by_email(text, Identity::soon()));
        BOOST_TEST((user.error() == StoreError::refused));
        auto inserted = identity.session_of(anna);
        inserted.origin.user_agent = text;
        BOOST_TEST(
            (identity.wait(identity.sessions().insert(inserted, Identity::soon())).error() == StoreError::refused));
    }
    BOOST_TEST(!is_revoked(identity, session.key));
    BOOST_TEST(!identity.need(identity.users().find(anna.id, Identity::soon()))->disabled);
}

} // namespace
} // namespace gatehouse::testing::identity_users
