// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/session_cache.h"

#include "storage/keys.h"
#include "storage/planted.h"
#include "storage/redis/script.h"

#include <algorithm>

namespace gatehouse {
namespace {

constexpr Seconds tombstone_margin{60}; ///< a tombstone must outlive clocks that are a little late

// KEYS[1]; ARGV[1] what GETRANGE returned, ARGV[2] its last offset. Deletes the key if its beginning is unchanged, or
// if it is no string.
const RedisScript& discard_script() {
    static const RedisScript script(R"lua(
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'none' then return 0 end
if kind == 'string' and redis.call('GETRANGE', KEYS[1], 0, ARGV[2]) ~= ARGV[1] then return 0 end
return redis.call('UNLINK', KEYS[1])
)lua");
    return script;
}

// KEYS[1]; ARGV[1] the live value without its last activity, ARGV[2] the new last activity, ARGV[3] time to live in ms.
// Only a value with this beginning is this session, alive. A later activity stays, with its time to live.
const RedisScript& extend_script() {
    static const RedisScript script(R"lua(
local head = ARGV[1]
if redis.call('TYPE', KEYS[1]).ok ~= 'string' then return 0 end
local value = redis.call('GETRANGE', KEYS[1], 0, #head + 20)
if string.sub(value, 1, #head) ~= head then return 0 end
local last = tonumber(string.match(value, '^(%d+)}$', #head + 1))
if not last or last > tonumber(ARGV[2]) then return 0 end
redis.call('SET', KEYS[1], head .. ARGV[2] .. '}', 'XX', 'PX', ARGV[3])
return 1
)lua");
    return script;
}

// KEYS[1]; ARGV[1] the record, ARGV[2] its time to live in s, ARGV[3] the lowest generation that stays, ARGV[4] the
// earliest time of writing at which an equal record stays: writing the record again is announced to every gateway. A
// record of a higher generation always stays, even one that is not trusted for other reasons, because generations only
// grow.
const RedisScript& put_user_script() {
    static const RedisScript script(R"lua(
local kind = redis.call('TYPE', KEYS[1]).ok
if kind == 'string' then
    local value = redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] + 20)
    local known = string.match(value, '^{"v":%d+,"generation":(%d+),')
    if known and tonumber(known) >= tonumber(ARGV[3]) then return 0 end
    local head = string.match(ARGV[1], '^(.*"at":)%d+}$')
    local at = string.sub(value, 1, #head) == head and string.match(value, '^(%d+)}$', #head + 1)
    if at and tonumber(at) >= tonumber(ARGV[4]) then return 0 end
elseif kind ~= 'none' then
    redis.call('UNLINK', KEYS[1])
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
)lua");
    return script;
}

/// Reads one byte more than a value may have, so that a longer value is recognised as too long at no extra cost.
RedisLink::Command beginning_of(std::string key, std::size_t limit) {
    return {"GETRANGE", std::move(key), "0", std::to_string(limit)};
}

RedisLink::Command read_user(const UserKey& key) {
    return beginning_of(keys::user(key.context, key.id), max_user_bytes);
}

/// A copy never outlives the session's absolute end.
Millis life_of(const Session& session, Seconds ttl) {
    return std::min<Millis>(ttl, session.expires_at - wall_now());
}

Result<void> outcome_of(const Result<RedisReply>& reply) {
    if (!reply) return reply.error();
    if (reply->is(RedisReply::Type::error)) return make_error_code(StoreError::refused);
    return {};
}

} // namespace

RedisSessionCache::RedisSessionCache(RedisLink& link, RedisCacheOptions options) : link_(link), options_(options) {}

boost::asio::awaitable<Result<SessionCopy>> RedisSessionCache::find(SessionKey key, Instant now, Deadline deadline) {
    const auto guess = owners_.of(key.id);
    auto answers = co_await ask(key, guess, deadline);
    if (!answers) co_return answers.error();
    SessionCopy found;
    const auto text = text_of(answers->front());
    if (!text) co_return text.error();
    if (text->empty()) {
        co_await discard(keys::session(key), *text, max_session_bytes, deadline);
        co_return found;
    }
    auto value = decode_session(*text, key, now);
    if (value.belief == Belief::good && !value.live) {
        found.kind = SessionCopy::Kind::tombstone;
        co_return found;
    }
    if (!believed(value.belief, value.run) || value.live->expires_at <= now) {
        co_await discard(keys::session(key), *text, max_session_bytes, deadline);
        if (value.belief == Belief::mismatched) link_.distrust();
        co_return found;
    }
    // A named object, because GCC 12 destroys a braced argument of co_await twice.
    UserKey owner{std::move(key.context), value.live->user_id};
    RedisReply record;
    if (owner.id == guess) {
        record = std::move(answers->back());
    } else {
        owners_.note(value.live->key.id, owner.id);
        auto reply = co_await link_.command(read_user(owner), deadline);
        if (!reply) co_return reply.error();
        record = *std::move(reply);
    }
    auto user = co_await judge_user(std::move(record), std::move(owner), now, deadline);
    if (!user) co_return user.error();
    found.kind = SessionCopy::Kind::live;
    found.session = std::move(value.live);
    found.user = std::move(*user);
    co_return found;
}

/// One reply, or two if the session's user is guessed.
boost::asio::awaitable<Result<std::vector<RedisReply>>>
RedisSessionCache::ask(const SessionKey& key, const std::string& guess, Deadline deadline) {
    std::vector<RedisLink::Command> commands;
    commands.reserve(2);
    commands.push_back(beginning_of(keys::session(key), max_session_bytes));
    if (!guess.empty()) commands.push_back(read_user({key.context, guess}));
    return link_.pipeline(std::move(commands), deadline);
}

boost::asio::awaitable<Result<std::optional<User>>> RedisSessionCache::judge_user(RedisReply record, UserKey key,
                                                                                  Instant now, Deadline deadline) {
    const auto text = text_of(record);
    if (!text) co_return text.error();
    if (text->empty()) {
        co_await discard(keys::user(key.context, key.id), *text, max_user_bytes, deadline);
        co_return std::nullopt;
    }
    auto value = decode_user(*text, key, now);
    if (!believed(value.belief, value.run)) {
        // A record of another run stays: no gateway believes it, but its generation still keeps older records out.
        if (value.belief != Belief::good) {
            co_await discard(keys::user(key.context, key.id), *text, max_user_bytes, deadline);
        }
        if (value.belief == Belief::mismatched) link_.distrust();
        co_return std::nullopt;
    }
    const bool fresh = value.at + options_.user_soft_age > now && value.at <= now + clock_skew;
    if (!fresh) co_return std::nullopt;
    co_return std::move(value.user);
}

bool RedisSessionCache::believed(Belief belief, std::string_view run) {
    if (belief == Belief::good && !run.empty() && run == run_mark(link_.run_id())) return true;
    if (belief == Belief::corrupt)
        ++stats_.corrupt;
    else if (belief == Belief::mismatched)
        ++stats_.mismatched;
    else
        ++stats_.foreign_run;
    return false;
}

/// The text that was read. Empty if there is no text, or none that could be read. Redis does not tell an empty value
/// from a missing one, and an empty value would block `populate` for ever. So a caller that gets an empty text discards
/// the key.
Result<std::string> RedisSessionCache::text_of(RedisReply& reply) {
    if (reply.is_error("WRONGTYPE")) {
        ++stats_.corrupt;
        return std::string();
    }
    if (reply.is(RedisReply::Type::string)) return std::move(reply.text);
    ++stats_.mismatched;
    link_.distrust();
    return make_error_code(StoreError::unavailable);
}

/// Compares and deletes, because a good value may have been written meanwhile. If this fails, the next reader tries
/// again.
boost::asio::awaitable<void> RedisSessionCache::discard(std::string key, std::string seen, std::size_t limit,
                                                        Deadline deadline) {
    std::vector<std::string> arguments{std::move(seen), std::to_string(limit)};
    const auto ignored = co_await discard_script().run(link_, std::move(key), std::move(arguments), deadline);
    static_cast<void>(ignored);
}

boost::asio::awaitable<Result<void>> RedisSessionCache::populate(Session session, Seconds ttl, Deadline deadline) {
    const Millis life = life_of(session, ttl);
    if (life <= Millis::zero()) co_return Result<void>();
    RedisLink::Command command{"SET", keys::session(session.key),  encode_live(session, link_.run_id()), "NX",
                               "PX",  std::to_string(life.count())};
    if (planted(Bug::plain_set)) std::erase(command, "NX");
    co_return outcome_of(co_await link_.command(std::move(command), deadline));
}

boost::asio::awaitable<Result<void>> RedisSessionCache::put_user(User user, std::string context, Instant now,
                                                                 Deadline deadline) {
    const Instant renewed_from = now - options_.user_soft_age / 2;
    std::vector<std::string> arguments{encode_user(user, context, now, link_.run_id()),
                                       std::to_string(options_.user_ttl.count()), std::to_string(user.generation + 1),
                                       std::to_string(renewed_from.time_since_epoch().count())};
    co_return outcome_of(
        co_await put_user_script().run(link_, keys::user(context, user.id), std::move(arguments), deadline));
}

/// Writes a record that is never fresh but has the generation.
boost::asio::awaitable<Result<void>> RedisSessionCache::outdate_user(std::string user_id, std::int64_t generation,
                                                                     std::vector<std::string> contexts, Instant,
                                                                     Deadline deadline) {
    User user;
    user.id = std::move(user_id);
    user.role = "user"; // any role, so that the record is readable
    user.generation = generation;
    for (const auto& context : contexts) {
        std::vector<std::string> arguments{encode_user(user, context, Instant{}, link_.run_id()),
                                           std::to_string(options_.user_ttl.count()), std::to_string(generation), "0"};
        auto written = outcome_of(
            co_await put_user_script().run(link_, keys::user(context, user.id), std::move(arguments), deadline));
        if (!written) co_return written;
    }
    co_return Result<void>();
}

boost::asio::awaitable<Result<void>> RedisSessionCache::tombstone(std::vector<EndedSession> ended, Instant now,
                                                                  Deadline deadline) {
    std::vector<RedisLink::Command> commands;
    commands.reserve(ended.size());
    for (const EndedSession& session : ended) {
        const Millis life = std::max(session.expires_at - now, Millis::zero()) + tombstone_margin;
        commands.push_back(
            {"SET", keys::session(session.key), encode_tombstone(session.key), "PX", std::to_string(life.count())});
    }
    const auto replies = co_await link_.pipeline(std::move(commands), deadline);
    if (!replies) co_return replies.error();
    const bool written = std::all_of(replies->begin(), replies->end(), [](const RedisReply& reply) {
        return reply.is(RedisReply::Type::status) && reply.text == "OK";
    });
    if (!written) {
        link_.distrust();
        co_return make_error_code(StoreError::unavailable);
    }
    co_return Result<void>();
}

boost::asio::awaitable<Result<void>> RedisSessionCache::extend(Session session, Seconds ttl, Deadline deadline) {
    const Millis life = life_of(session, ttl);
    if (life <= Millis::zero()) co_return Result<void>();
    std::vector<std::string> arguments{live_head(session, link_.run_id()),
                                       std::to_string(session.last_activity.time_since_epoch().count()),
                                       std::to_string(life.count())};
    co_return outcome_of(
        co_await extend_script().run(link_, keys::session(session.key), std::move(arguments), deadline));
}

boost::asio::awaitable<Result<void>> RedisSessionCache::ping(Deadline deadline) {
    RedisLink::Command command{"PING"};
    co_return outcome_of(co_await link_.command(std::move(command), deadline));
}

} // namespace gatehouse
