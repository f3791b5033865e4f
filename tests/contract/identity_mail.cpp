// SPDX-License-Identifier: Apache-2.0
// Goal: a queued mail is taken by one gateway at a time until it was sent or given up, and nobody is sent more than the
// limit allows.
#include "identity_suite.h"
#include "storage/sql/identity_store.h"

#include <algorithm>
#include <set>

namespace gatehouse::testing::identity_mail {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

NewMail mail_to(const std::string& user_id, const std::string& recipient = "ann@example.org") {
    return {new_uuid(), "reset_password", user_id, recipient, "uk", "shop", R"({"device":"Firefox \"9\""})"};
}

bool queue(Identity& identity, const NewMail& mail, Instant at = Identity::now(), MailLimit limit = {}) {
    return identity.need(identity.mail().enqueue(mail, limit, at, Identity::soon()));
}

std::optional<QueuedMail> claim(Identity& identity, Instant at, const std::string& node = "n1") {
    return identity.need(identity.mail().claim(node, at, at + minutes{5}, Identity::soon()));
}

std::vector<ListedMail> waiting(Identity& identity) {
    return identity.need(identity.mail().waiting("", 100, Identity::soon()));
}

MailCounts counts(Identity& identity) {
    return identity.need(identity.mail().counts(Identity::soon()));
}

void check_same(const NewMail& a, const NewMail& b) {
    BOOST_TEST(a.id == b.id);
    BOOST_TEST(a.kind == b.kind);
    BOOST_TEST(a.user_id == b.user_id);
    BOOST_TEST(a.recipient == b.recipient);
    BOOST_TEST(a.language == b.language);
    BOOST_TEST(a.context == b.context);
    BOOST_TEST(a.facts == b.facts);
}

IDENTITY_CASE(a_mail_is_claimed_as_it_was_queued) {
    const auto now = Identity::now();
    const auto ann = identity.add_user("ann");
    const auto first = mail_to(ann.id);
    auto second = mail_to("", "ÄNN@example.org");
    second.facts.clear();
    BOOST_TEST(queue(identity, first, now));
    BOOST_TEST(queue(identity, second, now + Millis{1}));
    BOOST_TEST(!claim(identity, now - Millis{1}));
    const auto one = claim(identity, now + Millis{1}).value();
    check_same(one.mail, first);
    BOOST_TEST((one.queued_at == now));
    BOOST_TEST(one.tries == 1);
    check_same(claim(identity, now + Millis{1}).value().mail, second);
    BOOST_TEST(!claim(identity, now + Millis{1}));
}

IDENTITY_CASE(what_is_no_mail_is_not_queued) {
    const auto ann = identity.add_user("ann");
    BOOST_TEST(!queue(identity, mail_to(new_uuid())));
    BOOST_TEST(!queue(identity, mail_to("' OR 1=1")));
    auto bad = mail_to(ann.id);
    bad.id = "x";
    BOOST_TEST((identity.wait(identity.mail().enqueue(bad, {}, Identity::now(), Identity::soon())).error() ==
                StoreError::refused));
    const auto good = mail_to(ann.id);
    BOOST_TEST(queue(identity, good));
    BOOST_TEST((identity.wait(identity.mail().enqueue(good, {}, Identity::now(), Identity::soon())).error() ==
                StoreError::conflict));
    BOOST_TEST(counts(identity).waiting == 1U);
}

SQL_CASE(facts_are_a_json_object) {
    const auto ann = identity.add_user("ann");
    for (const auto* text : {"{", "[]", "7", "\"x\""}) {
        auto mail = mail_to(ann.id);
        mail.facts = text;
        BOOST_TEST((identity.wait(identity.mail().enqueue(mail, {}, Identity::now(), Identity::soon())).error() ==
                    StoreError::refused));
    }
}

