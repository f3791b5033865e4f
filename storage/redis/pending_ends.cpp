// SPDX-License-Identifier: Apache-2.0
// RedisSessionCache: the ends of sessions that SQL has not heard of yet. A hash, "<context>:<id>" → "<ended>:<expires>"
// in milliseconds.
#include "storage/keys.h"
#include "storage/redis/session_cache.h"

#include <algorithm>
#include <charconv>

namespace gatehouse {
namespace {

constexpr Seconds tombstone_margin{60};
/// Longer than any session, so that the notes are the last that an evicting Redis takes; no key lives for ever.
constexpr std::string_view notes_live = "34560000"; // 400 days

std::string field_of(const SessionKey& key) {
    return key.context + ":" + key.id;
}

std::string number(Instant instant) {
    return std::to_string(instant.time_since_epoch().count());
}

std::optional<Instant> instant(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return Instant{Millis{value}};
}

/// nullopt: not something that we write.
std::optional<PendingEnd> read_end(std::string_view field, std::string_view value) {
    const auto name = field.find(':');
    const auto middle = value.find(':');
    if (name == std::string_view::npos || middle == std::string_view::npos) return std::nullopt;
    const auto ended = instant(value.substr(0, middle));
    const auto expires = instant(value.substr(middle + 1));
    if (!ended || !expires) return std::nullopt;
    const SessionKey key{std::string(field.substr(0, name)), std::string(field.substr(name + 1))};
    return PendingEnd{{key, *expires}, *ended};
}

} // namespace

boost::asio::awaitable<Result<void>> RedisSessionCache::end_before_sql(PendingEnd end, Instant now, Deadline deadline) {
    const auto& key = end.session.key;
    const Millis life = std::max(end.session.expires_at - now, Millis::zero()) + tombstone_margin;
    std::vector<RedisLink::Command> commands{
        {"MULTI"},
        {"SET", keys::session(key), encode_tombstone(key), "PX", std::to_string(life.count())},
        {"HSET", std::string(keys::pending), field_of(key),
         number(end.ended_at) + ":" + number(end.session.expires_at)},
        {"EXPIRE", std::string(keys::pending), std::string(notes_live)},
        {"EXEC"}};
    const auto replies = co_await link_.pipeline(std::move(commands), deadline);
    if (!replies) co_return replies.error();
    const auto& done = replies->back();
    const bool both = done.is(RedisReply::Type::array) && done.elements.size() == 3 &&
                      done.elements[0].is(RedisReply::Type::status) && done.elements[1].is(RedisReply::Type::integer);
    if (!both) co_return make_error_code(StoreError::refused);
    co_return Result<void>();
}

boost::asio::awaitable<Result<std::vector<PendingEnd>>> RedisSessionCache::pending_ends(std::size_t limit,
                                                                                        Deadline deadline) {
    RedisLink::Command command{"HRANDFIELD", std::string(keys::pending), std::to_string(limit), "WITHVALUES"};
    const auto reply = co_await link_.command(std::move(command), deadline);
    if (!reply) co_return reply.error();
    std::vector<PendingEnd> ends;
    // Whatever else stands under this name is none of our notes.
    if (reply->is_error("WRONGTYPE")) co_return ends;
    if (!reply->is(RedisReply::Type::array)) {
        link_.distrust();
        co_return make_error_code(StoreError::unavailable);
    }
    const auto& pairs = reply->elements;
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
        if (auto end = read_end(pairs[i].text, pairs[i + 1].text)) ends.push_back(*std::move(end));
    co_return ends;
}

boost::asio::awaitable<Result<void>> RedisSessionCache::settled(std::vector<SessionKey> keys, Deadline deadline) {
    if (keys.empty()) co_return Result<void>();
    RedisLink::Command command{"HDEL", std::string(keys::pending)};
    for (const auto& key : keys)
        command.push_back(field_of(key));
    const auto reply = co_await link_.command(std::move(command), deadline);
    if (!reply) co_return reply.error();
    co_return Result<void>();
}

} // namespace gatehouse
