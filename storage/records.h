// SPDX-License-Identifier: Apache-2.0
// What the stores remember, as plain values. No I/O, any thread.
#pragma once

#include "storage/instant.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {

/// Names one session. `id` is base64url(SHA-256(token)), 43 characters, the stored id: the token itself is never
/// stored.
struct SessionKey {
    std::string context; ///< the application: web, admin …
    std::string id;

    bool operator==(const SessionKey&) const = default;
};

/// A session as a check needs it.
struct Session {
    SessionKey key;
    std::string handle;    ///< public name (UUID), for logs, pages and headers
    std::string user_id;   ///< UUID
    Instant created_at;    ///< when the person logged in
    Instant last_activity; ///< reaches the database late, by up to touch interval + flush interval
    Instant expires_at;    ///< the absolute end; use never moves it
    bool remember = false; ///< the cookie outlives the browser

    bool operator==(const Session&) const = default;
};

/// A permission of a user within one context. It ends by itself at `expires_at`.
struct Permission {
    std::string name;
    std::optional<Instant> expires_at;

    bool operator==(const Permission&) const = default;
};

/// A user as a check needs it, within one context.
struct User {
    std::string id; ///< UUID
    std::string email;
    std::string role;
    bool verified = false;
    bool disabled = false;
    std::int64_t generation = 0; ///< grows with every change of the user; a record with a lower one is always older
    std::vector<Permission> permissions;
    std::string legacy_id{}; ///< the id in an older system, if it differs from `id`: a number
    std::string phone{};     ///< E.164; empty: none

    bool operator==(const User&) const = default;
};

/// Where a session came from, as the "where am I signed in" page shows it.
struct Origin {
    std::string address;    ///< textual IPv4 or IPv6 address, or empty
    std::string user_agent; ///< at most 512 bytes, valid UTF-8

    bool operator==(const Origin&) const = default;
};

/// A session as the database remembers it.
struct StoredSession {
    Session session;
    User user;
    bool revoked = false;
};

/// One line of "where am I signed in".
struct ListedSession {
    Session session;
    Origin origin;
    std::string device_name{}; ///< what the person calls the device; empty: nothing
};

/// An ended session and when it would have expired: its tombstone must live as long.
struct EndedSession {
    SessionKey key;
    Instant expires_at;

    bool operator==(const EndedSession&) const = default;
};

/// The end of a session that the database does not know yet.
struct PendingEnd {
    EndedSession session;
    Instant ended_at;

    bool operator==(const PendingEnd&) const = default;
};

/// A user as login and operator commands need it.
struct Account {
    std::string id; ///< UUID
    std::string email;
    std::string password_hash; ///< argon2id or bcrypt string; empty: no password login
    std::string role;
    bool verified = false;
    bool disabled = false;
    std::int64_t generation = 0;
    Instant created_at;
    std::optional<Instant> last_login_at;
    std::string phone{};         ///< E.164; a login name; empty: none
    std::string claimed_phone{}; ///< E.164; what the person has said; nobody has proven it, and nobody logs in with it
};

} // namespace gatehouse
