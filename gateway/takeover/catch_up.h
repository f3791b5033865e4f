// SPDX-License-Identifier: Apache-2.0
// Finds sessions that were ended in the older system and still live in Gatehouse. A session that is used is checked
// when it is used (Takeover::follow). All others must be checked before the strategy stops asking the older system.
// Loop thread.
#pragma once

#include "gateway/sessions/token.h"
#include "gateway/takeover/strategy.h"
#include "storage/legacy/legacy_store.h"
#include "storage/legacy/takeover_store.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <string>
#include <unordered_set>

namespace gatehouse {

/// What has become of a live session's alias that the older system did not find.
boost::asio::awaitable<Knows> look_for_missing(LegacyStore& legacy, OlderName name, Instant now, Millis patience);

/// Ends every live session whose alias the older system has ended, and returns their number. `seen_there`: stored ids
/// that were just seen live in the older system. The feed tells the gateways.
boost::asio::awaitable<Result<std::size_t>> catch_up(LegacyStore& legacy, TakeoverStore& store, SessionStore& sessions,
                                                     const TokenSeal& seal, std::string context,
                                                     const std::unordered_set<std::string>& seen_there,
                                                     Millis patience);

} // namespace gatehouse
