// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/session_value.h"

#include "storage/planted.h"
#include "storage/redis/flat_json.h"
#include "storage/values.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace gatehouse {
namespace {

constexpr std::int64_t version = 1;
constexpr std::size_t max_members = 1024;
constexpr Instant earliest{};
constexpr Instant latest{Seconds{253'402'300'799}}; ///< the year 9999: beyond it sums could overflow

std::int64_t ms(Instant instant) {
    return instant.time_since_epoch().count();
}

std::int64_t take_number(FlatObject& object, std::string_view name) {
    return object.take<std::int64_t>(name);
}
std::string take_text(FlatObject& object, std::string_view name) {
    return object.take<std::string>(name);
}
Instant take_instant(FlatObject& object, std::string_view name) {
    return Instant{Millis{take_number(object, name)}};
}

/// Ends up in a header: no control characters.
bool is_line(std::string_view text, std::size_t longest) {
    return text.size() <= longest &&
           std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// Ends up in a list separated by spaces.
bool is_word(std::string_view text, std::size_t longest) {
    return !text.empty() && is_line(text, longest) && text.find(' ') == std::string_view::npos;
}

bool within(Instant instant, Instant from, Instant to) {
    return from <= instant && instant <= to;
}

bool plausible(const Session& session, Instant now) {
    return is_uuid(session.handle) && is_uuid(session.user_id) &&
           within(session.created_at, earliest, now + clock_skew) &&
           within(session.last_activity, earliest, now + clock_skew) &&
           within(session.expires_at, session.created_at + Millis{1}, latest);
}

std::optional<std::vector<Permission>> permissions_of(Members members, Instant now) {
    std::vector<Permission> permissions;
    for (auto& [name, expiry] : members) {
        std::optional<Instant> ends;
        if (const auto* const at = std::get_if<std::int64_t>(&expiry))
            ends = Instant{Millis{*at}};
        else if (!std::holds_alternative<std::monostate>(expiry))
            return std::nullopt;
        if (!is_word(name, 128) || (ends && !within(*ends, earliest, latest))) return std::nullopt;
        if (!ends || *ends > now) permissions.push_back({std::move(name), ends});
    }
    return permissions;
}

/// A tombstone of a later version may say more; what it says above all stays the same.
SessionValue tombstone_of(FlatObject& object, std::int64_t v, bool mine) {
    const bool readable = v == version ? object.exact() : v > version && object.whole();
    if (!readable) return {};
    return {mine ? Belief::good : Belief::mismatched, std::nullopt, {}};
}

} // namespace

std::string live_head(const Session& session, std::string_view run) {
    return fmt::format(R"({{"v":{},"kind":"live","id":{},"context":{},"handle":{},"user_id":{},)"
                       R"("created":{},"expires":{},"remember":{},"run":{},"last":)",
                       version, quoted(session.key.id), quoted(session.key.context), quoted(session.handle),
                       quoted(session.user_id), ms(session.created_at), ms(session.expires_at), session.remember,
                       quoted(run));
}

std::string encode_live(const Session& session, std::string_view run) {
    return fmt::format("{}{}}}", live_head(session, run), ms(session.last_activity));
}

std::string encode_tombstone(const SessionKey& key) {
    return fmt::format(R"({{"v":{},"kind":"ended","id":{},"context":{}}})", version, quoted(key.id),
                       quoted(key.context));
}

SessionValue decode_session(std::string_view text, const SessionKey& key, Instant now) {
    if (text.size() > max_session_bytes) return {};
    auto object = FlatObject::parse(text, max_members);
    if (!object) return {};
    const auto v = take_number(*object, "v");
    const auto kind = take_text(*object, "kind");
    Session session;
    session.key.id = take_text(*object, "id");
    session.key.context = take_text(*object, "context");
    const bool mine = session.key == key || planted(Bug::cleared_redis_error);
    if (kind == "ended") return tombstone_of(*object, v, mine);

    session.handle = take_text(*object, "handle");
    session.user_id = take_text(*object, "user_id");
    session.created_at = take_instant(*object, "created");
    session.expires_at = take_instant(*object, "expires");
    session.remember = object->take<bool>("remember");
    auto run = take_text(*object, "run");
    session.last_activity = take_instant(*object, "last");
    if (!object->exact() || v != version || kind != "live" || !plausible(session, now)) return {};
    if (!mine) return {Belief::mismatched, std::nullopt, {}};
    return {Belief::good, std::move(session), std::move(run)};
}

std::string encode_user(const User& user, std::string_view context, Instant at, std::string_view run) {
    std::string permissions;
    for (const Permission& permission : user.permissions)
        permissions += fmt::format("{}{}:{}", permissions.empty() ? "" : ",", quoted(permission.name),
                                   permission.expires_at ? std::to_string(ms(*permission.expires_at)) : "null");
    auto text = fmt::format(R"({{"v":{},"generation":{},"id":{},"context":{},"email":{},"role":{},"verified":{},)"
                            R"("disabled":{},"at":{},"run":{},"permissions":{{{}}}}})",
                            version, user.generation, quoted(user.id), quoted(context), quoted(user.email),
                            quoted(user.role), user.verified, user.disabled, ms(at), quoted(run), permissions);
    const bool fits = text.size() <= max_user_bytes && user.permissions.size() < max_members / 2;
    if (fits || user.permissions.empty()) return text;
    User bare = user;
    bare.permissions.clear();
    return encode_user(bare, context, Instant{}, run);
}

UserValue decode_user(std::string_view text, const UserKey& key, Instant now) {
    if (text.size() > max_user_bytes) return {};
    auto object = FlatObject::parse(text, max_members);
    if (!object) return {};
    const auto v = take_number(*object, "v");
    UserValue value;
    User& user = value.user;
    user.generation = take_number(*object, "generation");
    user.id = take_text(*object, "id");
    const auto context = take_text(*object, "context");
    user.email = take_text(*object, "email");
    user.role = take_text(*object, "role");
    user.verified = object->take<bool>("verified");
    user.disabled = object->take<bool>("disabled");
    value.at = take_instant(*object, "at");
    value.run = take_text(*object, "run");
    auto permissions = permissions_of(object->take_members("permissions"), now);
    if (!object->exact() || v != version || !permissions || user.generation < 0) return {};
    if (!within(value.at, earliest, latest) || !is_line(user.email, 320) || !is_word(user.role, 128)) return {};
    user.permissions = std::move(*permissions);
    const bool mine = (user.id == key.id && context == key.context) || planted(Bug::cleared_redis_error);
    value.belief = mine ? Belief::good : Belief::mismatched;
    return value;
}

} // namespace gatehouse