IDENTITY_CASE(a_claim_that_ran_out_is_taken_by_another_gateway) {
    const auto now = Identity::now();
    const auto mail = mail_to(identity.add_user("ann").id);
    BOOST_TEST(queue(identity, mail, now));
    BOOST_TEST(claim(identity, now, "n1").value().tries == 1);
    BOOST_TEST(!claim(identity, now + minutes{5} - Millis{1}, "n2"));
    BOOST_TEST(claim(identity, now + minutes{5}, "n2").value().tries == 2);
    // The first one comes back: the claim is no longer its own.
    identity.need(identity.mail().postpone(mail.id, 1, "late", now, Identity::soon()));
    identity.need(identity.mail().give_up(mail.id, 1, "late", now, Identity::soon()));
    BOOST_TEST(!claim(identity, now + minutes{6}));
    BOOST_TEST(counts(identity).given_up == 0U);
    identity.need(identity.mail().sent(mail.id, now + minutes{6}, Identity::soon()));
    identity.need(identity.mail().postpone(mail.id, 2, "late", now, Identity::soon()));
    BOOST_TEST(!claim(identity, now + hours{1}));
    BOOST_TEST(waiting(identity).empty());
}

IDENTITY_CASE(a_postponed_mail_is_due_again) {
    const auto now = Identity::now();
    const auto mail = mail_to("");
    BOOST_TEST(queue(identity, mail, now));
    BOOST_TEST(claim(identity, now).has_value());
    identity.need(identity.mail().postpone(mail.id, 1, "451 later", now + Seconds{10}, Identity::soon()));
    BOOST_TEST(!claim(identity, now + Seconds{9}));
    const auto listed = waiting(identity);
    BOOST_REQUIRE(listed.size() == 1U);
    check_same(listed[0].mail, mail);
    BOOST_TEST((listed[0].queued_at == now));
    BOOST_TEST((listed[0].due_at == now + Seconds{10}));
    BOOST_TEST(listed[0].tries == 1);
    BOOST_TEST(!listed[0].given_up);
    BOOST_TEST(listed[0].last_error == "451 later");
    BOOST_TEST(claim(identity, now + Seconds{10}).value().tries == 2);
}

IDENTITY_CASE(a_mail_that_was_given_up_waits_for_an_operator) {
    const auto now = Identity::now();
    const auto mail = mail_to("");
    BOOST_TEST(queue(identity, mail, now));
    BOOST_TEST(claim(identity, now).has_value());
    identity.need(identity.mail().give_up(mail.id, 1, "550 nobody", now, Identity::soon()));
    BOOST_TEST(!claim(identity, now + hours{100}));
    BOOST_TEST(waiting(identity).at(0).given_up);
    BOOST_TEST(waiting(identity).at(0).last_error == "550 nobody");
    auto all = counts(identity);
    BOOST_TEST(all.waiting == 0U);
    BOOST_TEST(all.given_up == 1U);
    BOOST_TEST(!all.oldest);
    BOOST_TEST(identity.need(identity.mail().retry(mail.id, now + hours{1}, Identity::soon())) == 1U);
    all = counts(identity);
    BOOST_TEST(all.waiting == 1U);
    BOOST_TEST(all.given_up == 0U);
    BOOST_TEST((all.oldest == now));
    BOOST_TEST(claim(identity, now + hours{1}).value().tries == 2);
}

IDENTITY_CASE(a_retry_spares_what_is_being_sent_and_what_was_sent) {
    const auto now = Identity::now();
    std::vector<NewMail> mails;
    for (int i = 0; i < 4; ++i) {
        mails.push_back(mail_to(""));
        BOOST_TEST(queue(identity, mails.back(), now + Millis{i}));
        if (i < 3) BOOST_TEST(claim(identity, now + Millis{i}).value().mail.id == mails.back().id);
    }
    auto& store = identity.mail();
    identity.need(store.sent(mails[0].id, now, Identity::soon()));
    identity.need(store.postpone(mails[1].id, 1, "later", now + hours{9}, Identity::soon()));
    // mails[2] is being sent, mails[3] waits.
    BOOST_TEST(identity.need(store.retry(mails[0].id, now, Identity::soon())) == 0U);
    BOOST_TEST(identity.need(store.retry(mails[2].id, now, Identity::soon())) == 0U);
    BOOST_TEST(identity.need(store.retry("' OR 1=1", now, Identity::soon())) == 0U);
    BOOST_TEST(identity.need(store.retry(new_uuid(), now, Identity::soon())) == 0U);
    BOOST_TEST(identity.need(store.retry("", now, Identity::soon())) == 2U);
    std::set<std::string> taken;
    while (const auto one = claim(identity, now))
        taken.insert(one->mail.id);
    BOOST_TEST((taken == std::set{mails[1].id, mails[3].id}));
    // A claim that ran out is nobody's.
    BOOST_TEST(identity.need(store.retry(mails[2].id, now + hours{1}, Identity::soon())) == 1U);
}

