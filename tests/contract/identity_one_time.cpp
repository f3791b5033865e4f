// SPDX-License-Identifier: Apache-2.0
// Goal: a one-time token works once, for its purpose and its person alone, and only the newest one does.
#include "identity_suite.h"

#include <algorithm>
#include <chrono>

namespace gatehouse::testing::identity_one_time {
namespace {

constexpr std::chrono::hours life{1};

OneTimeToken token_for(const Account& account, Purpose purpose = Purpose::reset_password) {
    return {new_session_id(), purpose, account.id, account.email, Identity::now(), Identity::now() + life};
}

OneTimeToken token_for_newcomer(const std::string& address) {
    return {new_session_id(), Purpose::register_account, "", address, Identity::now(), Identity::now() + life};
}

OneTimeToken issued(Identity& identity, const OneTimeToken& token) {
    BOOST_REQUIRE(identity.need(identity.one_time().issue(token, Identity::soon())));
    return token;
}

bool found(Identity& identity, const OneTimeToken& token, Instant at = Identity::now()) {
    const auto one = identity.need(identity.one_time().find_token(token.id, token.purpose, at, Identity::soon()));
    if (one) BOOST_TEST((*one == token));
    return one.has_value();
}

UserChange reset(Identity& identity, const std::string& user_id, const std::string& token_id,
                 Instant at = Identity::now()) {
    return identity.need(
        identity.users().set_password(user_id, "new hash", {{}, token_id}, std::nullopt, at, Identity::soon()));
}

NewAccount newcomer() {
    return {new_uuid(), "", "a hash", "user", false, Identity::now()};
}

Registered finish(Identity& identity, const std::string& token_id, const NewAccount& account) {
    return identity.need(
        identity.one_time().register_account(token_id, Purpose::register_account, account, {}, Identity::soon()));
}

/// Of whose address nobody knows whether it is theirs.
Account unverified(Identity& identity, const std::string& name) {
    const NewAccount account{new_uuid(), name + "@example.org", "a hash", "user", false, Identity::now()};
    identity.need(identity.users().create(account, Identity::soon()));
    return identity.need(identity.users().find(account.id, Identity::soon())).value();
}

Account account_of(Identity& identity, const std::string& id) {
    return identity.need(identity.users().find(id, Identity::soon())).value();
}

IDENTITY_CASE(a_token_resets_a_password_once_and_ends_every_session) {
    const auto anna = unverified(identity, "anna");
    const auto session = identity.log_in(anna);
    const auto token = issued(identity, token_for(anna));
    for (int i = 0; i < 3; ++i)
        BOOST_TEST(found(identity, token)); // looking uses nothing
    BOOST_TEST(account_of(identity, anna.id).password_hash == anna.password_hash);

    const auto change = reset(identity, anna.id, token.id);
    BOOST_TEST(change.found);
    BOOST_REQUIRE(change.ended.size() == 1U);
    BOOST_TEST((change.ended.front().key == session.key));
    const auto after = account_of(identity, anna.id);
    BOOST_TEST(after.password_hash == "new hash");
    BOOST_TEST(after.verified); // whoever has the token reads mail at the address
    BOOST_TEST(after.generation == change.generation);
    BOOST_TEST(!found(identity, token));
    BOOST_TEST(!reset(identity, anna.id, token.id).found);
}

IDENTITY_CASE(one_of_two_uses_of_a_token_at_the_same_time_succeeds) {
    for (int round = 0; round < 5; ++round) {
        const auto anna = identity.add_user("anna" + std::to_string(round));
        const auto token = issued(identity, token_for(anna));
        std::vector<boost::asio::awaitable<Result<UserChange>>> uses;
        for (int i = 0; i < 4; ++i)
            uses.push_back(identity.users().set_password(anna.id, "hash " + std::to_string(i), {{}, token.id},
                                                         std::nullopt, Identity::now(), Identity::soon()));
        const auto results = identity.wait_all(std::move(uses));
        BOOST_TEST(std::ranges::count_if(results, [](const auto& one) { return one.value().found; }) == 1);
    }
}

IDENTITY_CASE(a_token_is_for_its_purpose_its_person_and_its_time) {
    const auto anna = identity.add_user("anna");
    const auto boris = identity.add_user("boris");
    const auto token = issued(identity, token_for(anna));
    BOOST_TEST(!reset(identity, anna.id, new_session_id()).found);
    BOOST_TEST(!found(identity, token, token.expires_at));
    BOOST_TEST(!reset(identity, anna.id, token.id, token.expires_at).found);
    BOOST_TEST((finish(identity, token.id, newcomer()) == Registered::no_token));
    const auto invitation = issued(identity, token_for_newcomer("carl@example.org"));
    BOOST_TEST(!reset(identity, anna.id, invitation.id).found);
    BOOST_TEST(!reset(identity, boris.id, token.id).found);
    BOOST_TEST(account_of(identity, boris.id).password_hash == boris.password_hash);
    BOOST_TEST(account_of(identity, anna.id).password_hash == anna.password_hash);
    BOOST_TEST((finish(identity, invitation.id, newcomer()) == Registered::yes));
}

IDENTITY_CASE(a_newer_token_and_a_new_password_end_older_tokens) {
    const auto anna = identity.add_user("anna");
    const auto boris = identity.add_user("boris");
    const auto first = issued(identity, token_for(anna));
    const auto of_boris = issued(identity, token_for(boris));
    const auto second = issued(identity, token_for(anna));
    BOOST_TEST(!found(identity, first));
    BOOST_TEST(found(identity, second));
    identity.need(
        identity.users().set_password(anna.id, "chosen", {}, std::nullopt, Identity::now(), Identity::soon()));
    BOOST_TEST(!found(identity, second));
    BOOST_TEST(!reset(identity, anna.id, second.id).found);
    BOOST_TEST(found(identity, of_boris));
}

IDENTITY_CASE(nobody_who_may_not_sign_in_gets_a_token) {
    const auto anna = identity.add_user("anna");
    identity.need(identity.users().set_disabled(anna.id, true, Identity::now(), Identity::soon()));
    BOOST_TEST(!identity.need(identity.one_time().issue(token_for(anna), Identity::soon())));
    auto unknown = token_for(anna);
    unknown.user_id = new_uuid();
    BOOST_TEST(!identity.need(identity.one_time().issue(unknown, Identity::soon())));
    BOOST_TEST(!found(identity, unknown));
}

IDENTITY_CASE(an_address_that_is_the_users_no_more_is_not_verified) {
    const auto anna = unverified(identity, "anna");
    auto token = token_for(anna);
    token.address = "former@example.org";
    issued(identity, token);
    BOOST_TEST(reset(identity, anna.id, token.id).found);
    BOOST_TEST(!account_of(identity, anna.id).verified);
}

IDENTITY_CASE(an_account_is_registered_with_the_address_of_its_token) {
    const auto token = issued(identity, token_for_newcomer("carl@example.org"));
    BOOST_TEST(!identity.need(identity.users().find_by_email("carl@example.org", Identity::soon())));
    auto account = newcomer();
    account.email = "somebody.else@example.org";
    BOOST_TEST((finish(identity, token.id, account) == Registered::yes));
    const auto made = identity.need(identity.users().find_by_email("carl@example.org", Identity::soon()));
    BOOST_REQUIRE(made.has_value());
    BOOST_TEST(made->id == account.id);
    BOOST_TEST(made->verified);
    BOOST_TEST(made->password_hash == "a hash");
    BOOST_TEST(made->role == "user");
    BOOST_TEST((finish(identity, token.id, newcomer()) == Registered::no_token));
}

IDENTITY_CASE(an_address_gets_one_account) {
    const auto anna = identity.add_user("anna");
    const auto late = issued(identity, token_for_newcomer(anna.email));
    BOOST_TEST((finish(identity, late.id, newcomer()) == Registered::taken));
    BOOST_TEST((finish(identity, late.id, newcomer()) == Registered::no_token));
    BOOST_TEST(account_of(identity, anna.id).password_hash == anna.password_hash);

    const auto token = issued(identity, token_for_newcomer("dora@example.org"));
    std::vector<boost::asio::awaitable<Result<Registered>>> all;
    for (int i = 0; i < 4; ++i)
        all.push_back(identity.one_time().register_account(token.id, Purpose::register_account, newcomer(), {},
                                                           Identity::soon()));
    const auto results = identity.wait_all(std::move(all));
    BOOST_TEST(std::ranges::count_if(results, [](const auto& one) { return one.value() == Registered::yes; }) == 1);
}

IDENTITY_CASE(tokens_that_are_over_are_forgotten) {
    const auto anna = identity.add_user("anna");
    const auto token = issued(identity, token_for(anna));
    const auto forget = [&](Instant before) {
        return identity.need(identity.one_time().forget_one_time(before, 100, Identity::soon()));
    };
    BOOST_TEST(forget(token.expires_at) == 0U);
    BOOST_TEST(found(identity, token));
    BOOST_TEST(forget(token.expires_at + Seconds{1}) == 1U);
    BOOST_TEST(!found(identity, token));
}

NewMail notice() {
    return {new_uuid(), "address_changed", "", "", "en", "web", ""};
}

AddressChange move_to(Identity& identity, const std::string& token_id) {
    return identity.need(identity.one_time().change_address(token_id, notice(), Identity::now(), Identity::soon()));
}

OneTimeToken token_to(const Account& account, const std::string& address) {
    auto token = token_for(account, Purpose::new_address);
    token.address = address;
    return token;
}

IDENTITY_CASE(a_new_address_is_verified_and_the_one_of_before_gets_a_mail) {
    using Outcome = AddressChange::Outcome;
    const auto anna = unverified(identity, "anna");
    const auto session = identity.log_in(anna);
    const auto reset = issued(identity, token_for(anna));
    const auto back = issued(identity, token_for(anna, Purpose::take_back_address));
    const auto token = issued(identity, token_to(anna, "anna.new@example.org"));
    const auto changed = move_to(identity, token.id);
    BOOST_TEST((changed.outcome == Outcome::yes));
    BOOST_TEST(changed.user_id == anna.id);
    BOOST_TEST(changed.before == anna.email);
    const auto now = account_of(identity, anna.id);
    BOOST_TEST(now.email == "anna.new@example.org");
    BOOST_TEST(now.verified);
    BOOST_TEST(now.generation == changed.generation);
    BOOST_TEST(now.generation == anna.generation + 1);
    BOOST_TEST(!identity.need(identity.sessions().find(session.key, Identity::soon()))->revoked);
    BOOST_TEST(!found(identity, reset)); // it went to the address of before
    BOOST_TEST(found(identity, back));
    const auto mail = identity.need(identity.mail().waiting("", 10, Identity::soon()));
    BOOST_REQUIRE(mail.size() == 1U);
    BOOST_TEST(mail.front().mail.recipient == anna.email);
    BOOST_TEST(mail.front().mail.user_id == anna.id);
    BOOST_TEST((move_to(identity, token.id).outcome == Outcome::no_token));
}

IDENTITY_CASE(an_address_of_somebody_else_is_not_given_away) {
    using Outcome = AddressChange::Outcome;
    const auto anna = identity.add_user("anna");
    const auto boris = identity.add_user("boris");
    const auto token = issued(identity, token_to(anna, boris.email));
    BOOST_TEST((move_to(identity, token.id).outcome == Outcome::taken));
    BOOST_TEST(account_of(identity, anna.id).email == anna.email);
    BOOST_TEST(identity.need(identity.mail().waiting("", 10, Identity::soon())).empty());
    BOOST_TEST((move_to(identity, token.id).outcome == Outcome::no_token));
}

IDENTITY_CASE(an_address_is_taken_back_with_a_password_and_ends_everything) {
    const auto anna = identity.add_user("anna");
    const auto back = issued(identity, token_for(anna, Purpose::take_back_address));
    move_to(identity, issued(identity, token_to(anna, "second@example.org")).id);
    const auto second = issued(identity, token_for(account_of(identity, anna.id), Purpose::take_back_address));
    const auto session = identity.log_in(account_of(identity, anna.id));
    const auto set = [&](PasswordProof proof) {
        return identity.need(identity.users().set_password(anna.id, "new hash", std::move(proof), std::nullopt,
                                                           Identity::now(), Identity::soon()));
    };
    BOOST_TEST(set({{}, {}}).found);       // a changed password leaves the way back
    BOOST_TEST(!set({{}, back.id}).found); // it is no token of a forgotten password
    const auto changed = set({{}, back.id, true});
    BOOST_TEST(changed.found);
    BOOST_TEST(account_of(identity, anna.id).email == anna.email);
    BOOST_TEST(account_of(identity, anna.id).verified);
    BOOST_TEST(identity.need(identity.sessions().find(session.key, Identity::soon()))->revoked);
    BOOST_TEST(!found(identity, second));
    BOOST_TEST(!set({{}, back.id, true}).found);
}

IDENTITY_CASE(an_address_that_somebody_else_has_by_now_is_not_taken_back) {
    const auto anna = identity.add_user("anna");
    const auto back = issued(identity, token_for(anna, Purpose::take_back_address));
    move_to(identity, issued(identity, token_to(anna, "second@example.org")).id);
    identity.add_user("anna");
    const PasswordProof proof{{}, back.id, true};
    BOOST_TEST(!identity
                    .need(identity.users().set_password(anna.id, "new hash", proof, std::nullopt, Identity::now(),
                                                        Identity::soon()))
                    .found);
    BOOST_TEST(account_of(identity, anna.id).email == "second@example.org");
}

IDENTITY_CASE(an_address_is_verified_once_and_while_it_is_the_users) {
    const auto anna = unverified(identity, "anna");
    const auto verify = [&](const std::string& id) {
        return identity.need(identity.one_time().verify_address(id, Identity::now(), Identity::soon()));
    };
    const auto token = issued(identity, token_for(anna, Purpose::verify_address));
    const auto done = verify(token.id);
    BOOST_TEST(done.found);
    BOOST_TEST(done.generation == anna.generation + 1);
    BOOST_TEST(account_of(identity, anna.id).verified);
    BOOST_TEST(!verify(token.id).found);
    const auto boris = unverified(identity, "boris");
    auto stale = token_for(boris, Purpose::verify_address);
    stale.address = "boris.old@example.org";
    issued(identity, stale);
    BOOST_TEST(!verify(stale.id).found);
    BOOST_TEST(!account_of(identity, boris.id).verified);
}

IDENTITY_CASE(an_invitation_makes_an_account_with_what_it_gives) {
    auto token = token_for_newcomer("carl@example.org");
    token.purpose = Purpose::invitation;
    token.grants = R"({"role":"admin"})";
    issued(identity, token);
    BOOST_TEST(found(identity, token)); // with its grants
    auto account = newcomer();
    account.role = "admin";
    const auto finish_with = [&](Purpose purpose) {
        const std::vector<FirstPermission> given{{"web", "orders.read"}, {"admin", "orders.write"}};
        return identity.need(identity.one_time().register_account(token.id, purpose, account, given, Identity::soon()));
    };
    BOOST_TEST((finish_with(Purpose::register_account) == Registered::no_token));
    BOOST_TEST((finish_with(Purpose::invitation) == Registered::yes));
    const auto user =
        identity.need(identity.users().find_in_context(account.id, "admin", Identity::now(), Identity::soon()));
    BOOST_REQUIRE(user.has_value());
    BOOST_TEST(user->role == "admin");
    BOOST_REQUIRE(user->permissions.size() == 1U);
    BOOST_TEST(user->permissions.front().name == "orders.write");
}

IDENTITY_CASE(a_deleted_user_has_no_tokens_and_no_mail) {
    const auto anna = identity.add_user("anna");
    const auto boris = identity.add_user("boris");
    const auto token = issued(identity, token_for(anna));
    const auto before = issued(identity, token_for_newcomer(anna.email));
    const auto other = issued(identity, token_for_newcomer(boris.email));
    const auto queue = [&](const std::string& user, const std::string& recipient) {
        const NewMail mail{new_uuid(), "register_account", user, recipient, "en", "web", ""};
        BOOST_TEST(identity.need(identity.mail().enqueue(mail, {}, Identity::now(), Identity::soon())));
    };
    queue(anna.id, anna.email);
    queue("", "Anna@Example.org");
    queue("", boris.email);
    const auto stale = anna.generation - 1;
    BOOST_TEST(!identity.need(identity.users().remove(anna.id, stale, Identity::now(), Identity::soon())).found);
    BOOST_TEST(found(identity, token));
    BOOST_TEST(
        identity.need(identity.users().remove(anna.id, anna.generation, Identity::now(), Identity::soon())).found);
    BOOST_TEST(!found(identity, token));
    BOOST_TEST(!found(identity, before));
    BOOST_TEST(found(identity, other));
    const auto left = identity.need(identity.mail().waiting("", 10, Identity::soon()));
    BOOST_REQUIRE(left.size() == 1U);
    BOOST_TEST(left.front().mail.recipient == boris.email);
}

IDENTITY_CASE(a_link_by_which_nothing_was_changed_still_works) {
    const auto anna = identity.add_user("anna");
    const auto back = issued(identity, token_for(anna, Purpose::take_back_address));
    move_to(identity, issued(identity, token_to(anna, "second@example.org")).id);
    const auto take_back = [&] {
        const PasswordProof proof{{}, back.id, true};
        return identity
            .need(identity.users().set_password(anna.id, "new hash", proof, std::nullopt, Identity::now(),
                                                Identity::soon()))
            .found;
    };
    const auto disable = [&](bool how) {
        identity.need(identity.users().set_disabled(anna.id, how, Identity::now(), Identity::soon()));
    };
    disable(true);
    BOOST_TEST(!take_back());
    BOOST_TEST(account_of(identity, anna.id).email == "second@example.org");
    disable(false);
    BOOST_TEST(take_back());
    BOOST_TEST(account_of(identity, anna.id).email == anna.email);
}

IDENTITY_CASE(a_link_of_one_person_ends_none_of_another_one) {
    const auto anna = identity.add_user("anna");
    const auto boris = identity.add_user("boris");
    const auto first = issued(identity, token_to(anna, "wanted@example.org"));
    const auto other = issued(identity, token_to(boris, "wanted@example.org"));
    BOOST_TEST(found(identity, first));
    const auto newer = issued(identity, token_to(anna, "wanted@example.org"));
    BOOST_TEST(!found(identity, first));
    BOOST_TEST(found(identity, newer));
    BOOST_TEST(found(identity, other));
}

IDENTITY_CASE(a_mail_that_waits_brings_no_link_after_a_recovery) {
    const auto anna = identity.add_user("anna");
    const auto kinds = [&] {
        std::vector<std::string> all;
        for (const auto& waiting : identity.need(identity.mail().waiting("", 10, Identity::soon())))
            all.push_back(waiting.mail.kind);
        std::ranges::sort(all);
        return all;
    };
    for (const auto* kind : {"address_changed", "new_address", "new_device"}) {
        const NewMail mail{new_uuid(), kind, anna.id, "somewhere@example.org", "en", "web", ""};
        BOOST_TEST(identity.need(identity.mail().enqueue(mail, {}, Identity::now(), Identity::soon())));
    }
    const auto set = [&](PasswordProof proof) {
        return identity.need(identity.users().set_password(anna.id, "new hash", std::move(proof), std::nullopt,
                                                           Identity::now(), Identity::soon()));
    };
    using Kinds = std::vector<std::string>;
    BOOST_TEST(set({{}, {}}).found); // its owner must learn of a change, whoever has changed the password
    BOOST_TEST((kinds() == Kinds{"address_changed", "new_device"}));
    const auto back = issued(identity, token_for(anna, Purpose::take_back_address));
    BOOST_TEST(set({{}, back.id, true}).found);
    BOOST_TEST((kinds() == Kinds{"new_device"}));
}

} // namespace
} // namespace gatehouse::testing::identity_one_time
