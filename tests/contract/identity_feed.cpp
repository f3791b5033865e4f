// SPDX-License-Identifier: Apache-2.0
// Goal: whatever the stores change, the next look at the feed tells; and what is no change it does not tell.
#include "feed_view.h"

namespace gatehouse::testing::identity_feed {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using Names = std::set<std::string>;
using Users = std::map<std::string, std::int64_t>;

IDENTITY_CASE(a_feed_begins_with_nothing_found) {
    const auto anna = identity.add_user("anna");
    const auto session = identity.log_in(anna);
    identity.need(identity.sessions().revoke(session.key, Identity::now(), Identity::soon()));
    const auto before = wall_now();
    const auto page = identity.need(identity.feed().look("", 10, Identity::soon()));
    BOOST_TEST((page.ended.empty() && page.nodes.empty()));
    BOOST_TEST(!page.gap);
    BOOST_TEST((page.looked_at >= before && page.looked_at <= wall_now()));
    FeedView feed(identity);
    const auto next = feed.look();
    BOOST_TEST((next.ended.empty() && next.users.empty() && !next.gap));
}

IDENTITY_CASE(a_session_that_ended_is_told_with_its_end) {
    const auto anna = identity.add_user("anna");
    const auto session = identity.log_in(anna, "admin");
    FeedView feed(identity);
    identity.need(identity.sessions().revoke(session.key, Identity::now(), Identity::soon()));
    const auto page = feed.look();
    BOOST_REQUIRE(page.ended.size() == 1U);
    BOOST_TEST((page.ended.front() == EndedSession{session.key, session.expires_at}));
    BOOST_TEST(page.users.empty());
    BOOST_TEST(feed.look().ended.empty()); // once is enough
    identity.need(identity.sessions().revoke(session.key, Identity::now(), Identity::soon()));
    BOOST_TEST(feed.look().ended.empty()); // nothing has changed
}

IDENTITY_CASE(every_way_to_end_a_session_is_told) {
    const auto anna = identity.add_user("anna");
    const auto one = identity.log_in(anna), two = identity.log_in(anna, "admin"), three = identity.log_in(anna);
    const auto kept = identity.log_in(anna);
    FeedView feed(identity);
    identity.need(identity.sessions().revoke_by_handle(anna.id, one.handle, Identity::now(), Identity::soon()));
    BOOST_TEST((feed.next_ended() == Names{name_of(one)}));
    identity.need(identity.sessions().revoke_all(anna.id, kept.key, Identity::now(), Identity::soon()));
    BOOST_TEST((feed.next_ended() == Names{name_of(two), name_of(three)}));

    auto newest = identity.session_of(anna);
    newest.max_per_user = 1;
    identity.need(identity.sessions().insert(newest, Identity::soon()));
    BOOST_TEST((feed.next_ended() == Names{name_of(kept)}));

    identity.need(identity.users().set_password(anna.id, "new", {}, {}, Identity::now(), Identity::soon()));
    BOOST_TEST((feed.next_ended() == Names{name_of(newest.session)}));
    const auto bert = identity.add_user("bert");
    const auto berts = identity.log_in(bert);
    BOOST_TEST(feed.next_ended().empty());
    identity.need(identity.users().set_disabled(bert.id, true, Identity::now(), Identity::soon()));
    BOOST_TEST((feed.next_ended() == Names{name_of(berts)}));
}

IDENTITY_CASE(every_change_of_a_user_is_told_with_its_generation) {
    const auto anna = identity.add_user("anna");
    FeedView feed(identity);
    const auto told = [&](const UserChange& change) {
        feed.look();
        BOOST_TEST(change.found);
        BOOST_TEST((feed.users == Users{{anna.id, change.generation}}));
    };
    auto& users = identity.users();
    const auto now = Identity::now();
    told(identity.need(users.set_password(anna.id, "new", {}, {}, now, Identity::soon())));
    told(identity.need(users.set_disabled(anna.id, true, now, Identity::soon())));
    told(identity.need(users.set_disabled(anna.id, false, now, Identity::soon())));
    told(identity.need(users.set_role(anna.id, "admin", Identity::soon())));
    told(identity.need(users.grant(anna.id, "web", {"p", {}}, now, Identity::soon())));
    told(identity.need(users.grant(anna.id, "web", {"p", now + hours{1}}, now, Identity::soon())));
    told(identity.need(users.withdraw(anna.id, "web", "p", Identity::soon())));
    told(identity.need(users.withdraw(anna.id, "web", "p", Identity::soon()))); // there was none, but it counts
    BOOST_TEST(identity.need(users.find(anna.id, Identity::soon()))->generation == anna.generation + 8);
}

IDENTITY_CASE(what_is_no_change_is_not_told) {
    FeedView feed(identity);
    const auto anna = identity.add_user("anna");
    const auto session = identity.log_in(anna);
    identity.need(identity.sessions().touch({{session.key, Identity::now() + minutes{1}}}, Identity::soon()));
    identity.need(identity.users().replace_hash(anna.id, anna.password_hash, "the same", Identity::soon()));
    identity.need(identity.sessions().revoke({"web", "none"}, Identity::now(), Identity::soon()));
    identity.need(identity.users().set_password(anna.id, "x", {anna.generation + 1, {}}, {}, Identity::now(),
                                                Identity::soon())); // not found
    auto over = identity.session_of(anna);
    over.session.expires_at = Identity::now() - hours{1};
    identity.need(identity.sessions().insert(over, Identity::soon()));
    BOOST_TEST(identity.need(identity.sessions().purge(Identity::now(), 10, Identity::soon())) == 1U);
    const auto page = feed.look();
    BOOST_TEST(page.ended.empty());
    BOOST_TEST(page.users.empty());
    BOOST_TEST(!page.gap);
}

IDENTITY_CASE(readers_do_not_disturb_each_other) {
    const auto anna = identity.add_user("anna");
    const auto one = identity.log_in(anna), two = identity.log_in(anna);
    FeedView quick(identity), slow(identity);
    identity.need(identity.sessions().revoke(one.key, Identity::now(), Identity::soon()));
    BOOST_TEST((quick.next_ended() == Names{name_of(one)}));
    FeedView late(identity);
    identity.need(identity.sessions().revoke(two.key, Identity::now(), Identity::soon()));
    BOOST_TEST((quick.next_ended() == Names{name_of(two)}));
    BOOST_TEST((slow.next_ended() == Names{name_of(one), name_of(two)}));
    BOOST_TEST((late.next_ended() == Names{name_of(two)}));
}

IDENTITY_CASE(more_changes_than_wanted_are_a_gap) {
    const auto anna = identity.add_user("anna");
    FeedView exact(identity), one_less(identity), none(identity);
    for (int i = 0; i < 5; ++i)
        identity.need(identity.users().set_role(anna.id, "r" + std::to_string(i), Identity::soon()));
    BOOST_TEST(exact.look(5).users.size() == 5U);
    BOOST_TEST(none.look(0).gap);
    const auto page = one_less.look(4);
    BOOST_TEST(page.gap);
    BOOST_TEST(page.users.empty());
    const auto change = identity.need(identity.users().set_role(anna.id, "last", Identity::soon()));
    BOOST_TEST(!one_less.look(4).gap); // it goes on behind the gap
    BOOST_TEST((one_less.users == Users{{anna.id, change.generation}}));
}

IDENTITY_CASE(a_position_that_makes_no_sense_is_a_gap) {
    const auto anna = identity.add_user("anna");
    FeedView feed(identity);
    const auto good = feed.position;
    const auto history = good.substr(0, good.find('/'));
    const auto after = identity.need(identity.users().set_role(anna.id, "admin", Identity::soon()));
    const std::vector<std::string> bad{"x",
                                       "/",
                                       "//",
                                       "0",
                                       "1:1:",
                                       "'; DROP TABLE users; --",
                                       std::string(100'000, '7'),
                                       std::string("\0", 1),
                                       "\xff",
                                       good + "x",
                                       good + ",",
                                       " " + good,
                                       "x" + good,
                                       good.substr(1),
                                       history,
                                       history + "/",
                                       history + "//",
                                       history + "/1",
                                       history + "/1/",
                                       history + "/-1/1:1:",
                                       history + "/1x/1:1:",
                                       history + "/+1/1:1:",
                                       history + "/99999999999999999999/1:1:",
                                       history + "/1/1",
                                       history + "/1/1:",
                                       history + "/1/:1:",
                                       history + "/1/0:1:",
                                       history + "/1/1:0:",
                                       history + "/1/2:1:",
                                       history + "/1/4294967296:4294967297:",
                                       history + "/1/-1:1:",
                                       history + "/1/1:9:a",
                                       history + "/1/3:9:2",
                                       history + "/1/3:9:9",
                                       history + "/1/3:9:5,4",
                                       history + "/1/3:9:4,",
                                       history + "/1/3:9:,4",
                                       history + "/1/3:9:4,,5",
                                       history + "/1/1:1:\n",
                                       history + "/1/18446744073709551616:1:"};
    for (const auto& position : bad) {
        BOOST_TEST_CONTEXT(position.substr(0, 80)) {
            feed.position = position;
            const auto page = feed.look();
            BOOST_TEST(page.gap);
            BOOST_TEST((page.users.empty() && page.ended.empty()));
            BOOST_TEST(!feed.look().gap);
        }
    }
    feed.position = good;
    feed.look();
    BOOST_TEST((feed.users == Users{{anna.id, after.generation}}));
}

IDENTITY_CASE(users_that_changed_are_listed_once_page_by_page) {
    const auto start = identity.need(identity.feed().clock(Identity::soon()));
    Users expected;
    for (const auto* name : {"anna", "bert", "carl", "dora", "emil"}) {
        const auto user = identity.add_user(name);
        for (int i = 0; i < 3; ++i)
            expected[user.id] = identity.need(identity.users().set_role(user.id, "r", Identity::soon())).generation;
    }
    const auto since = [&](Instant instant, std::size_t page) {
        Users users;
        for (std::string after;;) {
            const auto found = identity.need(identity.feed().users_since(instant, after, page, Identity::soon()));
            BOOST_REQUIRE(found.size() <= page);
            if (found.empty()) return users;
            for (const auto& user : found) {
                BOOST_REQUIRE(user.id > after);
                users[after = user.id] = user.generation;
            }
        }
    };
    for (const std::size_t page : {1U, 2U, 5U, 100U})
        BOOST_TEST((since(start - minutes{1}, page) == expected), "pages of " << page);
    BOOST_TEST(since(start + hours{1}, 10).empty());
}

IDENTITY_CASE(what_a_node_has_seen_is_known_to_the_others) {
    auto& feed = identity.feed();
    const auto clock = [&] { return identity.need(feed.clock(Identity::soon())); };
    const auto seen = [&](const std::string& node, Instant at) {
        identity.need(feed.seen(node, at, Identity::soon()));
    };
    const auto behind = [&](const std::string& self, Instant since) {
        return identity.need(feed.nodes_behind(self, since, Seconds{60}, Identity::soon()));
    };
    const auto first = clock() - Seconds{10}, second = first + Seconds{1};
    BOOST_TEST(behind("a", first) == 0U);
    seen("a", first);
    seen("b", first);
    seen("it's :c", second);
    seen("gone", clock() - node_gone_after - Seconds{1});
    const auto named = identity.need(feed.look("", 10, Identity::soon())).nodes;
    BOOST_TEST((std::set<std::string>(named.begin(), named.end()) == std::set<std::string>{"a", "b", "it's :c"}));
    BOOST_TEST(behind("a", first) == 0U);
    BOOST_TEST(behind("a", first + Millis{1}) == 1U);
    BOOST_TEST(behind("nobody", second) == 2U);
    BOOST_TEST(behind("a", second + Millis{1}) == 2U);
    seen("b", second);
    seen("b", first); // late news: it does not move back
    BOOST_TEST(behind("a", second) == 0U);
    seen("b", first - hours{1});
    BOOST_TEST(behind("a", second) == 0U);
    identity.need(feed.leave("it's :c", Identity::soon()));
    BOOST_TEST(behind("a", second + Millis{1}) == 1U);
    identity.need(feed.leave("it's :c", Identity::soon()));
    BOOST_TEST(identity.need(feed.nodes_behind("a", clock(), Seconds{5}, Identity::soon())) == 0U); // not heard of
}

IDENTITY_CASE(a_time_that_has_not_come_yet_proves_nothing) {
    auto& feed = identity.feed();
    const auto now = identity.need(feed.clock(Identity::soon()));
    const auto behind = [&] { return identity.need(feed.nodes_behind("a", now, Seconds{60}, Identity::soon())); };
    identity.need(feed.seen("b", now + hours{1}, Identity::soon()));
    BOOST_TEST(behind() == 1U);
    while (identity.need(feed.clock(Identity::soon())) <= now) {
    }
    identity.need(feed.seen("b", now, Identity::soon())); // the clock was set back
    BOOST_TEST(behind() == 0U);
}

IDENTITY_CASE(a_look_that_begins_after_the_clock_was_asked_is_not_behind_and_one_before_is) {
    auto& feed = identity.feed();
    const auto anna = identity.add_user("anna");
    for (int round = 0; round < 20; ++round) {
        FeedView early(identity);
        const auto before = early.look().looked_at;
        const auto session = identity.log_in(anna);
        identity.need(identity.sessions().revoke(session.key, Identity::now(), Identity::soon()));
        const auto committed = identity.need(feed.clock(Identity::soon()));
        BOOST_TEST((before < committed)); // whatever has been rounded
        FeedPage page = early.look();
        while (page.looked_at < committed)
            page = early.look();
        identity.need(feed.seen("b", page.looked_at, Identity::soon()));
        BOOST_TEST(identity.need(feed.nodes_behind("a", committed, Seconds{60}, Identity::soon())) == 0U);
    }
}

IDENTITY_CASE(old_changes_and_nodes_are_forgotten_a_few_at_a_time) {
    auto& feed = identity.feed();
    const auto anna = identity.add_user("anna");
    FeedView before(identity);
    for (int i = 0; i < 5; ++i)
        identity.need(identity.users().set_role(anna.id, "r", Identity::soon()));
    const auto now = identity.need(feed.clock(Identity::soon()));
    for (const auto* node : {"a", "b", "c"})
        identity.need(feed.seen(node, now, Identity::soon()));
    const auto forget = [&](Instant changes, Instant nodes, std::size_t limit) {
        return identity.need(feed.forget(changes, nodes, limit, Identity::soon()));
    };
    const auto past = now - hours{1}, future = now + hours{1};
    BOOST_TEST(forget(past, past, 10) == 0U);
    BOOST_TEST(forget(future, past, 2) == 2U);
    BOOST_TEST(forget(past, future, 2) == 2U);
    BOOST_TEST(identity.need(feed.nodes_behind("x", now + Millis{1}, Seconds{60}, Identity::soon())) == 1U);
    BOOST_TEST(before.look().users.size() == 3U);
    BOOST_TEST(forget(future, future, 10) == 4U);
    BOOST_TEST(forget(future, future, 10) == 0U);

    // Though nothing is left, a reader goes on where it was.
    BOOST_TEST(!before.look().gap);
    FeedView begun(identity);
    const auto change = identity.need(identity.users().set_role(anna.id, "s", Identity::soon()));
    for (auto* reader : {&before, &begun}) {
        BOOST_TEST(!reader->look().gap);
        BOOST_TEST((reader->users == Users{{anna.id, change.generation}}));
    }
}

} // namespace
} // namespace gatehouse::testing::identity_feed
