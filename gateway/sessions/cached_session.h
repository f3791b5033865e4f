// SPDX-License-Identifier: Apache-2.0
// A live session as a check needs it. Small, because many of them are kept in memory. Plain values; loop thread.
#pragma once

#include "gateway/sessions/digest.h"
#include "storage/records.h"
#include "storage/uuid.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace gatehouse {

struct KnownPreferences;

/// A user, shared by all of the user's sessions in one context.
struct CachedUser {
    std::string context;
    User user;
    /// Set when the user has changed: a holder of this value must ask the stores again.
    mutable bool outdated = false;
    /// How many entries of the near cache hold this user. For NearCache alone.
    mutable std::size_t held = 0;
    /// What an endpoint has prepared for this user, good until `prepared_until`.
    mutable std::string prepared;
    mutable Instant prepared_until{};
    /// The user's preferences, and their `changes` when `prepared` was made. Null: nobody has asked for them yet.
    mutable std::shared_ptr<const KnownPreferences> preferences;
    mutable std::uint32_t prepared_changes = 0;
};

/// When a session began, when it was used last and when it ends at the latest; `remember` decides its idle time.
struct Lifespan {
    Instant created_at;
    Instant last_activity;
    Instant expires_at;
    bool remember = false; ///< the person wanted to stay signed in

    Lifespan() = default;
    Lifespan(const Session& session) noexcept // a Session can be judged wherever a Lifespan can
        : created_at(session.created_at),
          last_activity(session.last_activity),
          expires_at(session.expires_at),
          remember(session.remember) {}
};

struct CachedSession {
    SessionDigest id{};
    Uuid handle{};
    Lifespan life;
    std::shared_ptr<const CachedUser> user; ///< null: no session

    [[nodiscard]] std::string handle_text() const;
    /// The same session in the form that the stores have.
    [[nodiscard]] Session session() const;
};

/// nullopt: this program cannot have made the id or the handle.
[[nodiscard]] std::optional<CachedSession> to_cached(const Session& session, std::shared_ptr<const CachedUser> user);

} // namespace gatehouse
