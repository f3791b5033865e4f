// SPDX-License-Identifier: Apache-2.0
// How the system that is being replaced keeps its users and sessions: names of tables, columns and keys. An empty name
// means that there is no such thing. Plain values; any thread.
#pragma once

#include "storage/instant.h"

#include <string>
#include <vector>

namespace gatehouse::legacy {

/// Of users.id there, and of whatever refers to it.
enum class IdKind { uuid, integer, text };

/// How moments are written there. Read are: what a database shows of a timestamp (no zone: UTC), or whole numbers.
enum class InstantKind {
    timestamp, ///< a type of PostgreSQL's; in SQLite text, 2025-01-31 23:59:59.000000
    seconds,   ///< since 1970
    milliseconds,
};

struct Layout {
    InstantKind instants = InstantKind::timestamp;

    // The table of users.
    std::string users_table = "users"; ///< may be schema.table
    std::string user_id = "id";
    IdKind user_id_kind = IdKind::uuid;
    std::string user_email = "email";
    std::string user_phone;
    std::string user_password = "hashed_password"; ///< bcrypt
    std::string user_role = "role";                ///< text or enum
    std::string user_verified = "is_verified";
    std::string user_created = "created_at";
    std::string user_last_login = "last_login_at"; ///< set whenever user_token is
    std::string user_token;                        ///< the one session of a user: session_id, auth_token
    bool user_token_stays = false;                 ///< a logout there does not clear it, so neither do we

    // The table of sessions.
    std::string sessions_table; ///< empty: there is none
    std::string session_token = "id";
    std::string session_user = "user_id";
    std::string session_context; ///< text or enum; only rows of our context count
    std::string session_created = "created_at";
    std::string session_active = "last_activity";
    std::string session_expires = "expires_at";
    std::string session_revoked;    ///< boolean
    std::string session_revoked_at; ///< set with it
    std::string session_address;
    std::string session_agent;

    // Redis: <prefix><token> → {"user_id": …, "expires_at": milliseconds since 1970, …}
    std::string redis_prefix; ///< "session:"; empty: no sessions there

    /// How long a session of that system lasts without being used.
    Seconds lifetime{24 * 3600};
};

/// What is wrong with it, a sentence each, in the words of the field names above. Names are letters, digits and
/// underscores, and tables may have a schema in front: nothing else ever gets into SQL.
[[nodiscard]] std::vector<std::string> mistakes(const Layout& layout);

} // namespace gatehouse::legacy
