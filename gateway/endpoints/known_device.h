// SPDX-License-Identifier: Apache-2.0
// The device cookie: it shows that an account has logged in with this browser, at every gateway and after any restart,
// for a year and across logouts. Only its time of making is readable; the account, by the name that was typed, goes
// only into the keyed hash. The cookie has one effect: the throttle counts this device's attempts on this account
// separately. The cookie holds one account, that of the last login. Loop thread.
#pragma once

#include "gateway/endpoints/endpoint.h"

#include <string>
#include <string_view>

namespace gatehouse {

/// The throttle's name for the request's device, if `account` has logged in with that device; otherwise empty.
[[nodiscard]] std::string known_device(const Call& call, std::string_view account);

/// The Set-Cookie value that makes this browser a known device.
[[nodiscard]] std::string device_cookie(const Call& call, std::string_view account);

} // namespace gatehouse
