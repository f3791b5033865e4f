// SPDX-License-Identifier: Apache-2.0
// People's preferences for the web pages, also stored with their sessions: the web database, which may be another
// database than that of users and sessions, or memory in tests. The web database never decides who may enter: without
// it the pages follow the browser's settings. Threads, deadlines and errors as in session_store.h.
#pragma once

#include "storage/instant.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <string>

namespace gatehouse {

/// The preferences of a person, the same in all sessions of the person.
struct Preferences {
    std::string theme;       ///< empty: the browser's setting
    std::string language;    ///< empty: the browser's setting
    std::string free = "{}"; ///< the application's own preferences: the text of a JSON object

    bool operator==(const Preferences&) const = default;
};

/// Limit of Preferences::free as stored. PostgreSQL writes numbers out: 1E308, 5 bytes, becomes 309 bytes.
inline constexpr std::size_t max_stored_preferences = 8192;

/// A nullopt member leaves the preference unchanged.
struct PreferencesChange {
    std::optional<std::string> theme;
    std::optional<std::string> language;
    std::optional<std::string> free;
};

/// A session as the web database stores it.
struct WebSession {
    std::string id;      ///< as in SessionKey
    std::string user_id; ///< UUID
    Instant expires_at;
};

class WebStore {
  public:
    virtual ~WebStore() = default;

    /// nullopt: this person has never chosen anything.
    virtual boost::asio::awaitable<Result<std::optional<Preferences>>> find(std::string user_id, Deadline deadline) = 0;

    /// Returns after COMMIT the person's new preferences. All of the person's sessions get them, this session too.
    /// refused: the preferences would be larger than max_stored_preferences, and nothing is stored.
    virtual boost::asio::awaitable<Result<Preferences>> save(WebSession session, PreferencesChange change, Instant now,
                                                             Deadline deadline) = 0;

    /// Gives a new session the person's preferences. nullopt: the person has none, and nothing is stored for the
    /// session.
    virtual boost::asio::awaitable<Result<std::optional<Preferences>>> begin(WebSession session, Instant now,
                                                                             Deadline deadline) = 0;

    /// Deletes every row about a deleted person, also what the application stores in the same row.
    virtual boost::asio::awaitable<Result<void>> forget(std::string user_id, Deadline deadline) = 0;

    /// Deletes at most `limit` sessions whose absolute end is before `before`. Returns how many.
    virtual boost::asio::awaitable<Result<std::size_t>> purge(Instant before, std::size_t limit, Deadline deadline) = 0;

    /// A cheap round trip, for `ready`.
    virtual boost::asio::awaitable<Result<void>> ping(Deadline deadline) = 0;
};

} // namespace gatehouse
