// SPDX-License-Identifier: Apache-2.0
#include "storage/legacy/redis/store.h"

#include "storage/keys.h"
#include "storage/legacy/legacy_values.h"
#include "storage/redis/script.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using Type = RedisReply::Type;

constexpr std::size_t our_id = 43;
constexpr std::size_t most = 500; ///< keys in one step: SCAN may return some more, and the link accepts 1024

// KEYS[1]. Deletes the key unless its value was written by Gatehouse.
const RedisScript& clear_script() {
    static const RedisScript script(R"lua(
if redis.call('TYPE', KEYS[1]).ok ~= 'string' then return 0 end
if redis.call('GETRANGE', KEYS[1], 0, 4) == '{"v":' then return 0 end
return redis.call('DEL', KEYS[1])
)lua");
    return script;
}

// KEYS[1]; ARGV: the value as it was read, the new value, seconds. A value that was changed or deleted meanwhile stays
// as it is.
const RedisScript& extend_script() {
    static const RedisScript script(R"lua(
if redis.call('TYPE', KEYS[1]).ok ~= 'string' or redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
)lua");
    return script;
}

/// Reads one byte more than the limit, so that a longer value is recognised as too long.
RedisLink::Command beginning_of(std::string key) {
    return {"GETRANGE", std::move(key), "0", std::to_string(max_legacy_bytes)};
}

/// Escapes the text, so that SCAN matches exactly these characters.
std::string literally(const std::string& text) {
    std::string pattern;
    for (const char c : text) {
        if (std::string_view("*?[]\\^-").find(c) != std::string_view::npos) pattern += '\\';
        pattern += c;
    }
    return pattern;
}

Result<void> outcome_of(const Result<RedisReply>& reply) {
    if (!reply) return reply.error();
    if (reply->is(Type::error)) return make_error_code(StoreError::refused);
    return {};
}

/// "RUN CURSOR": a cursor is valid only for one run of the server.
std::string cursor_of(const std::string& after, std::string_view run) {
    const auto blank = after.find(' ');
    if (blank == std::string::npos || std::string_view(after).substr(0, blank) != run) return "0";
    auto cursor = after.substr(blank + 1);
    const bool is_number = !cursor.empty() && cursor.size() <= 20 &&
                           std::ranges::all_of(cursor, [](char c) { return c >= '0' && c <= '9'; });
    return is_number ? cursor : "0";
}

} // namespace

bool RedisLegacyKeys::could_be_ours(const std::string& token) const {
    const auto named = keys::parse(key(token));
    return (named && named->id.size() == our_id) || (!named && key(token).starts_with(keys::identity_prefix));
}

LegacyValue RedisLegacyKeys::judge(const RedisReply& reply) {
    const bool is_text = reply.is(Type::string) && !reply.text.empty();
    auto value = is_text ? decode_legacy(reply.text, layout_.user_id_kind) : LegacyValue{};
    const bool is_missing = reply.is(Type::string) && reply.text.empty();
    if (value.kind == LegacyValue::Kind::unreadable && !is_missing) ++unreadable_;
    return value;
}

awaitable<Result<LegacyKeyAnswer>> RedisLegacyKeys::find(std::string token, Instant now, Deadline deadline) {
    LegacyKeyAnswer answer;
    if (!legacy::is_token(token)) co_return answer;
    const auto reply = co_await link_.command(beginning_of(key(token)), deadline);
    if (!reply) co_return reply.error();
    auto value = judge(*reply);
    if (value.kind != LegacyValue::Kind::good) co_return answer;
    const bool is_over = value.key->expires_at <= now;
    answer.kind = is_over ? LegacyAnswer::Kind::ended : LegacyAnswer::Kind::live;
    if (!is_over) answer.key = std::move(value.key);
    co_return answer;
}

awaitable<Result<void>> RedisLegacyKeys::write(LegacyLogin login, Deadline deadline) {
    const auto user = legacy::user_id(login.user_id, layout_.user_id_kind);
    const auto life = std::chrono::ceil<Seconds>(login.expires_at - login.now);
    if (!user || !legacy::is_token(login.token) || could_be_ours(login.token) || life <= Seconds{0})
        co_return make_error_code(StoreError::refused);
    RedisLink::Command set{
        "SET", key(login.token), encode_legacy(login, layout_.user_id_kind), "EX", fmt::to_string(life.count()), "NX"};
    const auto reply = co_await link_.command(std::move(set), deadline);
    if (reply && reply->is(Type::nil)) co_return make_error_code(StoreError::conflict);
    co_return outcome_of(reply);
}

