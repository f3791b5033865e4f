// SPDX-License-Identifier: Apache-2.0
// Layouts of known systems. Each is a starting point: every name in a layout can be configured. Pure.
#pragma once

#include "storage/legacy/layout.h"

#include <array>
#include <optional>
#include <string_view>

namespace gatehouse::legacy {

/// session-id: the token of a user's only session is in users.session_id.
/// sessions: a table of sessions with an end and a mark for revoked ones; users.session_id for earlier sessions.
/// sessions-2: a table of sessions with an end only, deleted at logout; users with email_verified.
/// auth-token: users with a phone number; sessions without an end in user_sessions, and users.auth_token, which stays.
/// redis: sessions in Redis only, session:TOKEN.
inline constexpr std::array<std::string_view, 5> preset_names{"session-id", "sessions", "sessions-2", "auth-token",
                                                              "redis"};

/// nullopt: there is no preset of this name.
[[nodiscard]] std::optional<Layout> preset(std::string_view name);

} // namespace gatehouse::legacy
