// SPDX-License-Identifier: Apache-2.0
// Whether the parameters of a request are those that our nginx files send, before any decision uses them. Pure; loop
// thread.
#pragma once

#include "gateway/http/message.h"

#include <string_view>

namespace gatehouse::http {

/// Why these parameters are not a complete and unambiguous request, as text for the log; empty if they are one. A
/// request with a fault is answered 500, whatever else it says: no decision may use a parameter that is missing,
/// doubled or cut off.
///
/// A request is complete if GATE_END=1 is its last parameter: nginx sends GATE_END last, so a stream that was cut off
/// lacks it. Only HTTP_COOKIE may occur several times (several header lines); cookie.h searches all of them.
[[nodiscard]] std::string_view fault_in_facts(const Request& request) noexcept;

} // namespace gatehouse::http
