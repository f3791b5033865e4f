// SPDX-License-Identifier: Apache-2.0
// RedisSessionCache: the ends of sessions that the database does not know yet, and which gateways know these ends. A
// hash of notes, "<context>:<id>" → "<ended>:<expires>"; a hash of gateways, "<name>" → "<number>:<at>". Instants in
// milliseconds.
#include "storage/keys.h"
#include "storage/redis/script.h"
#include "storage/redis/session_cache.h"

#include <algorithm>
#include <charconv>

namespace gatehouse {
namespace {

constexpr Seconds tombstone_margin{60};
constexpr std::chrono::hours forget_nodes_after{24};
/// Longer than any session, so that an evicting Redis takes the notes last. No key lives for ever.
constexpr std::string_view notes_live = "34560000"; // 400 days

std::string field_of(const SessionKey& key) {
    return key.context + ":" + key.id;
}

std::string number(Instant instant) {
    return std::to_string(instant.time_since_epoch().count());
}

std::optional<std::int64_t> integer(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// nullopt: not a note in Gatehouse's format.
std::optional<PendingEnd> read_end(std::string_view field, std::string_view value) {
    const auto name = field.find(':');
    const auto middle = value.find(':');
    if (name == std::string_view::npos || middle == std::string_view::npos) return std::nullopt;
    const auto ended = integer(value.substr(0, middle));
    const auto expires = integer(value.substr(middle + 1));
    if (!ended || !expires) return std::nullopt;
    const SessionKey key{std::string(field.substr(0, name)), std::string(field.substr(name + 1))};
    return PendingEnd{{key, Instant{Millis{*expires}}}, Instant{Millis{*ended}}};
}

// KEYS[1] the session; ARGV: the tombstone and its time to live in ms; the hash of notes, the field, the note, the time
// to live of both hashes in s; the hash of gateways; the announcement without its number, in two parts.
// The note is written first: if Redis cannot write the note, it writes nothing. The number is Redis' clock in
// microseconds, and always higher than the last one. So it grows even after everything was flushed.
const RedisScript& end_script() {
    static const RedisScript script(R"lua(
redis.call('HSET', ARGV[3], ARGV[4], ARGV[5])
redis.call('EXPIRE', ARGV[3], ARGV[6])
local kind = redis.call('TYPE', ARGV[7]).ok
if kind ~= 'hash' and kind ~= 'none' then redis.call('UNLINK', ARGV[7]) end
local clock = redis.call('TIME')
local number = clock[1] * 1000000 + clock[2]
local last = tonumber(redis.call('HGET', ARGV[7], '') or '') or 0
if last >= number then number = last + 1 end
number = string.format('%.0f', number)
redis.call('HSET', ARGV[7], '', number)
redis.call('EXPIRE', ARGV[7], ARGV[6])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SET', ARGV[8] .. number .. ARGV[9], '', 'PX', 5000)
return number
)lua");
    return script;
}

// KEYS[1] the hash of gateways; ARGV: the gateway, the last number that it has heard, now in ms, the hash's time to
// live in s, the moment before which a report is too old and its gateway is forgotten.
const RedisScript& report_script() {
    static const RedisScript script(R"lua(
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'hash' and kind ~= 'none' then redis.call('UNLINK', KEYS[1]) end
local heard = tonumber(ARGV[2])
local before = tonumber(string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '^(%d+):')) or 0
if heard >= 0 and before > heard then heard = before end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', heard) .. ':' .. ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
    local at = tonumber(string.match(all[i + 1], ':(%d+)$'))
    if all[i] ~= '' and (not at or at < tonumber(ARGV[5])) then redis.call('HDEL', KEYS[1], all[i]) end
end
return 1
)lua");
    return script;
}

} // namespace

boost::asio::awaitable<Result<std::int64_t>> RedisSessionCache::end_before_sql(PendingEnd end, Instant now,
                                                                               Deadline deadline) {
    const auto& key = end.session.key;
    const Millis life = std::max(end.session.expires_at - now, Millis::zero()) + tombstone_margin;
    std::vector<std::string> arguments{encode_tombstone(key),
                                       std::to_string(life.count()),
                                       std::string(keys::pending),
                                       field_of(key),
                                       number(end.ended_at) + ":" + number(end.session.expires_at),
                                       std::string(notes_live),
                                       std::string(keys::nodes),
                                       std::string(keys::announcement_prefix),
                                       keys::announcement_suffix(end)};
    const auto reply = co_await end_script().run(link_, keys::session(key), std::move(arguments), deadline);
    if (!reply) co_return reply.error();
    const auto given = reply->is(RedisReply::Type::string) ? integer(reply->text) : std::nullopt;
    if (!given) co_return make_error_code(StoreError::refused);
    co_return *given;
}

boost::asio::awaitable<Result<std::vector<PendingEnd>>> RedisSessionCache::pending_ends(std::size_t limit,
                                                                                        Deadline deadline) {
    RedisLink::Command command{"HRANDFIELD", std::string(keys::pending), std::to_string(limit), "WITHVALUES"};
    const auto reply = co_await link_.command(std::move(command), deadline);
    if (!reply) co_return reply.error();
    std::vector<PendingEnd> ends;
    // A value of another type under this name holds none of Gatehouse's notes.
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

boost::asio::awaitable<Result<void>> RedisSessionCache::report(NodeReport report, Deadline deadline) {
    std::vector<std::string> arguments{std::move(report.node), std::to_string(report.heard), number(report.at),
                                       std::string(notes_live), number(report.at - forget_nodes_after)};
    const auto reply = co_await report_script().run(link_, std::string(keys::nodes), std::move(arguments), deadline);
    if (!reply) co_return reply.error();
    if (!reply->is(RedisReply::Type::integer)) co_return make_error_code(StoreError::refused);
    co_return Result<void>();
}

boost::asio::awaitable<Result<std::vector<NodeReport>>> RedisSessionCache::reports(Deadline deadline) {
    RedisLink::Command command{"HGETALL", std::string(keys::nodes)};
    const auto reply = co_await link_.command(std::move(command), deadline);
    if (!reply) co_return reply.error();
    std::vector<NodeReport> reports;
    if (!reply->is(RedisReply::Type::array)) co_return reports; // no report is readable
    const auto& pairs = reply->elements;
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
        const std::string_view value = pairs[i + 1].text;
        const auto colon = value.find(':');
        if (pairs[i].text.empty() || colon == std::string_view::npos) continue;
        const auto heard = integer(value.substr(0, colon));
        const auto at = integer(value.substr(colon + 1));
        if (heard && at) reports.push_back({pairs[i].text, *heard, Instant{Millis{*at}}});
    }
    co_return reports;
}

} // namespace gatehouse