IDENTITY_CASE(the_list_has_pages) {
    std::vector<std::string> expected;
    for (int i = 0; i < 5; ++i) {
        const auto mail = mail_to("");
        expected.push_back(mail.id);
        BOOST_TEST(queue(identity, mail, Identity::now() + Millis{i / 2})); // several at the same moment
    }
    std::vector<std::string> found;
    for (std::string after;;) {
        const auto page = identity.need(identity.mail().waiting(after, 2, Identity::soon()));
        for (const auto& one : page)
            found.push_back(one.mail.id);
        if (page.empty() || found.size() > expected.size()) break;
        after = found.back();
    }
    BOOST_TEST(found == expected, boost::test_tools::per_element());
    BOOST_TEST(identity.need(identity.mail().waiting(new_uuid(), 10, Identity::soon())).empty());
    BOOST_TEST(identity.need(identity.mail().waiting("'", 10, Identity::soon())).empty());
}

IDENTITY_CASE(a_limit_counts_mail_of_one_kind_and_one_account) {
    const auto now = Identity::now();
    const auto ann = identity.add_user("ann");
    const auto bob = identity.add_user("bob");
    const MailLimit two{2, Seconds{3600}};
    BOOST_TEST(queue(identity, mail_to(ann.id), now, two));
    BOOST_TEST(queue(identity, mail_to(ann.id, "other@example.org"), now + Seconds{1}, two));
    BOOST_TEST(!queue(identity, mail_to(ann.id), now + Seconds{2}, two));
    BOOST_TEST(queue(identity, mail_to(ann.id), now + Seconds{2})); // without a limit
    BOOST_TEST(queue(identity, mail_to(bob.id), now + Seconds{2}, two));
    auto other = mail_to(ann.id);
    other.kind = "new_device";
    BOOST_TEST(queue(identity, other, now + Seconds{2}, two));
    BOOST_TEST(!queue(identity, mail_to(ann.id), now + hours{1}, two));
    BOOST_TEST(queue(identity, mail_to(ann.id), now + hours{1} + Seconds{3}, two));
    // What was sent counts.
    while (const auto one = claim(identity, now + hours{2}))
        identity.need(identity.mail().sent(one->mail.id, now, Identity::soon()));
    BOOST_TEST(queue(identity, mail_to(ann.id), now + hours{1} + Seconds{3}, two));
    BOOST_TEST(!queue(identity, mail_to(ann.id), now + hours{1} + Seconds{3}, two));
}

IDENTITY_CASE(a_limit_counts_by_address_without_an_account) {
    const auto now = Identity::now();
    const MailLimit one{1, Seconds{3600}};
    BOOST_TEST(queue(identity, mail_to(identity.add_user("ann").id, "ann@example.org"), now, one));
    BOOST_TEST(queue(identity, mail_to("", "ann@example.org"), now, one));
    BOOST_TEST(!queue(identity, mail_to("", "ANN@example.org"), now, one));
    BOOST_TEST(queue(identity, mail_to("", "bob@example.org"), now, one));
}

IDENTITY_CASE(a_limit_holds_for_requests_at_the_same_time) {
    const auto ann = identity.add_user("ann");
    for (const auto& user : {ann.id, std::string()}) {
        std::vector<boost::asio::awaitable<Result<bool>>> work;
        for (int i = 0; i < 12; ++i) {
            work.push_back(identity.mail().enqueue(mail_to(user), {3, Seconds{60}}, Identity::now(), Identity::soon()));
        }
        const auto results = identity.wait_all(std::move(work));
        BOOST_TEST(std::ranges::count_if(results, [](const auto& r) { return r.value(); }) == 3);
    }
}

