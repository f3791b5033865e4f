// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/progress.h"
#include "gateway/cli/table.h"
#include "gateway/cli/with_stores.h"
#include "gateway/http/json.h"
#include "gateway/sessions/pacing.h"
#include "gateway/stores/stores.h"
#include "storage/redis/census.h"
#include "storage/redis/link.h"

#include <fmt/format.h>
#include <sstream>
#include <sysexits.h>

namespace gatehouse::cli {
namespace {

using boost::asio::awaitable;

constexpr Millis patience{10'000};

[[noreturn]] void fail(const RedisLink& redis, boost::system::error_code error) {
    const auto& why = redis.trouble();
    throw CommandError(EX_UNAVAILABLE, fmt::format("Redis did not answer ({}{}{}): see redis_url, and `ready`",
                                                   error.message(), why.empty() ? "" : ": ", why));
}

/// Splits a line of words without spaces.
RedisLink::Command words_of(const std::string& line) {
    RedisLink::Command words;
    std::istringstream text(line);
    for (std::string word; text >> word;)
        words.push_back(word);
    return words;
}

awaitable<RedisReply> ask(RedisLink& redis, RedisLink::Command command, RedisReply::Type wanted) {
    auto reply = co_await redis.command(std::move(command), deadline_in(patience));
    if (!reply) fail(redis, reply.error());
    if (!reply->is(wanted)) throw CommandError(EX_UNAVAILABLE, "Redis gave an answer that makes no sense");
    co_return std::move(*reply);
}

/// Counts these keys in one pipeline.
awaitable<void> count(RedisLink& redis, const std::vector<RedisReply>& keys, RedisCensus& census) {
    std::vector<RedisLink::Command> questions;
    for (const auto& key : keys) {
        questions.push_back(RedisLink::Command{"PTTL", key.text}); // no words_of: a key may hold spaces
        questions.push_back(RedisLink::Command{"MEMORY", "USAGE", key.text});
    }
    if (questions.empty()) co_return;
    auto replies = co_await redis.pipeline(std::move(questions), deadline_in(patience));
    if (!replies) fail(redis, replies.error());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto& bytes = (*replies)[2 * i + 1]; // nil: the key has gone meanwhile
        census.count(keys[i].text, (*replies)[2 * i].integer, static_cast<std::uint64_t>(bytes.integer));
    }
}

/// Counts all keys by SCAN. One step of SCAN never blocks Redis for long, and the command waits after each step for as
/// long as the step took: at least half of Redis' time is left to others. Keys that come and go meanwhile may be missed
/// or counted twice.
awaitable<RedisCensus> census_of(RedisLink& redis) {
    RedisCensus census;
    Progress progress("keys");
    const auto size = co_await ask(redis, words_of("DBSIZE"), RedisReply::Type::integer);
    std::string cursor = "0";
    do {
        const auto began = std::chrono::steady_clock::now();
        const auto page = co_await ask(redis, words_of("SCAN " + cursor + " COUNT 200"), RedisReply::Type::array);
        if (page.elements.size() != 2) throw CommandError(EX_UNAVAILABLE, "Redis gave an answer that makes no sense");
        cursor = page.elements[0].text;
        co_await count(redis, page.elements[1].elements, census);
        progress.report(census.total().keys, static_cast<std::uint64_t>(size.integer));
        co_await pause_as_long(std::chrono::ceil<Millis>(std::chrono::steady_clock::now() - began));
    } while (cursor != "0");
    co_return census;
}

/// The value of `name:` in the text of INFO.
std::string info(const std::string& text, const std::string& name) {
    const auto at = ("\r\n" + text).find("\r\n" + name + ":");
    if (at == std::string::npos) return "?";
    const auto begin = at + name.size() + 1;
    return text.substr(begin, text.find("\r\n", begin) - begin);
}

void print_table(const RedisCensus& census, const std::string& memory) {
    const auto line = [](const RedisNamespace& n) {
        print(fmt::format("{:<40} {:>10} {:>12} {:>14}", n.name, n.keys, n.without_ttl, n.bytes));
    };
    print(fmt::format("{:<40} {:>10} {:>12} {:>14}", "namespace", "keys", "without TTL", "bytes"));
    for (const auto& one : census.namespaces())
        line(one);
    line(census.total());
    print(fmt::format("\nRedis uses {} of {} ({})", info(memory, "used_memory_human"),
                      info(memory, "maxmemory") == "0" ? "what there is" : info(memory, "maxmemory_human"),
                      info(memory, "maxmemory_policy")));
}

void print_json(const RedisCensus& census, const std::string& memory) {
    http::JsonArray all;
    for (const auto& one : census.namespaces())
        all.add(http::JsonObject()
                    .add("namespace", one.name)
                    .add("ours", one.ours)
                    .add("keys", one.keys)
                    .add("without_ttl", one.without_ttl)
                    .add("too_long", one.too_long)
                    .add("bytes", one.bytes));
    print(http::JsonObject()
              .add("namespaces", all)
              .add("used_memory", info(memory, "used_memory"))
              .add("maxmemory", info(memory, "maxmemory"))
              .add("maxmemory_policy", info(memory, "maxmemory_policy"))
              .str());
}

/// Warns of keys and settings that an operator should look at.
void warn(const RedisCensus& census, const std::string& memory) {
    for (const auto& one : census.namespaces()) {
        if (one.ours && one.without_ttl != 0)
            complain(fmt::format("{}: {} keys stay for ever; Gatehouse writes none of these, delete them", one.name,
                                 one.without_ttl));
        if (one.too_long != 0)
            complain(fmt::format("{}: {} keys live longer than {} minutes, the longest lifetime for these; the "
                                 "application that writes them has to set a shorter lifetime",
                                 one.name, one.too_long, one.longest.count() / 60));
    }
    if (info(memory, "maxmemory") != "0" && info(memory, "maxmemory_policy").starts_with("allkeys"))
        complain("maxmemory-policy: volatile-ttl is better: it deletes last the keys that expire last");
}

awaitable<int> audit_of(RedisLink& redis, bool json) {
    co_await wait_for_redis(redis, deadline_in(patience));
    if (!redis.up()) fail(redis, make_error_code(StoreError::unavailable));
    const auto census = co_await census_of(redis);
    const auto memory = co_await ask(redis, words_of("INFO memory"), RedisReply::Type::string);
    json ? print_json(census, memory.text) : print_table(census, memory.text);
    warn(census, memory.text);
    co_return EX_OK;
}

int audit(const Invocation& invocation, const Output& wanted) {
    const auto config = load_config(invocation);
    if (config->redis_url.empty()) throw CommandError(EX_CONFIG, "there is no Redis: redis_url is not set");
    boost::asio::io_context loop{1};
    try {
        RedisLink redis(loop.get_executor(), {.url = config->redis_url});
        redis.start();
        return wait_for(loop, audit_of(redis, wanted.json));
    } catch (const std::invalid_argument& error) {
        throw CommandError(EX_CONFIG, error.what());
    }
}

} // namespace

Command redis_commands() {
    return group("redis", "Look into Redis.",
                 {command("audit", "Count the keys by namespace: lifetimes, memory, foreign ones.", audit,
                          {{"--json", &Output::json, "Print JSON."}})});
}

} // namespace gatehouse::cli
