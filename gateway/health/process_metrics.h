// SPDX-License-Identifier: Apache-2.0
// What the parts of the process have counted, under the names that `ready` and the metrics show. Loop thread.
#pragma once

#include "gateway/endpoints/endpoint.h"

#include <vector>

namespace gatehouse {

class SessionService;
class Takeover;
namespace fastcgi {
class Listener;
}
namespace mail {
class Dispatcher;
}

/// `takeover` is null if no older system is being replaced, `mail` if no mail is sent.
[[nodiscard]] std::vector<Readiness::Number> process_metrics(const fastcgi::Listener& listener,
                                                             const SessionService& sessions, const Takeover* takeover,
                                                             const mail::Dispatcher* mail);

} // namespace gatehouse
