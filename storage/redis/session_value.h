// SPDX-License-Identifier: Apache-2.0
// What the keys of sessions and users hold in Redis, and how much of a value is believed. Pure: time is an argument.
//   live       {"v":1,"kind":"live","id":…,"context":…,"h":handle,"u":user's id,"c":created,"e":expires,"r":remember,
//               "run":…,"l":last activity}: short names, as there are many of them; UUIDs in base64url; times in ms
//   tombstone  {"v":1,"kind":"ended","id":…,"context":…}
//   user       {"v":1,"generation":n,"id":…,"context":…,"email":…,"role":…,"verified":…,"disabled":…,"run":…,
//               "permissions":{name: ms or null, …},"at":ms}; facts that earlier versions do not know are stored
//               as permissions that ended at 0: "legacy-id=42", "phone=+79001234567"
// The order is fixed, because scripts in Redis compare the beginnings (session_cache.cpp).
#pragma once

#include "storage/records.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

inline constexpr Seconds clock_skew{5}; ///< between hosts
inline constexpr std::size_t max_session_bytes = 4 * 1024;
inline constexpr std::size_t max_user_bytes = 16 * 1024;

enum class Belief {
    good,
    corrupt,    ///< not in Gatehouse's format
    mismatched, ///< well-formed, but for another key
};

struct SessionValue {
    Belief belief = Belief::corrupt;
    std::optional<Session> live; ///< if good; nullopt: a tombstone
    std::string run;             ///< of a live one: the mark of the server's run to which it was written
};

struct UserValue {
    Belief belief = Belief::corrupt;
    User user; ///< if good; without expired permissions
    Instant at;
    std::string run;
};

/// The short form of a run_id that values hold.
std::string_view run_mark(std::string_view run_id) noexcept;

/// The live value without its last activity; only "}" follows the last activity.
std::string live_head(const Session& session, std::string_view run_id);
std::string encode_live(const Session& session, std::string_view run_id);
std::string encode_tombstone(const SessionKey& key);
SessionValue decode_session(std::string_view text, const SessionKey& key, Instant now);

struct UserKey {
    std::string context;
    std::string id;
};

/// A user who is too large for a record (very many permissions) becomes a record that is never fresh but has the
/// generation.
std::string encode_user(const User& user, std::string_view context, Instant at, std::string_view run_id);
UserValue decode_user(std::string_view text, const UserKey& key, Instant now);

} // namespace gatehouse
