// SPDX-License-Identifier: Apache-2.0
// Layouts of systems that are known. Each is a beginning: every name in it can be configured otherwise. Pure.
#pragma once

#include "storage/legacy/layout.h"

#include <array>
#include <optional>
#include <string_view>

namespace gatehouse::legacy {

/// session-id: the token of a user's one session is in users.session_id.
/// sessions: a table of sessions with an end and a mark for revoked ones; users.session_id for those of before.
/// sessions-2: a table of sessions with an end alone, which are deleted at logout; users with email_verified.
/// auth-token: users with a phone number; sessions without an end in user_sessions, and users.auth_token, which stays.
/// redis: sessions in Redis alone, session:TOKEN.
inline constexpr std::array<std::string_view, 5> preset_names{"session-id", "sessions", "sessions-2", "auth-token",
                                                              "redis"};

/// nullopt: there is none of this name.
[[nodiscard]] std::optional<Layout> preset(std::string_view name);

} // namespace gatehouse::legacy
