// SPDX-License-Identifier: Apache-2.0
#include "storage/legacy/presets.h"

namespace gatehouse::legacy {
namespace {

Layout session_id() {
    Layout layout;
    layout.user_token = "session_id";
    return layout;
}

Layout sessions() {
    Layout layout = session_id();
    layout.sessions_table = "sessions";
    layout.session_context = "application_context";
    layout.session_revoked = "revoked";
    layout.session_revoked_at = "revoked_at";
    layout.session_address = "ip_address";
    layout.session_agent = "user_agent";
    layout.redis_copies = "session:";
    return layout;
}

Layout sessions_2() {
    Layout layout;
    layout.user_password = "password_hash";
    layout.user_role = "";
    layout.user_verified = "email_verified";
    layout.user_last_login = "";
    layout.sessions_table = "sessions";
    layout.session_context = "application_context";
    layout.session_active = "updated_at";
    layout.permission_granted_by = "";
    layout.permission_expires = "";
    return layout;
}

Layout auth_token() {
    Layout layout;
    layout.user_id_kind = IdKind::integer;
    layout.user_email = "";
    layout.user_phone = "phone";
    layout.user_password_optional = true;
    layout.user_role = "";
    layout.user_verified = "";
    layout.user_created = "";
    layout.user_last_login = "";
    layout.user_token = "auth_token";
    layout.user_token_stays = true;
    layout.user_token_set = true;
    layout.sessions_table = "user_sessions";
    layout.session_token = "auth_token";
    layout.session_active = "last_seen_at";
    layout.session_expires = "";
    layout.permissions_table = "";
    layout.lifetime = Seconds{30 * 24 * 3600};
    return layout;
}

Layout redis() {
    Layout layout;
    layout.redis_prefix = "session:";
    return layout;
}

} // namespace

std::optional<Layout> preset(std::string_view name) {
    if (name == "session-id") return session_id();
    if (name == "sessions") return sessions();
    if (name == "sessions-2") return sessions_2();
    if (name == "auth-token") return auth_token();
    if (name == "redis") return redis();
    return std::nullopt;
}

} // namespace gatehouse::legacy
