// SPDX-License-Identifier: Apache-2.0
// Bugs that can be planted, to see whether the fault tests find them (tests/faults/test_planted.py). Only the program
// gatehouse_planted has them, which is for tests and never installed; PLANTED_BUG in its environment names one.
// Everywhere else `planted` is false for the compiler, and nothing of them is left. Any thread.
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
    /// A revocation does not write the tombstone, and thinks that it has. The feed writes it a moment later.
    no_tombstone,
    /// What SQL said is put into Redis whatever stands there by then, a tombstone too. The feed writes that again.
    plain_set,
    /// The near cache takes in answers of the stores that were asked for before a change. The feed drops them again.
    fill_without_counter,
    /// A login begins a session though the user has been changed or disabled since the password was read.
    no_generation_check,
    /// The feed is read from the last number seen on: what is committed late, with a lower one, is never read.
    feed_by_number,
    /// The near cache is believed without any proof that it would hear of changes. The feed has to be taken for fresh,
    /// too: as long as it is, a dead link changes nothing but the time until an end is known.
    near_after_link_death,
    /// A connection to Redis on which an answer was late is used further, and the late one answers the next command.
    /// The id and the context in stored values are not compared either: that alone finds the first shifted answer, and
    /// ends the connection.
    cleared_redis_error,
    /// SQL is not asked whether a session has been revoked.
    revoked_ignored,
    /// If SQL does not answer, the session is taken for none.
    error_means_401,
};

#ifdef GATEHOUSE_PLANTED

inline constexpr bool is_test_build = true;

inline constexpr std::array bug_names{
    "none",           "no_tombstone",          "plain_set",           "fill_without_counter", "no_generation_check",
    "feed_by_number", "near_after_link_death", "cleared_redis_error", "revoked_ignored",      "error_means_401",
};

static_assert(bug_names[static_cast<std::size_t>(Bug::error_means_401)] == std::string_view("error_means_401"));

/// The one that the environment names. A name that is none ends the process: else a test would look for nothing.
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
