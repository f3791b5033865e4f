// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/session_value.h"

#include "storage/base64url.h"
#include "storage/planted.h"
#include "storage/redis/flat_json.h"
#include "storage/redis/scanner.h"
#include "storage/uuid.h"
#include "storage/values.h"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace gatehouse {
namespace {

constexpr std::int64_t version = 1;
constexpr std::string_view live_beginning = R"({"v":1,"kind":"live","id":")";
constexpr std::size_t max_members = 1024;
constexpr Instant earliest{};
constexpr Instant latest{Seconds{253'402'300'799}}; ///< the year 9999: beyond it, sums could overflow

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

/// The text goes into a header: no control characters.
bool is_line(std::string_view text, std::size_t longest) {
    return text.size() <= longest &&
           std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// The text goes into a list separated by spaces.
bool is_listed(std::string_view text, std::size_t longest) {
    return !text.empty() && is_line(text, longest) && text.find(' ') == std::string_view::npos;
}

// Two facts are stored as permissions that ended in 1970: gateways of earlier versions drop ended permissions, but
// would refuse a record with an unknown member as broken.
constexpr std::string_view legacy_id_mark = "legacy-id=";
constexpr std::string_view phone_mark = "phone=";

/// Takes the facts out of the permissions.
void read_facts(User& user, Members& members) {
    std::string legacy_id;
    std::string phone;
    std::erase_if(members, [&](const auto& member) {
        const auto& [name, ended] = member;
        if (ended != Scalar(std::int64_t{0})) return false;
        const std::string_view text = name;
        if (text.starts_with(legacy_id_mark)) legacy_id = text.substr(legacy_id_mark.size());
        if (text.starts_with(phone_mark)) phone = text.substr(phone_mark.size());
        return true;
    });
    set_facts(user, std::move(legacy_id), std::move(phone));
}

bool within(Instant instant, Instant from, Instant to) {
    return from <= instant && instant <= to;
}

bool plausible(const Session& session, Instant now) {
    return within(session.created_at, earliest, now + clock_skew) &&
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
        if (!is_listed(name, 128) || (ends && !within(*ends, earliest, latest))) return std::nullopt;
        if (!ends || *ends > now) permissions.push_back({std::move(name), ends});
    }
    return permissions;
}

/// A tombstone of a later version may have more members; the members above keep their meaning.
SessionValue tombstone_of(FlatObject& object, std::int64_t v, bool mine) {
    const bool readable = v == version ? object.exact() : v > version && object.whole();
    if (!readable) return {};
    return {mine ? Belief::good : Belief::mismatched, std::nullopt, {}};
}

/// 22 characters and not 36: UUIDs are the longest part of a session after its id, and there are many sessions.
std::string short_uuid(const std::string& text) {
    const auto bytes = uuid_bytes(text);
    return bytes ? base64url_encode(*bytes) : std::string();
}

/// Empty if the text is no short UUID.
std::string long_uuid(std::string_view text) {
    Uuid uuid;
    return base64url_decode(text, uuid) ? uuid_text(uuid) : std::string();
}

SessionValue decode_live(std::string_view text, const SessionKey& key, Instant now) {
    Scanner scan(text);
    const auto instant = [&scan] { return Instant{Millis{scan.number()}}; };
    Session session;
    scan.literal(live_beginning);
    const auto id = scan.plain();
    scan.literal(R"(","context":")");
    const auto context = scan.plain();
    scan.literal(R"(","h":")");
    session.handle = long_uuid(scan.plain());
    scan.literal(R"(","u":")");
    session.user_id = long_uuid(scan.plain());
    scan.literal(R"(","c":)");
    session.created_at = instant();
    scan.literal(R"(,"e":)");
    session.expires_at = instant();
    scan.literal(R"(,"r":)");
    session.remember = scan.boolean();
    scan.literal(R"(,"run":")");
    const auto run = scan.plain();
    scan.literal(R"(","l":)");
    session.last_activity = instant();
    scan.literal("}");
    if (!scan.done() || session.handle.empty() || session.user_id.empty() || !plausible(session, now)) return {};
    const bool mine = (id == key.id && context == key.context) || planted(Bug::cleared_redis_error);
    if (!mine) return {Belief::mismatched, std::nullopt, {}};
    session.key = key;
    return {Belief::good, std::move(session), std::string(run)};
}

} // namespace

std::string_view run_mark(std::string_view run_id) noexcept {
    return run_id.substr(0, 16);
}

std::string live_head(const Session& session, std::string_view run_id) {
    return fmt::format(R"({}{}","context":"{}","h":"{}","u":"{}","c":{},"e":{},"r":{},"run":"{}","l":)", live_beginning,
                       session.key.id, session.key.context, short_uuid(session.handle), short_uuid(session.user_id),
                       ms(session.created_at), ms(session.expires_at), session.remember, run_mark(run_id));
}

