// SPDX-License-Identifier: Apache-2.0
// The only place where a Redis key is made. The names are the ones that the applications around us use already.
#pragma once

#include "storage/records.h"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse::keys {

/// Everything of ours starts with this: invalidation and auditing look for it.
inline constexpr std::string_view identity_prefix = "identity:";

/// identity:session:<context>:<id>
std::string session(const SessionKey& key);

/// identity:user:<context>:<user id>
std::string user(std::string_view context, std::string_view user_id);

/// A hash: the sessions that have ended while SQL was away.
inline constexpr std::string_view pending = "identity:pending";

/// identity:throttle:<name>
std::string counter(std::string_view name);

/// What a key names. The views point into the key.
struct Name {
    enum class Kind { session, user };
    Kind kind;
    std::string_view context;
    std::string_view id;
};
/// nullopt: neither a session nor a user.
std::optional<Name> parse(std::string_view key) noexcept;

} // namespace gatehouse::keys
