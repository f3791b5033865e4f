// SPDX-License-Identifier: Apache-2.0
// The only place where a Redis key is made. The names are those that the web applications already use.
#pragma once

#include "storage/records.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::keys {

/// The prefix of every key of Gatehouse: invalidation and auditing look for this prefix.
inline constexpr std::string_view identity_prefix = "identity:";

/// identity:session:<context>:<id>
std::string session(const SessionKey& key);

/// identity:user:<context>:<user id>
std::string user(std::string_view context, std::string_view user_id);

/// A hash: the sessions that have ended while the database was away.
inline constexpr std::string_view pending = "identity:pending";

/// A hash: the gateways, and up to which announcement each has heard. The empty name holds the last number.
inline constexpr std::string_view nodes = "identity:nodes";

/// The announcement that a session has ended and that the database does not know it. All of the announcement is the
/// name of a key, which lives for a moment: identity:end:<number>:<ended at>:<expires at>:<context>:<id>, both instants
/// in milliseconds.
struct Announcement {
    std::int64_t number = 0;
    PendingEnd end;
};
inline constexpr std::string_view announcement_prefix = "identity:end:";
/// The part of the key after the number. Redis assigns the number.
std::string announcement_suffix(const PendingEnd& end);
/// nullopt: the key is no announcement.
std::optional<Announcement> parse_announcement(std::string_view key);

/// identity:throttle:<name>
std::string counter(std::string_view name);

/// What a key identifies. The views point into the key.
struct Name {
    enum class Kind { session, user };
    Kind kind;
    std::string_view context;
    std::string_view id;
};
/// nullopt: the key is neither a session nor a user.
std::optional<Name> parse(std::string_view key) noexcept;

} // namespace gatehouse::keys
