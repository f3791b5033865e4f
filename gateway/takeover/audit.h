// SPDX-License-Identifier: Apache-2.0
// Compares the sessions of the older system with those of Gatehouse: counts what a change of strategy would keep, move
// and lose. Reads all sessions of the older system, in parts and with pauses. Changes nothing. Loop thread.
#pragma once

#include "storage/legacy/legacy_store.h"
#include "storage/legacy/takeover_store.h"

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace gatehouse {

struct TakeoverAudit {
    std::uint64_t live = 0;           ///< live sessions of the older system
    std::uint64_t unreadable = 0;     ///< values that could not be read as a session
    std::uint64_t taken_over = 0;     ///< of the live ones: their token is an alias of a live session of Gatehouse
    std::uint64_t ended = 0;          ///< of the live ones: ended in Gatehouse, or their user is shut out
    std::uint64_t unmoved = 0;        ///< of the live ones: not taken over, never used with Gatehouse
    std::uint64_t mismatches = 0;     ///< of the live ones: their token is an alias of another user's session
    std::vector<std::string> samples; ///< handles of the sessions of some mismatches
    std::uint64_t here = 0;           ///< live sessions of Gatehouse
    std::uint64_t here_only = 0;      ///< of these: without a live alias
    std::uint64_t users_there = 0;
    std::uint64_t users_here = 0;                   ///< users of Gatehouse who came from the older system
    std::optional<std::uint64_t> permissions_there; ///< nullopt: the older system has none that can be read
    std::uint64_t permissions_here = 0;             ///< permissions of Gatehouse that came from the older system
};

struct TakeoverAuditOptions {
    std::string context;
    std::size_t part = 500;
    Millis patience{10'000}; ///< for each query
    /// Receives the stored ids of the older system's live sessions; may be null.
    std::unordered_set<std::string>* live_there = nullptr;
    bool until_unmoved = false; ///< stop at the first unmoved session; do not count the sessions of Gatehouse
    std::function<void(std::uint64_t seen, std::uint64_t total)> progress;
};

/// Whether a session from a bulk read is live. A value in Redis may be over according to the tables, so it is looked up
/// again.
boost::asio::awaitable<Result<bool>> lives(LegacyStore& legacy, const LegacyItem& item, std::string context,
                                           Deadline deadline);

/// An error of either store ends the audit.
boost::asio::awaitable<Result<TakeoverAudit>> audit(LegacyStore& legacy, TakeoverStore& store,
                                                    TakeoverAuditOptions options);

} // namespace gatehouse
