// SPDX-License-Identifier: Apache-2.0
// Goal: logins and pages can take neither all the connections nor all the places in the queue: checks, ends of sessions
// and the feed get theirs.
#include "databases.h"
#include "identity_suite.h"
#include "servers.h"
#include "storage/admin/migrations.h"
#include "storage/sql/identity_store.h"

#include <set>
#include <string_view>
#include <thread>

namespace gatehouse::testing::identity_shares {
namespace {

using boost::asio::awaitable;
using Outcome = Result<std::string_view>;

/// What came of a call, and which it was.
template <class T> awaitable<Outcome> named(std::string_view name, awaitable<Result<T>> call) {
    const auto answer = co_await std::move(call);
    if (!answer) co_return answer.error();
    co_return name;
}

std::string migrated(std::string url) {
    Migrator(url, Database::identity).up();
    return url;
}

/// A store with four connections and eight places, one user, and one session.
struct Scene {
    Scene() {
        const NewAccount account{new_uuid(), "anna@example.org", "h", "user", true, Identity::now()};
        BOOST_REQUIRE(loop.wait(store.create(account, Identity::soon())));
        user = account.id;
        session = next_session();
        BOOST_REQUIRE(loop.wait(store.insert({session, {}, generation(), 0}, Identity::soon())));
    }
    ~Scene() { store.stop(Millis{5000}); }
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    std::int64_t generation() { return loop.wait(store.find(user, Identity::soon())).value()->generation; }
    Session next_session() const {
        const auto now = Identity::now();
        return {{"web", new_session_id()}, new_uuid(), user, now, now, now + std::chrono::hours{1}, false};
    }
    /// Logins that wait for the user's row.
    [[nodiscard]] int waiting() const {
        return std::stoi(postgres_query(url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND"
                                             " application_name = 'gatehouse' AND datname = current_database()"));
    }
    std::vector<awaitable<Outcome>> what_decides() {
        const auto soon = deadline_in(Millis{5000});
        const auto now = Identity::now();
        std::vector<awaitable<Outcome>> calls;
        calls.push_back(named("check", store.find(session.key, soon)));
        calls.push_back(named("logout", store.revoke(session.key, now, soon)));
        calls.push_back(named("feed", store.look({}, 10, soon)));
        calls.push_back(named("report", store.seen("node", now, soon)));
        calls.push_back(named("others", store.nodes_behind("node", now, Seconds{60}, soon)));
        calls.push_back(named("activity", store.touch({{session.key, now}}, soon)));
        return calls;
    }

    const std::string url = migrated(PostgresServer::shared().create_database());
    Loop loop;
    SqlIdentityStore store{{.url = url, .connections = 4, .queue = 8, .statement_timeout = Millis{60'000}}};
    std::string user;
    Session session;
};

} // namespace

BOOST_AUTO_TEST_SUITE(identity_postgresql)

BOOST_AUTO_TEST_CASE(an_overload_of_logins_leaves_checks_logouts_and_the_feed_alone) {
    Scene scene;
    const auto generation = scene.generation();
    PostgresSession other(scene.url);
    other.query("BEGIN");
    other.query("SELECT id FROM users FOR UPDATE");
    std::multiset<std::string_view> answered;
    const auto meanwhile = [&]() -> awaitable<Outcome> {
        while (scene.waiting() < 3)
            std::this_thread::sleep_for(Millis{5});
        for (auto& call : scene.what_decides()) // one after the other: the logins go on waiting
            if (const auto answer = co_await std::move(call)) answered.insert(*answer);
        BOOST_TEST(scene.waiting() == 3);
        other.query("ROLLBACK");
        co_return "meanwhile";
    };
    std::vector<awaitable<Outcome>> all;
    for (int i = 0; i < 30; ++i) {
        const NewSession login{scene.next_session(), {}, generation, 0};
        all.push_back(named("login", scene.store.insert(login, deadline_in(Millis{60'000}))));
    }
    all.push_back(meanwhile());
    std::size_t logins = 0;
    for (const auto& outcome : scene.loop.wait_all(std::move(all)))
        if (outcome && *outcome == "login") ++logins;
    const std::multiset<std::string_view> wanted{"activity", "check", "feed", "logout", "others", "report"};
    BOOST_TEST(answered == wanted, boost::test_tools::per_element());
    BOOST_TEST(logins >= 6U); // the first in the queue
    BOOST_TEST(logins < 30U); // which is bounded
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::identity_shares
