// SPDX-License-Identifier: Apache-2.0
// What people like of the web pages, and what is kept beside their sessions: the web database, which may be another one
// than that of users and sessions, or memory in tests. Nothing in it decides who may enter: without it the pages look
// as the browser says. Threads, deadlines and errors as in session_store.h.
#pragma once

#include "storage/instant.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <string>

namespace gatehouse {

/// Of a person, the same in all of their sessions.
struct Preferences {
    std::string theme;       ///< empty: as the browser says
    std::string language;    ///< likewise
    std::string free = "{}"; ///< of the application: the text of a JSON object

    bool operator==(const Preferences&) const = default;
};

/// What is nullopt stays as it is.
struct PreferencesChange {
    std::optional<std::string> theme;
    std::optional<std::string> language;
    std::optional<std::string> free;
};

/// A session as the web database knows it.
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

    /// Returns after COMMIT what the person prefers now. All of the person's sessions here have it then, this one too.
    virtual boost::asio::awaitable<Result<Preferences>> save(WebSession session, PreferencesChange change, Instant now,
                                                             Deadline deadline) = 0;

    /// A new session has what the person prefers. If that is nothing (nullopt), there is nothing to keep for it.
    virtual boost::asio::awaitable<Result<std::optional<Preferences>>> begin(WebSession session, Instant now,
                                                                             Deadline deadline) = 0;

    /// Deletes at most `limit` sessions whose absolute end is before `before`. Returns how many.
    virtual boost::asio::awaitable<Result<std::size_t>> purge(Instant before, std::size_t limit, Deadline deadline) = 0;

    /// A cheap round trip, for `ready`.
    virtual boost::asio::awaitable<Result<void>> ping(Deadline deadline) = 0;
};

} // namespace gatehouse
