// SPDX-License-Identifier: Apache-2.0
#include "storage/keys.h"

#include <array>
#include <charconv>

namespace gatehouse::keys {
namespace {

constexpr std::string_view session_kind = "session:";
constexpr std::string_view user_kind = "user:";

std::string join(std::string_view kind, std::string_view rest) {
    std::string key;
    key.reserve(identity_prefix.size() + kind.size() + rest.size());
    return key.append(identity_prefix).append(kind).append(rest);
}

} // namespace

std::string session(const SessionKey& key) {
    return join(session_kind, key.context + ":" + key.id);
}

std::string user(std::string_view context, std::string_view user_id) {
    return join(user_kind, std::string(context) + ":" + std::string(user_id));
}

std::string announcement_suffix(const PendingEnd& end) {
    const auto number = [](Instant at) { return std::to_string(at.time_since_epoch().count()); };
    const auto& [session, ended_at] = end;
    return ":" + number(ended_at) + ":" + number(session.expires_at) + ":" + session.key.context + ":" + session.key.id;
}

std::optional<Announcement> parse_announcement(std::string_view key) {
    if (!key.starts_with(announcement_prefix)) return std::nullopt;
    key.remove_prefix(announcement_prefix.size());
    std::array<std::int64_t, 3> numbers{}; // number of the announcement, ended at, expires at
    for (auto& number : numbers) {
        const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), number);
        if (error != std::errc() || end == key.data() + key.size() || *end != ':') return std::nullopt;
        key.remove_prefix(static_cast<std::size_t>(end - key.data()) + 1);
    }
    const auto colon = key.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const SessionKey session{std::string(key.substr(0, colon)), std::string(key.substr(colon + 1))};
    return Announcement{numbers[0], {{session, Instant{Millis{numbers[2]}}}, Instant{Millis{numbers[1]}}}};
}

std::string counter(std::string_view name) {
    return join("throttle:", name);
}

std::optional<Name> parse(std::string_view key) noexcept {
    if (!key.starts_with(identity_prefix)) return std::nullopt;
    key.remove_prefix(identity_prefix.size());
    const bool is_session = key.starts_with(session_kind);
    if (!is_session && !key.starts_with(user_kind)) return std::nullopt;
    key.remove_prefix(is_session ? session_kind.size() : user_kind.size());
    const auto colon = key.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    return Name{is_session ? Name::Kind::session : Name::Kind::user, key.substr(0, colon), key.substr(colon + 1)};
}

} // namespace gatehouse::keys
