// SPDX-License-Identifier: Apache-2.0
// A live session as a check needs it, in few bytes: many of them are kept in memory. Plain values; loop thread.
#pragma once

#include "gateway/sessions/token.h"
#include "storage/records.h"
#include "storage/uuid.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

struct KnownPreferences;

/// A user as all of its sessions in one context share it.
struct KnownUser {
    std::string context;
    User user;
    /// Set when the user has changed: whoever still holds this has to ask again.
    mutable bool outdated = false;
    /// How many entries of the near cache hold it. Not for others.
    mutable std::size_t held = 0;
    /// What an endpoint has prepared for this user, good until then.
    mutable std::string prepared;
    mutable Instant prepared_until{};
    /// What the person prefers, and what its `changes` said when that was prepared. Null: nobody has asked yet.
    mutable std::shared_ptr<const KnownPreferences> preferences;
    mutable std::uint32_t prepared_changes = 0;
};

/// When a session began, was used last, and ends at the latest.
struct Lifespan {
    Instant created_at;
    Instant last_activity;
    Instant expires_at;

    Lifespan() = default;
    Lifespan(const Session& session) noexcept // what can be judged of one can be judged of the other
        : created_at(session.created_at), last_activity(session.last_activity), expires_at(session.expires_at) {}
};

struct Known {
    SessionDigest id{};
    Uuid handle{};
    Lifespan life;
    bool remember = false;
    std::shared_ptr<const KnownUser> user; ///< null: nobody

    [[nodiscard]] std::string handle_text() const;
    /// The same as the stores have it.
    [[nodiscard]] Session session() const;
};

/// nullopt: an id or a handle that we would not have made.
[[nodiscard]] std::optional<Known> to_known(const Session& session, std::shared_ptr<const KnownUser> user);

[[nodiscard]] std::optional<SessionDigest> to_digest(std::string_view stored_id) noexcept;
[[nodiscard]] std::string to_stored_id(const SessionDigest& digest);

/// The ids are digests already.
struct DigestHash {
    std::size_t operator()(const SessionDigest& digest) const noexcept;
};

} // namespace gatehouse