awaitable<Result<void>> RedisLegacyKeys::extend(std::string token, Instant until, Deadline deadline) {
    if (!legacy::is_token(token)) co_return Result<void>{};
    const auto reply = co_await link_.command(beginning_of(key(token)), deadline);
    if (!reply) co_return reply.error();
    const bool is_text = reply->is(Type::string) && !reply->text.empty();
    auto longer = is_text ? extended_legacy(reply->text, layout_.user_id_kind, until) : std::string{};
    const auto life = std::chrono::ceil<Seconds>(until - wall_now());
    if (longer.empty() || life <= Seconds{0}) co_return Result<void>{};
    std::vector<std::string> arguments{reply->text, std::move(longer), fmt::to_string(life.count())};
    co_return outcome_of(co_await extend_script().run(link_, key(token), std::move(arguments), deadline));
}

awaitable<Result<void>> RedisLegacyKeys::clear(std::string token, Deadline deadline) {
    if (!legacy::is_token(token)) co_return Result<void>{};
    if (could_be_ours(token)) {
        std::vector<std::string> no_arguments;
        co_return outcome_of(co_await clear_script().run(link_, key(token), std::move(no_arguments), deadline));
    }
    RedisLink::Command del{"DEL", key(token)};
    co_return outcome_of(co_await link_.command(std::move(del), deadline));
}

awaitable<Result<void>> RedisLegacyKeys::read(LegacyKeyPage& page, std::vector<RedisReply> keys, Instant now,
                                              Deadline deadline) {
    const auto& prefix = layout_.redis_prefix;
    std::erase_if(keys, [&](const RedisReply& key) { return !key.text.starts_with(prefix); });
    std::vector<RedisLink::Command> questions;
    for (const auto& key : keys)
        questions.push_back(beginning_of(key.text));
    if (questions.empty()) co_return Result<void>{};
    const auto replies = co_await link_.pipeline(std::move(questions), deadline);
    if (!replies) co_return replies.error();
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto value = judge((*replies)[i]);
        auto token = keys[i].text.substr(prefix.size());
        if (value.kind == LegacyValue::Kind::ours) continue;
        ++page.seen;
        if (value.kind == LegacyValue::Kind::unreadable || !legacy::is_token(token)) {
            ++page.unreadable;
        } else if (value.key->expires_at > now) {
            page.items.emplace_back(std::move(token), *std::move(value.key));
        }
    }
    co_return Result<void>{};
}

awaitable<Result<LegacyKeyPage>> RedisLegacyKeys::page(std::string after, std::size_t limit, Instant now,
                                                       Deadline deadline) {
    const std::string run(link_.run_id());
    RedisLink::Command scan{"SCAN",  cursor_of(after, run),
                            "MATCH", literally(layout_.redis_prefix) + "*",
                            "COUNT", std::to_string(std::clamp<std::size_t>(limit, 1, most))};
    auto reply = co_await link_.command(std::move(scan), deadline);
    if (!reply) co_return reply.error();
    if (!reply->is(Type::array) || reply->elements.size() != 2 || !reply->elements[1].is(Type::array))
        co_return make_error_code(reply->is(Type::error) ? StoreError::refused : StoreError::corrupt);
    LegacyKeyPage page;
    const auto ok = co_await read(page, std::move(reply->elements[1].elements), now, deadline);
    if (!ok) co_return ok.error();
    const auto& cursor = reply->elements[0].text;
    if (cursor != "0") page.next = run + " " + cursor;
    co_return page;
}

awaitable<Result<std::uint64_t>> RedisLegacyKeys::count(Deadline deadline) {
    RedisLink::Command size{"DBSIZE"};
    const auto reply = co_await link_.command(std::move(size), deadline);
    if (const auto ok = outcome_of(reply); !ok) co_return ok.error();
    co_return static_cast<std::uint64_t>(reply->integer);
}

awaitable<Result<void>> RedisLegacyKeys::ping(Deadline deadline) {
    RedisLink::Command ping{"PING"};
    co_return outcome_of(co_await link_.command(std::move(ping), deadline));
}

} // namespace gatehouse
