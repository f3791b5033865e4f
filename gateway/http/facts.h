// SPDX-License-Identifier: Apache-2.0
// Whether the parameters of a request are what our nginx files send, before anything is decided on them. Pure; loop
// thread.
#pragma once

#include "gateway/http/message.h"

#include <string_view>

namespace gatehouse::http {

/// Why these parameters are not a whole and unambiguous request, in words for the log; empty if they are one. A request
/// with a fault is answered 500, whatever else it says: no rule may be looked up with a parameter that is missing,
/// doubled or cut off.
///
/// A request is whole if GATE_END=1 is its last parameter: nginx sends it last, so a stream that was cut off lacks it.
/// Only HTTP_COOKIE may occur several times (several header lines); the cookie room joins them.
[[nodiscard]] std::string_view fault_in_facts(const Request& request) noexcept;

} // namespace gatehouse::http
