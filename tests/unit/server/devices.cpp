// SPDX-License-Identifier: Apache-2.0
// Goal: whoever has logged in with a browser is let in there whatever strangers do to the account, and the cookie that
// shows it is worth nothing else.
#include "gateway/accounts/csrf.h"
#include "tests/unit/server/rig.h"

using namespace gatehouse;

namespace {

constexpr const char* name = "__Host-gatehouse_device";

/// The line that sets the device cookie; empty if there is none.
std::string device_line(const http::Response& response) {
    const auto& block = response.header_block();
    const auto at = block.find(std::string("Set-Cookie: ") + name + "=");
    return at == std::string::npos ? std::string{} : block.substr(at + 12, block.find("\r\n", at) - at - 12);
}

std::string device_of(const http::Response& response) {
    const auto line = device_line(response);
    return line.substr(0, line.find(';'));
}

http::Response sign_in(Rig& rig, const std::string& cookie, const char* password = ann_password,
                       const char* address = "192.0.2.7") {
    return rig.post_json("/login", sign_in_body(ann_email, password), cookie, {{"REMOTE_ADDR", address}});
}

/// Thirty wrong passwords from three places.
void lock_out(Rig& rig) {
    for (const auto* address : {"198.51.100.1", "198.51.100.2", "198.51.100.3"})
        for (int i = 0; i < 10; ++i)
            (void)sign_in(rig, {}, "not the password", address);
    BOOST_TEST(sign_in(rig, {}).status() == 429);
}

} // namespace

BOOST_AUTO_TEST_SUITE(devices)

BOOST_AUTO_TEST_CASE(a_login_makes_a_device) {
    Rig rig;
    const auto in = sign_in(rig, {});
    const auto line = device_line(in);
    for (const auto* flag : {"; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax", "; Max-Age=31536000"})
        BOOST_TEST(line.find(flag) != std::string::npos, flag);
    BOOST_TEST(line.find("ann") == std::string::npos);
    // It stays when the session ends, and nobody else gets one.
    BOOST_TEST(device_line(rig.post_json("/logout", "{}", Rig::cookie_of(in))).empty());
    BOOST_TEST(device_line(sign_in(rig, {}, "not the password")).empty());
    BOOST_TEST(device_line(rig.get("/login")).empty());
}

BOOST_AUTO_TEST_CASE(strangers_do_not_lock_a_device_out) {
    Rig rig;
    const auto device = device_of(sign_in(rig, {}));
    lock_out(rig);
    BOOST_TEST(sign_in(rig, device).status() == 200);
    BOOST_TEST(sign_in(rig, device, ann_password, "203.0.113.9").status() == 200);
    BOOST_TEST(sign_in(rig, {}).status() == 429); // it did not set the others free
    for (int i = 0; i < 10; ++i)
        BOOST_TEST(sign_in(rig, device, "not the password").status() == 401);
    BOOST_TEST(sign_in(rig, device).status() == 429); // a thief has no more than these
}

BOOST_AUTO_TEST_CASE(strangers_do_not_keep_a_device_from_a_new_password) {
    Rig rig;
    const auto in = sign_in(rig, {});
    lock_out(rig);
    const auto cookies = Rig::cookie_of(in) + "; " + device_of(in);
    const auto body =
        R"({"current_password":")" + std::string(ann_password) + R"(","new_password":"a short walk by the lake"})";
    BOOST_TEST(rig.post_json("/password/change", body, Rig::cookie_of(in)).status() == 429);
    BOOST_TEST(rig.post_json("/password/change", body, cookies).status() == 200);
}

BOOST_AUTO_TEST_CASE(only_a_device_of_this_account_counts) {
    Rig rig;
    rig.add_user("22222222-2222-4222-8222-222222222222", "bob@example.test", "user");
    const auto bobs = device_of(rig.post_json("/login", sign_in_body("bob@example.test", ann_password)));
    const auto anns = device_of(sign_in(rig, {}));
    Rig elsewhere; // with other keys
    const auto foreign = device_of(sign_in(elsewhere, {}));
    const auto& keys = rig.settings->device_keys;
    const auto year_ago = wall_now() - Seconds{366 * 24 * 3600};
    const auto old = std::string(name) + "=" + csrf::make(keys.front(), "device", ann_email, year_ago);
    const auto form =
        std::string(name) + "=" + csrf::make(rig.settings->csrf_keys.front(), "device", ann_email, wall_now());
    lock_out(rig);
    auto broken = anns;
    broken.back() = broken.back() == 'A' ? 'B' : 'A';
    for (const auto& cookie : {bobs, foreign, old, form, broken, std::string(name) + "=", anns + "; " + foreign,
                               "gatehouse_device" + anns.substr(anns.find('='))})
        BOOST_TEST(sign_in(rig, cookie).status() == 429, cookie);
    BOOST_TEST(sign_in(rig, anns).status() == 200);
}

BOOST_AUTO_TEST_CASE(a_device_is_no_session) {
    Rig rig;
    const auto device = device_of(sign_in(rig, {}));
    const auto value = device.substr(device.find('=') + 1);
    BOOST_TEST(rig.get("/verify", device).status() == 401);
    BOOST_TEST(rig.get("/verify", "__Host-gatehouse_web=" + value).status() == 401);
    const auto page = rig.get("/login");
    BOOST_TEST(rig.post_form("/login", "identifier=a&password=b&csrf=" + value, Rig::cookie_of(page)).status() == 403);
}

BOOST_AUTO_TEST_SUITE_END()
