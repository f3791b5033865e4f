// SPDX-License-Identifier: Apache-2.0
// How the older system stores its users and sessions: names of tables, columns and keys. An empty name means that the
// older system has no such thing. Plain values; any thread.
#pragma once

#include "storage/instant.h"

#include <string>
#include <vector>

namespace gatehouse::legacy {

/// The type of users.id in the older system, and of every column that refers to it.
enum class IdKind { uuid, integer, text };

/// How the older system writes moments. Both forms are read: the text of a timestamp as a database shows it (no zone:
/// UTC), and whole numbers.
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
    bool user_password_optional = false; ///< true: a missing column is allowed, and means that there are no passwords
    std::string user_role = "role";      ///< text or enum
    std::string user_verified = "is_verified";
    std::string user_created = "created_at";
    std::string user_last_login = "last_login_at"; ///< set whenever user_token is set
    std::string user_token;                        ///< the only session of a user: session_id, auth_token
    bool user_token_stays = false;                 ///< no logout clears the token, neither there nor here
    bool user_token_set = false; ///< a login in the older system sets the token although there is a table of sessions,
                                 ///< so Gatehouse does as well

    // The table of sessions.
    std::string sessions_table; ///< empty: the older system has no such table
    std::string session_token = "id";
    std::string session_user = "user_id";
    std::string session_context; ///< text or enum; only rows of the configured context count
    std::string session_created = "created_at";
    std::string session_active = "last_activity";
    std::string session_expires = "expires_at";
    std::string session_revoked;    ///< boolean
    std::string session_revoked_at; ///< set together with session_revoked
    std::string session_address;
    std::string session_agent;

    // The table of permissions.
    std::string permissions_table = "user_permissions"; ///< empty: the older system has no such table
    bool permissions_optional = true; ///< a missing table or column is allowed: no permissions are read
    std::string permission_user = "user_id";
    std::string permission_name = "permission";
    std::string permission_context = "application_context"; ///< empty: all permissions belong to the configured context
    std::string permission_granted = "granted_at";
    std::string permission_granted_by = "granted_by"; ///< a user's id
    std::string permission_expires = "expires_at";

    // Redis: <prefix><token> → {"user_id": …, "expires_at": milliseconds since 1970, …}
    std::string redis_prefix; ///< "session:"; empty: no sessions in Redis

    // Redis: <prefix><token> → a copy of the session's row. Gatehouse never reads this copy; a logout deletes it.
    std::string redis_copies; ///< "session:"; empty: no copies. Counts also if redis_prefix is empty

    /// How long a session of the older system lasts without being used.
    Seconds lifetime{24 * 3600};
};

/// The mistakes of a layout, a sentence each, with the field names above. A name may have letters, digits and
/// underscores only, and a table may have a schema in front: nothing else ever gets into SQL.
[[nodiscard]] std::vector<std::string> mistakes(const Layout& layout);

} // namespace gatehouse::legacy
