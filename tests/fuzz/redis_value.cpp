// SPDX-License-Identifier: Apache-2.0
// Sessions and users as they stand in Redis: only what we could have written ourselves is believed, and only under its
// own key.
#include "storage/redis/session_value.h"

#include "tests/fuzz/promise.h"

#include <algorithm>
#include <fuzzer/FuzzedDataProvider.h>

namespace gatehouse::fuzz {
namespace {

const SessionKey session_key{"web", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
const SessionKey other_session{"web", "BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
const UserKey user_key{"web", "00000000-0000-4000-8000-000000000001"};
const UserKey other_user{"admin", "00000000-0000-4000-8000-000000000001"};
constexpr Instant now{Seconds{1'700'000'000}};
constexpr Instant before{Seconds{1}};

void read_session(std::string_view text) {
    const auto value = decode_session(text, session_key, now);
    promise(decode_session(text, other_session, now).belief != Belief::good || value.belief != Belief::good,
            "good under one key only");
    if (value.belief != Belief::good) return;
    if (!value.live) {
        promise(text.size() <= max_session_bytes, "not larger than the limit");
        return;
    }
    const auto& live = *value.live;
    promise(live.key == session_key, "it is the session that was asked for");
    promise(live.created_at <= now + clock_skew && live.last_activity <= now + clock_skew &&
                live.expires_at > live.created_at,
            "moments that can be");
    const auto again = encode_live(live, value.run);
    promise(value.run.size() > 16 || again == text, "live sessions have one spelling");
}

void read_user(std::string_view text) {
    const auto value = decode_user(text, user_key, now);
    if (value.belief != Belief::good) return;
    promise(decode_user(text, other_user, now).belief != Belief::good, "good under one key only");
    const auto no_control = [](char c) { return (c < 0 || c >= ' ') && c != '\x7f'; };
    promise(value.user.id == user_key.id && value.user.generation >= 0, "it is the user who was asked for");
    promise(std::ranges::all_of(value.user.email, no_control) && std::ranges::all_of(value.user.role, no_control),
            "nothing that ends a header line");
    for (const auto& permission : value.user.permissions) {
        promise(!permission.name.empty() && std::ranges::all_of(permission.name, no_control) &&
                    permission.name.find(' ') == std::string::npos,
                "a permission is one word");
        promise(!permission.expires_at || *permission.expires_at > now, "permissions that have ended are left out");
    }
    const auto again = decode_user(encode_user(value.user, "web", value.at, value.run), user_key, now);
    promise(again.belief == Belief::good && again.user == value.user && again.at == value.at,
            "written again it is the same user");
}

std::string uuid(FuzzedDataProvider& data) {
    std::string text = "00000000-0000-4000-8000-000000000000";
    for (char& c : text)
        if (c == '0') c = "0123456789abcdef"[data.ConsumeIntegralInRange(0, 15)];
    return text;
}

Instant moment(FuzzedDataProvider& data, Instant from, Instant to) {
    return Instant{Millis{
        data.ConsumeIntegralInRange<std::int64_t>(from.time_since_epoch().count(), to.time_since_epoch().count())}};
}

/// What we write is read as it was.
void write_session(FuzzedDataProvider& data) {
    Session session{.key = session_key, .handle = uuid(data), .user_id = uuid(data)};
    session.created_at = moment(data, before, now);
    session.last_activity = moment(data, before, now);
    session.expires_at = moment(data, session.created_at + Millis{1}, now + Seconds{400L * 24 * 3600});
    session.remember = data.ConsumeBool();
    const auto text = encode_live(session, "0123456789abcdef0123456789abcdef01234567");
    const auto value = decode_session(text, session_key, now);
    promise(value.belief == Belief::good && value.live == session, "a session that was written is read");
    promise(value.run == "0123456789abcdef", "with its run");
    promise(decode_session(text, other_session, now).belief == Belief::mismatched, "and not under another key");
    auto damaged = text;
    damaged.resize(data.ConsumeIntegralInRange<std::size_t>(0, text.size() - 1));
    promise(decode_session(damaged, session_key, now).belief == Belief::corrupt, "and not half of it");
    const auto ended = decode_session(encode_tombstone(session_key), session_key, now);
    promise(ended.belief == Belief::good && !ended.live, "a tombstone is a tombstone");
}

} // namespace

void look_at(std::string_view input) {
    read_session(input);
    read_user(input);
    FuzzedDataProvider data(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
    write_session(data);
}

} // namespace gatehouse::fuzz
