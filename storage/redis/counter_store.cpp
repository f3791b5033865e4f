// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/counter_store.h"

#include "storage/keys.h"
#include "storage/redis/script.h"

#include <algorithm>

namespace gatehouse {
namespace {

// KEYS[1] the counter; ARGV[1] the window in milliseconds. A value that is no counter is deleted.
const RedisScript& increment_script() {
    static const RedisScript script(R"lua(
local window = tonumber(ARGV[1])
local count = redis.pcall('INCR', KEYS[1])
if type(count) ~= 'number' then
    redis.call('UNLINK', KEYS[1])
    count = redis.call('INCR', KEYS[1])
end
local left = redis.call('PTTL', KEYS[1])
if left < 0 or left > window then
    redis.call('PEXPIRE', KEYS[1], window)
    left = window
end
return {count, left}
)lua");
    return script;
}

// KEYS[1] the counter. DECR keeps the time to live, and would create a key without one if the counter is missing.
const RedisScript& take_back_script() {
    static const RedisScript script(R"lua(
local count = redis.pcall('GET', KEYS[1])
if type(count) == 'string' and (tonumber(count) or 0) > 0 then redis.call('DECR', KEYS[1]) end
return 0
)lua");
    return script;
}

} // namespace

boost::asio::awaitable<Result<Count>> RedisCounterStore::increment(std::string name, Seconds window,
                                                                   Deadline deadline) {
    using Type = RedisReply::Type;
    std::vector<std::string> arguments{std::to_string(Millis{std::max(window, Seconds{1})}.count())};
    const auto reply = co_await increment_script().run(link_, keys::counter(name), std::move(arguments), deadline);
    if (!reply) co_return reply.error();
    const auto& parts = reply->elements;
    if (parts.size() != 2 || !parts[0].is(Type::integer) || !parts[1].is(Type::integer)) {
        link_.distrust();
        co_return make_error_code(StoreError::unavailable);
    }
    // PTTL returns 0 in the last millisecond.
    co_return Count{parts[0].integer, std::chrono::ceil<Seconds>(std::max(Millis{parts[1].integer}, Millis{1}))};
}

boost::asio::awaitable<Result<void>> RedisCounterStore::take_back(std::string name, Deadline deadline) {
    const auto reply = co_await take_back_script().run(link_, keys::counter(name), {}, deadline);
    if (!reply) co_return reply.error();
    co_return Result<void>();
}

boost::asio::awaitable<Result<void>> RedisCounterStore::reset(std::string name, Deadline deadline) {
    RedisLink::Command command{"DEL", keys::counter(name)};
    const auto reply = co_await link_.command(std::move(command), deadline);
    if (!reply) co_return reply.error();
    co_return Result<void>();
}

} // namespace gatehouse
