// SPDX-License-Identifier: Apache-2.0
// Goal: users and tokens of an older system have one place here, however they come; and what has ended stays so.
#include "feed_view.h"

namespace gatehouse::testing::identity_takeover {
namespace {

using std::chrono::hours;
using Names = std::set<std::string>;

Newcomer newcomer(const std::string& name) {
    Newcomer n;
    n.id = new_uuid();
    n.user.id = "legacy " + name;
    n.user.password_hash = "$2b$old " + name;
    n.user.verified = true;
    n.email = name + "@example.org";
    n.role = "user";
    n.context = "web";
    return n;
}

Introduced introduce(Identity& identity, const Newcomer& n) {
    return identity.need(identity.takeover().introduce(n, Identity::now(), Identity::soon()));
}

/// The user and, by an old token of that id, a session.
struct Moved {
    Moved(Identity& identity, const std::string& name, std::optional<Instant> born = {})
        : user(introduce(identity, newcomer(name)).user), adoption(adoption_of(identity, born)) {
        outcome = identity.need(identity.takeover().adopt(adoption, Identity::soon()));
    }
    Adoption adoption_of(Identity& identity, std::optional<Instant> born) const {
        Account account;
        account.id = user.id;
        account.generation = user.generation;
        Adoption made;
        made.session = identity.session_of(account);
        made.token_id = new_session_id();
        made.place = LegacyPlace::sessions;
        made.born = born;
        return made;
    }
    [[nodiscard]] SessionKey name() const { return {"web", adoption.token_id}; }
    [[nodiscard]] const Session& session() const { return adoption.session.session; }