std::string encode_live(const Session& session, std::string_view run_id) {
    return fmt::format("{}{}}}", live_head(session, run_id), ms(session.last_activity));
}

std::string encode_tombstone(const SessionKey& key) {
    return fmt::format(R"({{"v":{},"kind":"ended","id":{},"context":{}}})", version, quoted(key.id),
                       quoted(key.context));
}

SessionValue decode_session(std::string_view text, const SessionKey& key, Instant now) {
    if (text.size() > max_session_bytes) return {};
    if (text.starts_with(live_beginning)) return decode_live(text, key, now);
    auto object = FlatObject::parse(text, max_members);
    if (!object) return {};
    const auto v = take_number(*object, "v");
    const auto kind = take_text(*object, "kind");
    const bool mine = take_text(*object, "id") == key.id;
    const bool here = take_text(*object, "context") == key.context;
    const bool believed = (mine && here) || planted(Bug::cleared_redis_error);
    return kind == "ended" ? tombstone_of(*object, v, believed) : SessionValue{};
}

std::string encode_user(const User& user, std::string_view context, Instant at, std::string_view run_id) {
    std::string permissions;
    const auto add = [&](std::string_view name, std::optional<Instant> ends) {
        permissions += fmt::format("{}{}:{}", permissions.empty() ? "" : ",", quoted(name),
                                   ends ? std::to_string(ms(*ends)) : "null");
    };
    for (const Permission& permission : user.permissions)
        add(permission.name, permission.expires_at);
    if (!user.legacy_id.empty()) add(std::string(legacy_id_mark) + user.legacy_id, Instant{});
    if (!user.phone.empty()) add(std::string(phone_mark) + user.phone, Instant{});
    auto text =
        fmt::format(R"({{"v":{},"generation":{},"id":{},"context":{},"email":{},"role":{},"verified":{},)"
                    R"("disabled":{},"run":{},"permissions":{{{}}},"at":{}}})",
                    version, user.generation, quoted(user.id), quoted(context), quoted(user.email), quoted(user.role),
                    user.verified, user.disabled, quoted(run_mark(run_id)), permissions, ms(at));
    const bool fits = text.size() <= max_user_bytes && user.permissions.size() < max_members / 2;
    if (fits || user.permissions.empty()) return text;
    User bare = user;
    bare.permissions.clear();
    return encode_user(bare, context, Instant{}, run_id);
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
    auto members = object->take_members("permissions");
    read_facts(user, members);
    auto permissions = permissions_of(std::move(members), now);
    if (!object->exact() || v != version || !permissions || user.generation < 0) return {};
    if (!within(value.at, earliest, latest) || !is_line(user.email, 320) || !is_listed(user.role, 128)) return {};
    user.permissions = std::move(*permissions);
    const bool mine = (user.id == key.id && context == key.context) || planted(Bug::cleared_redis_error);
    value.belief = mine ? Belief::good : Belief::mismatched;
    return value;
}

} // namespace gatehouse
