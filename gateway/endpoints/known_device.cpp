// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoints/known_device.h"

#include "gateway/accounts/csrf.h"
#include "gateway/http/cookie.h"

namespace gatehouse {
namespace {

constexpr Seconds device_lives{365 * 24 * 3600};
constexpr std::string_view purpose = "device";

http::Cookie cookie(const Call& call) {
    return {"gatehouse_device", call.config().secure_cookies};
}

} // namespace

std::string known_device(const Call& call, std::string_view account) {
    const auto sent = cookie(call).find(call.http);
    if (sent.kind != http::CookieValue::Kind::one) return {};
    const auto verdict = csrf::verify(call.settings->device_keys, sent.value, purpose, account, call.now, device_lives);
    return verdict == csrf::Verdict::ok ? std::string(sent.value) : std::string{};
}

std::string device_cookie(const Call& call, std::string_view account) {
    const auto value = csrf::make(call.settings->device_keys.front(), purpose, account, call.now);
    return cookie(call).set(value, device_lives);
}

} // namespace gatehouse