    User user;
    Adoption adoption;
    Adopted outcome = Adopted::refused;
};

std::optional<StoredSession> find(Identity& identity, const SessionKey& key) {
    return identity.need(identity.sessions().find(key, Identity::soon()));
}

/// As the feed's view has it.
std::string told(const SessionKey& key) {
    Session session;
    session.key = key;
    return name_of(session);
}

bool lives(Identity& identity, const SessionKey& key) {
    const auto found = find(identity, key);
    return found && !found->revoked;
}

bool has_ended(Identity& identity, const SessionKey& key) {
    const auto found = find(identity, key);
    return found && found->revoked;
}

std::vector<KnownToken> known(Identity& identity, const std::vector<std::string>& ids) {
    return identity.need(identity.takeover().known_tokens("web", ids, Identity::now(), Identity::soon()));
}

IDENTITY_CASE(a_newcomer_is_made_once_with_everything_that_is_known) {
    auto bob = newcomer("bob");
    bob.phone = "+79001234567";
    const auto first = introduce(identity, bob);
    BOOST_TEST(first.user.id == bob.id);
    BOOST_TEST(first.user.email == "bob@example.org");
    BOOST_TEST(first.user.verified);
    BOOST_TEST(first.password_hash == bob.user.password_hash);
    BOOST_TEST(first.token_counts);
    BOOST_TEST((introduce(identity, bob).user == first.user));
    const auto by_phone = identity.need(identity.users().find_by_phone("+79001234567", Identity::soon()));
    BOOST_REQUIRE(by_phone.has_value());
    BOOST_TEST(by_phone->id == bob.id);
    BOOST_TEST(identity.need(identity.takeover().legacy_id_of(bob.id, Identity::soon())) == bob.user.id);
    BOOST_TEST(identity.need(identity.takeover().legacy_id_of(new_uuid(), Identity::soon())).empty());
}

IDENTITY_CASE(people_without_an_address_are_no_trouble_to_each_other) {
    auto one = newcomer("one"), two = newcomer("two");
    one.email.clear();
    two.email.clear();
    introduce(identity, one);
    BOOST_TEST(introduce(identity, two).user.id == two.id);
    BOOST_TEST(!identity.need(identity.users().find_by_email("", Identity::soon())).has_value());
}

IDENTITY_CASE(what_has_changed_there_changes_here_if_it_is_to) {
    auto bob = newcomer("bob");
    const auto before = introduce(identity, bob);
    bob.role = "admin";
    BOOST_TEST(introduce(identity, bob).user.role == "user");
    bob.refresh = true;
    const auto after = introduce(identity, bob);
    BOOST_TEST(after.user.role == "admin");
    BOOST_TEST(after.user.generation > before.user.generation);
    BOOST_TEST(introduce(identity, bob).user.generation == after.user.generation);
}

IDENTITY_CASE(a_password_that_was_changed_here_is_not_undone) {
    auto bob = newcomer("bob");
    bob.refresh = true;
    introduce(identity, bob);
    identity.need(identity.users().set_password(bob.id, "$argon2id$new", {}, {}, Identity::now(), Identity::soon()));
    BOOST_TEST(introduce(identity, bob).password_hash == "$argon2id$new");
    bob.role = "admin";
    BOOST_TEST(introduce(identity, bob).password_hash == "$argon2id$new");
    bob.user.password_hash = "$2b$changed there";
    BOOST_TEST(introduce(identity, bob).password_hash == "$2b$changed there");
}

IDENTITY_CASE(an_address_of_somebody_here_is_linked_only_if_it_was_confirmed_there) {
    const auto anna = identity.add_user("anna");
    auto other = newcomer("anna");
    other.user.verified = false;
    const auto refused = identity.wait(identity.takeover().introduce(other, Identity::now(), Identity::soon()));
    BOOST_REQUIRE(refused.has_error());
    BOOST_TEST((refused.error() == StoreError::conflict));
    other.user.verified = true;
    BOOST_TEST(introduce(identity, other).user.id == anna.id);
    auto third = newcomer("anna");
    third.user.id = "legacy somebody else";
    BOOST_TEST(identity.wait(identity.takeover().introduce(third, Identity::now(), Identity::soon())).has_error());
}

IDENTITY_CASE(a_token_becomes_another_name_of_one_session) {
    const Moved moved(identity, "bob");
    BOOST_TEST((moved.outcome == Adopted::moved));
    const auto by_name = find(identity, moved.name());
    BOOST_REQUIRE(by_name.has_value());
    BOOST_TEST((by_name->session.key == moved.name()));
    BOOST_TEST(by_name->session.handle == moved.session().handle);
    BOOST_TEST(by_name->user.id == moved.user.id);
    BOOST_TEST(lives(identity, moved.session().key));
    BOOST_TEST(!find(identity, {"admin", moved.adoption.token_id}).has_value());
    auto again = moved.adoption_of(identity, {});
    again.token_id = moved.adoption.token_id;
    BOOST_TEST((identity.need(identity.takeover().adopt(again, Identity::soon())) == Adopted::exists));
    BOOST_TEST(!find(identity, again.session.session.key).has_value());
}

IDENTITY_CASE(many_who_move_the_same_token_make_one_session) {
    const auto bob = introduce(identity, newcomer("bob")).user;
    Account account;
    account.id = bob.id;
    account.generation = bob.generation;
    const auto token = new_session_id();
    std::vector<boost::asio::awaitable<Result<Adopted>>> all;
    for (int i = 0; i < 8; ++i) {
        Adoption adoption;
        adoption.session = identity.session_of(account);
        adoption.token_id = token;
        all.push_back(identity.takeover().adopt(adoption, Identity::soon()));
    }
    int moved = 0;
    for (const auto& outcome : identity.wait_all(std::move(all))) {
        BOOST_REQUIRE(outcome.has_value());
        BOOST_TEST((*outcome != Adopted::refused));
        moved += *outcome == Adopted::moved ? 1 : 0;
    }
    BOOST_TEST(moved == 1);
    BOOST_TEST(identity.need(identity.sessions().list(bob.id, Identity::now(), Identity::soon())).size() == 1U);
}

IDENTITY_CASE(whoever_may_not_come_in_is_not_taken_over) {
    const Moved moved(identity, "bob");
    auto another = moved.adoption_of(identity, {});
    another.session.user_generation += 1;
    BOOST_TEST((identity.need(identity.takeover().adopt(another, Identity::soon())) == Adopted::refused));
    identity.need(identity.users().set_disabled(moved.user.id, true, Identity::now(), Identity::soon()));
    BOOST_TEST((identity.need(identity.takeover().adopt(another, Identity::soon())) == Adopted::refused));
    BOOST_TEST(known(identity, {another.token_id}).empty());
}

IDENTITY_CASE(the_end_of_a_session_is_the_end_of_its_names_and_the_feed_tells_both) {
    const Moved one(identity, "bob"), two(identity, "eve");
    FeedView feed(identity);
    identity.need(identity.sessions().revoke(one.session().key, Identity::now(), Identity::soon()));
    BOOST_TEST((feed.next_ended() == Names{name_of(one.session()), told(one.name())}));
    BOOST_TEST(has_ended(identity, one.name()));
    EndedSession end{two.name(), Identity::now() + hours(1)};
    const auto ended = identity.need(identity.sessions().end_name(end, Identity::now(), Identity::soon()));
    BOOST_TEST((feed.next_ended() == Names{name_of(two.session()), told(two.name())}));
    BOOST_TEST(has_ended(identity, two.session().key));
    Names keys;
    for (const auto& each : ended)
        keys.insert(each.key.id);
    BOOST_TEST((keys == Names{two.session().key.id, two.name().id}));
    const auto late =
        identity.need(identity.sessions().ended_since(Identity::now() - hours(1), "", 10, Identity::soon()));
    BOOST_TEST(late.size() == 4U);
}

IDENTITY_CASE(a_token_that_nobody_here_has_seen_can_end_and_stays_so) {
    const SessionKey token{"web", new_session_id()};
    FeedView feed(identity);
    EndedSession end{token, Identity::now() + hours(1)};
    identity.need(identity.sessions().end_name(end, Identity::now(), Identity::soon()));
    BOOST_TEST((feed.next_ended() == Names{told(token)}));
    identity.need(identity.sessions().end_name(end, Identity::now(), Identity::soon()));
    BOOST_TEST(feed.next_ended().empty());
    BOOST_TEST(has_ended(identity, token));
    AcceptedToken accepted_token;
    accepted_token.token = token;
    accepted_token.since = Identity::now();
    accepted_token.expires_at = Identity::now() + hours(1);
    const auto accepted = identity.wait(identity.takeover().accept_token(accepted_token, Identity::soon()));
    BOOST_REQUIRE(accepted.has_value());
    BOOST_TEST(!accepted.value());
    Moved moved(identity, "bob");
    auto again = moved.adoption_of(identity, {});
    again.token_id = token.id;
    BOOST_TEST((identity.need(identity.takeover().adopt(again, Identity::soon())) == Adopted::exists));
    BOOST_TEST(has_ended(identity, token));
}

IDENTITY_CASE(a_name_stays_ended_when_its_session_has_been_deleted) {
    const Moved moved(identity, "bob");
    const auto over = moved.session().expires_at + hours(1);
    BOOST_TEST(identity.need(identity.sessions().purge(over, 10, Identity::soon())) == 1U);
    BOOST_TEST(!find(identity, moved.session().key).has_value());
    BOOST_TEST(has_ended(identity, moved.name()));
}

IDENTITY_CASE(all_ended_means_what_is_not_provably_newer_too) {
    const auto cut = Identity::now();
    const Moved kept(identity, "bob");
    identity.need(identity.sessions().revoke_all(kept.user.id, kept.name(), cut, Identity::soon()));
    BOOST_TEST(lives(identity, kept.name())); // kept by the name
    auto bob = newcomer("bob");
    const auto counts = [&](const std::string& token, std::optional<Instant> born) {
        bob.token_id = token;
        bob.born = born;
        return introduce(identity, bob).token_counts;
    };
    BOOST_TEST(!counts(new_session_id(), std::nullopt));
    BOOST_TEST(!counts(new_session_id(), cut - Millis{1}));
    BOOST_TEST(counts(new_session_id(), cut + Millis{1}));
    AcceptedToken accepted_token;
    accepted_token.token = {"web", new_session_id()};
    accepted_token.since = cut + Millis{1};
    accepted_token.expires_at = cut + hours(1);
    BOOST_REQUIRE(identity.wait(identity.takeover().accept_token(accepted_token, Identity::soon())).has_value());
    BOOST_TEST(counts(accepted_token.token.id, std::nullopt));
    auto older = kept.adoption_of(identity, cut - hours(1));
    BOOST_TEST((identity.need(identity.takeover().adopt(older, Identity::soon())) == Adopted::refused));
    auto newer = kept.adoption_of(identity, cut + hours(1));
    BOOST_TEST((identity.need(identity.takeover().adopt(newer, Identity::soon())) == Adopted::moved));
}

IDENTITY_CASE(a_name_that_was_vouched_for_finds_its_session) {
    const auto anna = identity.add_user("anna");
    const auto session = identity.log_in(anna);
    AcceptedToken accepted_token;
    accepted_token.token = {"web", new_session_id()};
    accepted_token.session_id = session.key.id;
    accepted_token.since = Identity::now();
    accepted_token.expires_at = session.expires_at;
    const auto accepted = identity.wait(identity.takeover().accept_token(accepted_token, Identity::soon()));
    BOOST_REQUIRE(accepted.has_value());
    BOOST_TEST(accepted.value());
    BOOST_TEST(lives(identity, accepted_token.token));
    std::vector<SessionKey> keys{session.key};
    const auto names = identity.need(identity.sessions().names_of(keys, Identity::soon()));
    BOOST_REQUIRE(names.size() == 1U);
    BOOST_TEST((names.front().key == accepted_token.token));
}

IDENTITY_CASE(use_by_a_name_is_use_of_the_session) {
    const Moved moved(identity, "bob");
    const auto later = Identity::now() + hours(2);
    identity.need(identity.sessions().touch({{moved.name(), later}}, Identity::soon()));
    BOOST_TEST((find(identity, moved.session().key)->session.last_activity == later));
}

IDENTITY_CASE(what_is_known_of_tokens_is_told_in_one_go) {
    const Moved moved(identity, "bob"), ended(identity, "eve");
    const EndedSession end{ended.name(), Identity::now() + hours(1)};
    identity.need(identity.sessions().end_name(end, Identity::now(), Identity::soon()));
    const auto found = known(identity, {moved.name().id, ended.name().id, new_session_id()});
    BOOST_REQUIRE(found.size() == 2U);
    for (const auto& one : found) {
        const bool is_moved = one.id == moved.name().id;
        BOOST_TEST(one.live == is_moved);
        BOOST_TEST(one.ended == !is_moved);
        BOOST_TEST(one.handle == (is_moved ? moved : ended).session().handle);
        BOOST_TEST(one.legacy_user_id == (is_moved ? "legacy bob" : "legacy eve"));
    }
    const auto counts =
        identity.need(identity.takeover().takeover_counts("web", Identity::now(), Identity::now(), Identity::soon()));
    BOOST_TEST(counts.users == 2U);
    BOOST_TEST(counts.sessions == 1U);
    BOOST_TEST(counts.named == 1U);
    BOOST_TEST(counts.ended == 1U);
    const auto names = identity.need(identity.takeover().older_names(ended.session().key, Identity::soon()));
    BOOST_REQUIRE(names.size() == 1U);
    BOOST_TEST(names.front().legacy_user_id == "legacy eve");
}

IDENTITY_CASE(gateways_tell_their_strategy_and_the_latest_word_counts) {
    for (const auto* strategy : {"gradual", "production-only"}) {
        const Announcement announcement{"node", strategy, Identity::now()};
        identity.need(identity.takeover().announce(announcement, Identity::soon()));
    }
    const auto all = identity.need(identity.takeover().announced(Identity::soon()));
    BOOST_REQUIRE(all.size() == 1U);
    BOOST_TEST(all.front().strategy == "production-only");
    BOOST_TEST((all.front().at == Identity::now()));
}

IDENTITY_CASE(a_gateway_tells_why_it_refused_a_reload_until_it_accepts_one) {
    const Announcement refused{"node", "gradual", Identity::now(), "two steps at once", Identity::now()};
    const Announcement accepted{"node", "gradual", Identity::now()};
    for (const auto& announcement : {refused, accepted}) {
        identity.need(identity.takeover().announce(announcement, Identity::soon()));
        const auto all = identity.need(identity.takeover().announced(Identity::soon()));
        BOOST_REQUIRE(all.size() == 1U);
        BOOST_TEST(all.front().refused == announcement.refused);
        BOOST_TEST((all.front().refused_at == announcement.refused_at));
    }
}

IDENTITY_CASE(what_is_forgotten_is_forgotten_in_parts_and_nothing_else_is) {
    std::vector<std::string> names;
    for (const auto* name : {"ann", "bob", "eve"}) {
        const Moved moved(identity, name);
        const EndedSession end{moved.name(), Identity::now() + hours(1)};
        identity.need(identity.sessions().end_name(end, Identity::now(), Identity::soon()));
        names.push_back(moved.name().id);
    }
    for (const std::size_t left : {1U, 0U}) {
        BOOST_TEST(identity.need(identity.takeover().forget_tokens(2, Identity::soon())) == (left == 1 ? 2U : 1U));
        BOOST_TEST(known(identity, names).size() == left);
    }
    BOOST_TEST(identity.need(identity.takeover().forget_tokens(2, Identity::soon())) == 0U);

    std::string after;
    std::vector<std::size_t> counts;
    for (int i = 0; i < 3; ++i) {
        auto forgotten = identity.need(identity.takeover().forget_hashes(after, 2, Identity::soon()));
        counts.push_back(forgotten.count);
        after = forgotten.last;
    }
    BOOST_TEST((counts == std::vector<std::size_t>{2, 1, 0}));
    BOOST_TEST(after.empty());
    // The hash of before is none of theirs any more: what the older system says is new.
    auto ann = newcomer("ann");
    ann.refresh = true;
    BOOST_TEST(introduce(identity, ann).user.generation == 2);
    auto bob = newcomer("bob");
    BOOST_TEST(introduce(identity, bob).password_hash == "$2b$old bob");
}

} // namespace
} // namespace gatehouse::testing::identity_takeover
