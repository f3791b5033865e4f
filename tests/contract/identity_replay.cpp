// SPDX-License-Identifier: Apache-2.0
// Goal: whoever asks what ended lately hears of every session that a cache may still believe in, page by page.
#include "feed_view.h"
#include "identity_suite.h"

#include <set>

using namespace gatehouse;
using namespace gatehouse::testing;
using std::chrono::hours;

namespace {

std::set<std::string> ended_since(Identity& identity, Instant since, std::size_t page) {
    std::set<std::string> ids;
    std::string after;
    for (;;) {
        const auto ended = identity.need(identity.sessions().ended_since(since, after, page, Identity::soon()));
        BOOST_REQUIRE(ended.size() <= page);
        if (ended.empty()) return ids;
        for (const auto& one : ended) {
            BOOST_REQUIRE(one.key.id > after);
            after = one.key.id;
            ids.insert(one.key.id);
        }
    }
}

} // namespace

IDENTITY_CASE(what_ended_is_listed_whatever_ended_it) {
    const auto anna = identity.add_user("anna"), bert = identity.add_user("bert");
    const auto before = Identity::now() - hours{1};
    const auto one = identity.log_in(anna), other = identity.log_in(anna, "admin"), third = identity.log_in(anna);
    const auto berts = identity.log_in(bert), lives = identity.log_in(bert);
    BOOST_TEST(ended_since(identity, before, 10).empty());
    identity.need(identity.sessions().revoke(one.key, Identity::now(), Identity::soon()));
    identity.need(identity.sessions().revoke_all(anna.id, std::nullopt, Identity::now(), Identity::soon()));
    identity.need(identity.sessions().revoke_by_handle(bert.id, berts.handle, Identity::now(), Identity::soon()));
    const std::set<std::string> expected{one.key.id, other.key.id, third.key.id, berts.key.id};
    for (const std::size_t page : {1U, 3U, 4U, 100U})
        BOOST_TEST((ended_since(identity, before, page) == expected), "pages of " << page);
}

IDENTITY_CASE(what_has_expired_is_not_listed) {
    const auto anna = identity.add_user("anna");
    auto session = identity.session_of(anna);
    session.session.expires_at = Identity::now() - hours{1};
    identity.need(identity.sessions().insert(session, Identity::soon()));
    identity.need(identity.sessions().revoke(session.session.key, Identity::now(), Identity::soon()));
    BOOST_TEST(ended_since(identity, Identity::now() - hours{24}, 10).empty());
}

// A row of the session says nothing of these ends: the feed's table keeps them.
SQL_CASE(ends_that_no_row_tells_of_are_listed_until_the_session_would_have_ended) {
    const auto anna = identity.add_user("anna"), bert = identity.add_user("bert");
    const auto before = Identity::now() - hours{1};
    const auto deleted = identity.log_in(anna), shortened = identity.log_in(anna), undated = identity.log_in(anna);
    const auto backdated = identity.log_in(anna), renamed = identity.log_in(anna), moved = identity.log_in(anna);
    const auto berts = identity.log_in(bert), lives = identity.log_in(anna), buried = identity.log_in(anna);
    const auto of = [](const Session& session) { return " WHERE id = '" + session.key.id + "'"; };
    const auto at = [&](int seconds) {
        if (identity.kind() == StoreKind::sqlite)
            return std::to_string((wall_now() + Seconds{seconds}).time_since_epoch().count());
        return "now() + " + std::to_string(seconds) + " * interval '1 second'";
    };
    identity.by_hand("DELETE FROM sessions" + of(deleted));
    identity.by_hand("UPDATE sessions SET expires_at = " + at(-1) + of(shortened));
    identity.by_hand("UPDATE sessions SET revoked = true" + of(undated));
    identity.by_hand("UPDATE sessions SET revoked = true, revoked_at = " + at(-86'400) + of(backdated));
    identity.by_hand("UPDATE sessions SET id = 'renamed'" + of(renamed));
    identity.by_hand("UPDATE sessions SET application_context = 'admin'" + of(moved));
    identity.by_hand("DELETE FROM users WHERE id = '" + bert.id + "'");
    identity.need(identity.sessions().revoke(buried.key, Identity::now(), Identity::soon()));
    identity.by_hand("DELETE FROM sessions" + of(buried));
    const std::set<std::string> expected{deleted.key.id, shortened.key.id, undated.key.id, backdated.key.id,
                                         renamed.key.id, moved.key.id,     berts.key.id,   buried.key.id};
    for (const std::size_t page : {1U, 3U, 100U})
        BOOST_TEST((ended_since(identity, before, page) == expected), "pages of " << page);
    // The purge of the feed leaves them, and takes them when the session would be over.
    identity.need(identity.feed().forget(wall_now() + Seconds{1}, before, 1000, Identity::soon()));
    BOOST_TEST((ended_since(identity, before, 100) == expected));
    identity.by_hand("UPDATE changes SET expires_at = " + at(-10) + " WHERE session_id IS NOT NULL");
    BOOST_TEST((ended_since(identity, before, 100) == std::set<std::string>{undated.key.id}));
    identity.need(identity.feed().forget(wall_now() - Seconds{5}, before, 1000, Identity::soon()));
    BOOST_TEST(identity.by_hand("SELECT count(*) FROM changes WHERE lost = true") == "0");
}

SQL_CASE(a_revoked_session_that_is_deleted_is_told_once_more) {
    const auto anna = identity.add_user("anna");
    const auto revoked = identity.log_in(anna);
    identity.need(identity.sessions().revoke(revoked.key, Identity::now(), Identity::soon()));
    FeedView feed(identity);
    identity.by_hand("DELETE FROM sessions");
    BOOST_TEST((feed.next_ended() == std::set<std::string>{name_of(revoked)}));
}
