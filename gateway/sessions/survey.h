// SPDX-License-Identifier: Apache-2.0
// How the older system's sessions and ours stand to each other, counted by reading all of the older system's, in parts
// and with pauses: what a change of strategy would keep, move and lose. Nothing is changed. Loop thread.
#pragma once

#include "storage/legacy/legacy_store.h"
#include "storage/legacy/takeover_store.h"

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace gatehouse {

struct Survey {
    std::uint64_t live = 0;           ///< live sessions over there
    std::uint64_t unreadable = 0;     ///< values that nothing could be made of
    std::uint64_t taken_over = 0;     ///< of the live ones: names of live sessions here
    std::uint64_t ended = 0;          ///< of the live ones: over, as far as we are concerned
    std::uint64_t unmoved = 0;        ///< of the live ones: never used here, and not taken over
    std::uint64_t mismatches = 0;     ///< of the live ones: somebody else's here
    std::vector<std::string> samples; ///< handles of some mismatches
    std::uint64_t here = 0;           ///< live sessions of ours
    std::uint64_t here_only = 0;      ///< of these: without a live name over there
    std::uint64_t users_there = 0;
    std::uint64_t users_here = 0; ///< who came from there
};

struct SurveyOptions {
    std::string context;
    std::size_t part = 500;
    Millis patience{10'000};    ///< for each question
    bool until_unmoved = false; ///< one that was not taken over is all there is to know: ours are not counted
    std::function<void(std::uint64_t seen, std::uint64_t total)> progress;
};

/// Whether a session out of a bulk read lives: Redis says what it has, and the tables may say that it is over.
boost::asio::awaitable<Result<bool>> lives(LegacyStore& legacy, const LegacyItem& item, std::string context,
                                           Deadline deadline);

/// An error of either store ends it.
boost::asio::awaitable<Result<Survey>> survey(LegacyStore& legacy, TakeoverStore& store, SurveyOptions options);

} // namespace gatehouse