IDENTITY_CASE(claims_at_the_same_time_take_each_mail_once) {
    const auto now = Identity::now();
    for (int i = 0; i < 20; ++i)
        BOOST_TEST(queue(identity, mail_to(""), now));
    std::vector<boost::asio::awaitable<Result<std::optional<QueuedMail>>>> work;
    for (int i = 0; i < 30; ++i) {
        work.push_back(identity.mail().claim(i % 2 == 0 ? "n1" : "n2", now, now + minutes{5}, Identity::soon()));
    }
    std::set<std::string> taken;
    std::size_t claims = 0;
    for (const auto& result : identity.wait_all(std::move(work))) {
        if (!result.value()) continue;
        ++claims;
        BOOST_TEST(result.value()->tries == 1);
        taken.insert(result.value()->mail.id);
    }
    BOOST_TEST(taken.size() == claims);
    // One that meets a row of another may find no more, but nothing is left over for long.
    while (const auto one = claim(identity, now))
        BOOST_TEST(taken.insert(one->mail.id).second);
    BOOST_TEST(taken.size() == 20U);
}

IDENTITY_CASE(a_user_takes_their_mail_along) {
    const auto ann = identity.add_user("ann");
    BOOST_TEST(queue(identity, mail_to(ann.id)));
    BOOST_TEST(queue(identity, mail_to("", "boris@example.org")));
    BOOST_TEST(identity.need(identity.users().remove(ann.id, std::nullopt, Identity::now(), Identity::soon())).found);
    const auto left = waiting(identity);
    BOOST_REQUIRE(left.size() == 1U);
    BOOST_TEST(left[0].mail.user_id.empty());
}

IDENTITY_CASE(old_mail_is_forgotten) {
    const auto now = Identity::now();
    std::vector<std::string> ids;
    for (int i = 0; i < 6; ++i) {
        const auto mail = mail_to("");
        ids.push_back(mail.id);
        BOOST_TEST(queue(identity, mail, now - hours{1000}));
        BOOST_TEST(claim(identity, now - hours{999}).has_value());
    }
    auto& store = identity.mail();
    identity.need(store.sent(ids[0], now - hours{30}, Identity::soon()));
    identity.need(store.sent(ids[1], now - hours{20}, Identity::soon()));
    identity.need(store.give_up(ids[2], 1, "x", now - hours{800}, Identity::soon()));
    identity.need(store.give_up(ids[3], 1, "x", now - hours{30}, Identity::soon()));
    identity.need(store.postpone(ids[4], 1, "x", now - hours{900}, Identity::soon()));
    const auto forget = [&](std::size_t limit) {
        return identity.need(store.forget_mail(now - hours{24}, now - hours{720}, limit, Identity::soon()));
    };
    BOOST_TEST(forget(100) == 2U);
    BOOST_TEST(forget(100) == 0U);
    BOOST_TEST(waiting(identity).size() == 3U);
    BOOST_TEST(identity.need(store.forget_mail(now, now, 100, Identity::soon())) == 2U);
    for (int i = 0; i < 3; ++i) {
        const auto mail = mail_to("");
        BOOST_TEST(queue(identity, mail, now - hours{1000}));
        identity.need(store.sent(mail.id, now - hours{30}, Identity::soon()));
    }
    BOOST_TEST(forget(2) == 2U);
    BOOST_TEST(forget(2) == 1U);
}

/// Another process on the same database.
SQL_CASE(two_gateways_take_each_mail_once) {
    const auto now = Identity::now();
    constexpr int mails = 60;
    for (int i = 0; i < mails; ++i)
        BOOST_TEST(queue(identity, mail_to(""), now));
    SqlIdentityStore other({.url = identity.url(), .connections = 2});
    const auto drain = [now](MailStore& store,
                             std::string node) -> boost::asio::awaitable<Result<std::vector<std::string>>> {
        std::vector<std::string> ids;
        for (;;) {
            const auto one = co_await store.claim(node, now, now + minutes{5}, Identity::soon());
            if (!one) co_return one.error();
            if (!*one) co_return ids;
            ids.push_back((*one)->mail.id);
        }
    };
    std::vector<boost::asio::awaitable<Result<std::vector<std::string>>>> work;
    for (int i = 0; i < 2; ++i) {
        work.push_back(drain(identity.mail(), "n1"));
        work.push_back(drain(other, "n2"));
    }
    std::set<std::string> taken;
    std::size_t claims = 0;
    for (const auto& ids : identity.wait_all(std::move(work))) {
        claims += ids.value().size();
        taken.insert(ids.value().begin(), ids.value().end());
    }
    BOOST_TEST(claims == taken.size());
    BOOST_TEST(taken.size() == std::size_t{mails});
    BOOST_TEST(other.stop(Millis{5000}));
}

} // namespace
} // namespace gatehouse::testing::identity_mail
