// SPDX-License-Identifier: Apache-2.0
// Goal: stores that are slow, each call within its own deadline, do not add up: a request has one budget for all of
// them, and whatever it did not wait for, its answer is right.
#include "tests/unit/server/rig.h"

using namespace gatehouse;

namespace {

/// One call is far within the deadline of a call (300 ms), two are within that of a request (400 ms), three are not.
constexpr Millis slow{180};

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
