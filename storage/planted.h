// SPDX-License-Identifier: Apache-2.0
// Bugs that can be planted, to see whether the fault tests find them (tests/faults/test_planted.py). Only the program
// gatehouse_planted has them; it is for tests and never installed, and PLANTED_BUG in its environment names one bug. In
// every other program `planted` is a compile-time false, so that no code of the bugs is left. Any thread.
#pragma once

#ifdef GATEHOUSE_PLANTED
#include <array>
#include <cstddef>
#include <cstdlib>
#include <string_view>
#endif

namespace gatehouse {

enum class Bug {
    none,
    /// The end of a session does not write the tombstone, but reports success. The feed writes the tombstone a moment
    /// later.
    no_tombstone,
    /// The database's answer is written to Redis over any value, a tombstone too. The feed writes the tombstone again.
    plain_set,
    /// The near cache accepts answers of the stores to questions that were asked before a change. The feed drops them
    /// again.
    fill_without_counter,
    /// A login begins a session although the user has been changed or disabled since the password was read.
    no_generation_check,
    /// The feed is read from the last number seen: a change with a lower number that is committed late is never read.
    feed_by_number,
    /// The near cache is believed without any proof that it would hear of changes. This bug also takes the feed for
    /// fresh: while the feed is fresh, a dead link only delays the moment when an end is known.
    near_after_link_death,
    /// A connection to Redis stays in use after a late reply, so that the late reply is taken for the reply to the next
    /// command. The id and the context in stored values are not compared either: this comparison alone would find the
    /// first shifted reply and end the connection.
    cleared_redis_error,
    /// The database is not asked whether a session has been ended.
    revoked_ignored,
    /// If the database does not answer, the session is treated as invalid.
    error_means_401,
    /// An end that the database cannot be told is reported as done at once, without waiting for the other gateways'
    /// confirmation.
    end_without_acknowledgement,
    /// The ends that Redis missed are read only from session rows that still exist and record the end: ends are missed
    /// of rows that have been deleted, set to end, or have no time of their end.
    replay_ignores_deleted_rows,
    /// A gateway that hears of such an end confirms it, but keeps it neither in its own journal nor in its memory.
    hearer_without_journal,
};

#ifdef GATEHOUSE_PLANTED

inline constexpr bool is_test_build = true;

inline constexpr std::array bug_names{
    "none",
    "no_tombstone",
    "plain_set",
    "fill_without_counter",
    "no_generation_check",
    "feed_by_number",
    "near_after_link_death",
    "cleared_redis_error",
    "revoked_ignored",
    "error_means_401",
    "end_without_acknowledgement",
    "replay_ignores_deleted_rows",
    "hearer_without_journal",
};

static_assert(bug_names[static_cast<std::size_t>(Bug::hearer_without_journal)] ==
              std::string_view("hearer_without_journal"));

/// The bug that the environment names. An unknown name ends the process, because otherwise a test would test nothing.
inline Bug planted_bug() {
    static const Bug chosen = [] {
        const char* const name = std::getenv("PLANTED_BUG");
        if (name == nullptr) return Bug::none;
        for (std::size_t at = 0; at < bug_names.size(); ++at)
            if (std::string_view(bug_names[at]) == name) return static_cast<Bug>(at);
        std::abort();
    }();
    return chosen;
}

inline bool planted(Bug bug) {
    return planted_bug() == bug;
}

#else

inline constexpr bool is_test_build = false;

constexpr bool planted(Bug) noexcept {
    return false;
}

#endif

} // namespace gatehouse
