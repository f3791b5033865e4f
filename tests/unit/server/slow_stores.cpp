// SPDX-License-Identifier: Apache-2.0
// Goal: stores that are slow, each call within its own deadline, do not add up: a request has one budget for all of
// them, and whatever it did not wait for, its answer is right.
#include "tests/unit/server/rig.h"

#include <boost/asio/detached.hpp>

using namespace gatehouse;

namespace {

/// One call is far within the deadline of a call (300 ms), two are within that of a request (400 ms), three are not.
constexpr Millis slow{180};

/// One call to the store later.
template <class Work> boost::asio::awaitable<void> do_often(Rig& rig, Work change, int times) {
    (void)co_await rig.store.ping(deadline_in(Millis{500}));
    for (; times > 0; --times) {
        auto work = change();
        (void)co_await std::move(work);
    }
}

/// Signs Ann in. Her account is looked at by the first call, then her rights, then the session is inserted; the change
/// is made by the time of the second.
template <class Work> http::Response sign_in_during(Rig& rig, Work change, int times = 1) {
    rig.store.set_delay(Millis{20});
    boost::asio::co_spawn(rig.loop, do_often(rig, change, times), boost::asio::detached);
    auto response = rig.post_json("/login", sign_in_body(ann_email, ann_password));
    rig.store.set_delay(Millis{0});
    return response;
}

} // namespace

BOOST_AUTO_TEST_SUITE(slow_stores)

BOOST_AUTO_TEST_CASE(signing_in_is_given_up) {
    Rig rig;
    rig.store.set_delay(slow);
    const auto refused = rig.post_json("/login", sign_in_body(ann_email, ann_password));
    BOOST_TEST(refused.status() == 503);
    BOOST_TEST(refused.find_header("Retry-After") == "2");
    BOOST_TEST(refused.find_header("Set-Cookie").empty());
    rig.store.set_delay(Millis{0});
    BOOST_TEST(rig.post_json("/login", sign_in_body(ann_email, ann_password)).status() == 200);
}

BOOST_AUTO_TEST_CASE(a_permission_that_changes_during_a_login) {
    Rig rig;
    const auto grant = [&rig] {
        return rig.store.grant(ann_id, "web", {"orders.write", std::nullopt}, wall_now(), deadline_in(Millis{500}));
    };
    const auto response = sign_in_during(rig, grant);
    BOOST_TEST(response.status() == 200);
    BOOST_TEST(rig.get("/verify", Rig::cookie_of(response), {{"GATE_REQUIRE", "permission:orders.write"}}).status() ==
               204);
    BOOST_TEST(rig.request_metrics.logins(LoginOutcome::changed_meanwhile) == 0U);
}

BOOST_AUTO_TEST_CASE(a_password_or_an_account_that_ends_during_a_login) {
    Rig rig;
    const auto password = [&rig] {
        return rig.store.set_password(ann_id, "another hash", {}, std::nullopt, wall_now(), deadline_in(Millis{500}));
    };
    BOOST_TEST(sign_in_during(rig, password).status() == 401);
    BOOST_TEST(rig.request_metrics.logins(LoginOutcome::changed_meanwhile) == 1U);
    Rig other;
    const auto disable = [&other] {
        return other.store.set_disabled(ann_id, true, wall_now(), deadline_in(Millis{500}));
    };
    BOOST_TEST(sign_in_during(other, disable).status() == 401);
}

BOOST_AUTO_TEST_CASE(a_user_who_changes_all_the_time_during_a_login) {
    Rig rig;
    const auto grant = [&rig] {
        return rig.store.grant(ann_id, "web", {"orders.write", std::nullopt}, wall_now(), deadline_in(Millis{500}));
    };
    BOOST_TEST(sign_in_during(rig, grant, 30).status() == 401); // a few rounds, and then as ever
}

/// The database fails before the password is looked at, or after it was found right: neither is a failure of the
/// person.
BOOST_AUTO_TEST_CASE(an_outage_uses_up_no_tries) {
    for (const auto delay : {Millis{400}, slow}) {
        Rig rig;
        rig.store.set_delay(delay);
        for (int i = 0; i < 11; ++i)
            BOOST_TEST(rig.post_json("/login", sign_in_body(ann_email, ann_password)).status() == 503);
        rig.store.set_delay(Millis{0});
        BOOST_TEST(rig.post_json("/login", sign_in_body(ann_email, ann_password)).status() == 200);
        // Wrong ones count as ever.
        for (int i = 0; i < 10; ++i)
            BOOST_TEST(rig.post_json("/login", sign_in_body(ann_email, "not the password")).status() == 401);
        BOOST_TEST(rig.post_json("/login", sign_in_body(ann_email, ann_password)).status() == 429);
    }
}

BOOST_AUTO_TEST_CASE(an_outage_uses_up_no_tries_at_a_new_password) {
    Rig rig;
    const auto cookie = rig.login();
    const auto wanted = [](const std::string& current) {
        return R"({"current_password":")" + current + R"(","new_password":"a short walk by the lake"})";
    };
    rig.store.set_delay(Millis{400});
    for (int i = 0; i < 11; ++i)
        BOOST_TEST(rig.post_json("/password/change", wanted(ann_password), cookie).status() == 503);
    rig.store.set_delay(Millis{0});
    BOOST_TEST(rig.post_json("/password/change", wanted("not the password"), cookie).status() == 401);
    BOOST_TEST(rig.post_json("/password/change", wanted(ann_password), cookie).status() == 200);
}

BOOST_AUTO_TEST_CASE(a_list_is_in_time) {
    Rig rig;
    const auto cookie = rig.login();
    rig.store.set_delay(slow);
    BOOST_TEST(rig.get("/sessions", cookie, {{"HTTP_ACCEPT", "application/json"}}).status() == 200);
    rig.store.set_delay(Millis{400});
    const auto refused = rig.get("/sessions", cookie, {{"HTTP_ACCEPT", "application/json"}});
    BOOST_TEST(refused.status() == 503);
    BOOST_TEST(refused.find_header("Set-Cookie").empty());
}

/// The password is changed, so that is the answer; for the new session there is no time left.
BOOST_AUTO_TEST_CASE(a_changed_password_is_said_to_be_changed) {
    Rig rig;
    const auto cookie = rig.login();
    rig.store.set_delay(slow);
    const auto changed = rig.post_json("/password/change",
                                       R"({"current_password":")" + std::string(ann_password) +
                                           R"(","new_password":"a short walk by the lake"})",
                                       cookie);
    BOOST_TEST(changed.status() == 200);
    BOOST_TEST(changed.body().find(R"("signed_in":false)") != std::string::npos);
    BOOST_TEST(changed.find_header("Set-Cookie").find("Max-Age=0") != std::string_view::npos);
    rig.store.set_delay(Millis{0});
    BOOST_TEST(rig.get("/verify", cookie).status() == 401);
    BOOST_TEST(rig.post_json("/login", sign_in_body(ann_email, ann_password)).status() == 401);
    rig.login("a short walk by the lake");
}

BOOST_AUTO_TEST_SUITE_END()
