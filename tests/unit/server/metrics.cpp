// SPDX-License-Identifier: Apache-2.0
// Goal: the metrics count what was answered, say which strategy it was, and are shown only where nginx says that the
// request is the site's own.
#include "tests/unit/server/rig.h"

namespace gatehouse {
namespace {

std::string scrape(Rig& rig) {
    const auto response = rig.get("/metrics", {}, {{"GATE_LOCAL", "yes"}});
    BOOST_REQUIRE_EQUAL(response.status(), 200);
    return response.body();
}

/// The text of the one sample whose name and labels are these.
std::string sample(const std::string& metrics, const std::string& name) {
    const auto at = metrics.find("\n" + name + " ");
    BOOST_REQUIRE_MESSAGE(at != std::string::npos, "there is no " << name);
    const auto begin = at + name.size() + 2;
    return metrics.substr(begin, metrics.find('\n', begin) - begin);
}

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(are_not_found_by_the_world) {
    Rig rig;
    BOOST_TEST(rig.get("/metrics").status() == 404);
    BOOST_TEST(rig.get("/metrics", {}, {{"GATE_LOCAL", "no"}}).status() == 404);
    BOOST_TEST(rig.get("/metrics", {}, {{"HTTP_GATE_LOCAL", "yes"}}).status() == 404);
}

BOOST_AUTO_TEST_CASE(every_check_is_counted_by_its_answer_and_the_reason) {
    Rig rig;
    const auto cookie = rig.login();
    for (int i = 0; i < 3; ++i)
        BOOST_REQUIRE_EQUAL(rig.get("/verify", cookie).status(), 204);
    BOOST_REQUIRE_EQUAL(rig.get("/verify").status(), 401);
    const auto foreign = cookie.substr(0, cookie.find('=') + 1) + Rig().settings->tokens.mint("web");
    BOOST_REQUIRE_EQUAL(rig.get("/verify", foreign).status(), 401);
    BOOST_REQUIRE_EQUAL(rig.get("/verify", cookie, {{"GATE_REQUIRE", "role:admin"}}).status(), 403);
    BOOST_REQUIRE_EQUAL(rig.get("/verify", cookie, {{"GATE_REQUIRE", "nonsense"}}).status(), 500);
    const auto text = scrape(rig);
    BOOST_TEST(sample(text, R"(gatehouse_checks_total{status="204",reason="live"})") == "3");
    BOOST_TEST(sample(text, R"(gatehouse_checks_total{status="401",reason="no_token"})") == "1");
    BOOST_TEST(sample(text, R"(gatehouse_checks_total{status="401",reason="foreign_token"})") == "1");
    BOOST_TEST(sample(text, R"(gatehouse_checks_total{status="403",reason="live"})") == "1");
    BOOST_TEST(sample(text, R"(gatehouse_checks_total{status="500",reason="live"})") == "1");
    BOOST_TEST(sample(text, R"(gatehouse_checks_total{status="401",reason="revoked"})") == "0");
}

BOOST_AUTO_TEST_CASE(what_could_not_be_found_out_is_503_and_counted_as_that) {
    Rig rig;
    const auto cookie = rig.login();
    rig.cache.clear();
    rig.cache.set_failure(StoreError::unavailable);
    rig.store.set_failure(StoreError::unavailable);
    BOOST_REQUIRE_EQUAL(rig.get("/verify", cookie).status(), 503);
    BOOST_TEST(sample(scrape(rig), R"(gatehouse_checks_total{status="503",reason="store_unavailable"})") == "1");
}

BOOST_AUTO_TEST_CASE(every_attempt_to_sign_in_is_counted_once) {
    Rig rig;
    rig.login();
    rig.post_json("/login", sign_in_body(ann_email, "a wrong password of mine"));
    rig.post_json("/login", sign_in_body("nobody@example.test", "a wrong password of mine"));
    rig.store.set_failure(StoreError::unavailable);
    BOOST_REQUIRE_EQUAL(rig.post_json("/login", sign_in_body(ann_email, ann_password)).status(), 503);
    const auto text = scrape(rig);
    for (const char* outcome : {"ok", "wrong_password", "unknown_account", "unavailable"})
        BOOST_TEST(sample(text, std::string(R"(gatehouse_logins_total{outcome=")") + outcome + R"("})") == "1");
    for (const char* outcome : {"disabled", "not_for_this_context", "throttled", "changed_meanwhile"})
        BOOST_TEST(sample(text, std::string(R"(gatehouse_logins_total{outcome=")") + outcome + R"("})") == "0");
}

BOOST_AUTO_TEST_CASE(the_state_is_that_of_ready) {
    Rig rig;
    rig.readiness.stores = {{"sql", true, false}, {"web:\"odd\\\n", false, false}};
    rig.readiness.warnings = {"fsync_off"};
    rig.readiness.numbers = {{"requests", 7, true, "Requests."}, {"sessions_in_memory", 3, false, "Sessions."}};
    const auto text = scrape(rig);
    BOOST_TEST(text.starts_with("# HELP gatehouse_info "));
    const auto strategy = std::string(name_of(rig.settings->config->strategy));
    const auto mode = std::string(rig.settings->config->mode());
    BOOST_TEST(sample(text, std::string(R"(gatehouse_info{version=")") + GATEHOUSE_VERSION + R"(",mode=")" + mode +
                                R"(",strategy=")" + strategy + R"("})") == "1");
    BOOST_TEST(sample(text, R"(gatehouse_ready{status="ok"})") == "0");
    BOOST_TEST(sample(text, R"(gatehouse_ready{status="degraded"})") == "1");
    BOOST_TEST(sample(text, R"(gatehouse_store_up{store="sql"})") == "1");
    BOOST_TEST(sample(text, R"(gatehouse_store_up{store="web:\"odd\\\n"})") == "0");
    BOOST_TEST(sample(text, R"(gatehouse_warning{warning="fsync_off"})") == "1");
    BOOST_TEST(sample(text, "gatehouse_requests_total") == "7");
    BOOST_TEST(sample(text, "# TYPE gatehouse_requests_total") == "counter");
    BOOST_TEST(sample(text, "gatehouse_sessions_in_memory") == "3");
    BOOST_TEST(sample(text, "# TYPE gatehouse_sessions_in_memory") == "gauge");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace
} // namespace gatehouse
