// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/cached_session.h"

namespace gatehouse {

std::string CachedSession::handle_text() const {
    return uuid_text(handle);
}

Session CachedSession::session() const {
    Session session;
    session.key = {user->context, to_stored_id(id)};
    session.handle = handle_text();
    session.user_id = user->user.id;
    session.created_at = life.created_at;
    session.last_activity = life.last_activity;
    session.expires_at = life.expires_at;
    session.remember = life.remember;
    return session;
}

std::optional<CachedSession> to_cached(const Session& session, std::shared_ptr<const CachedUser> user) {
    CachedSession known;
    const auto id = to_digest(session.key.id);
    const auto handle = uuid_bytes(session.handle);
    if (!id || !handle) return std::nullopt;
    known.id = *id;
    known.handle = *handle;
    known.life = session;
    known.user = std::move(user);
    return known;
}

} // namespace gatehouse
