// SPDX-License-Identifier: Apache-2.0
// Goal: whoever asks what ended lately hears of every session that a cache may still believe in, page by page.
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
