// SPDX-License-Identifier: Apache-2.0
// What the parts of the process have counted, by the names that `ready` and the metrics show. Loop thread.
#pragma once

#include "gateway/endpoints/endpoint.h"
#include "gateway/fastcgi/listener.h"

#include <vector>

namespace gatehouse {

/// `takeover` is null where nothing is being replaced.
[[nodiscard]] std::vector<Readiness::Number> numbers_of(const fastcgi::Listener& listener,
                                                        const SessionService& sessions, const Takeover* takeover);

} // namespace gatehouse
