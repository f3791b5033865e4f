// SPDX-License-Identifier: Apache-2.0
#include "cache_suite.h"

#include "storage/memory_counter_store.h"
#include "storage/redis/counter_store.h"
#include "tests/memory/session_cache.h"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <csignal>
#include <fmt/format.h>
#include <hiredis/hiredis.h>

namespace gatehouse::testing {
namespace {

/// As the gateway does; hiredis writes to connections that may be gone.
const auto pipe_signals_ignored = std::signal(SIGPIPE, SIG_IGN);

RedisReply plain(const redisReply& reply) {
    constexpr std::array types = {RedisReply::Type::nil,     RedisReply::Type::string, RedisReply::Type::array,
                                  RedisReply::Type::integer, RedisReply::Type::nil,    RedisReply::Type::status,
                                  RedisReply::Type::error};
    RedisReply copy;
    copy.type = types.at(static_cast<std::size_t>(reply.type));
    copy.integer = reply.integer;
    if (reply.str != nullptr) copy.text.assign(reply.str, static_cast<std::size_t>(reply.len));
    for (std::size_t i = 0; i < reply.elements; ++i)
        copy.elements.push_back(plain(*reply.element[i]));
    return copy;
}

} // namespace

bool LinkLoop::until(const std::function<bool()>& condition, Millis limit) {
    const auto end = deadline_in(limit);
    io.restart();
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) return false;
        io.run_one_for(Millis{5});
        io.restart();
    }
    return true;
}

RedisConsole::RedisConsole(const std::string& socket) : context_(redisConnectUnix(socket.c_str()), &redisFree) {
    if (context_ == nullptr || context_->err != 0) throw std::runtime_error("no connection to " + socket);
}

RedisReply RedisConsole::operator()(const std::vector<std::string>& command) {
    std::vector<const char*> arguments;
    std::vector<std::size_t> sizes;
    for (const auto& argument : command) {
        arguments.push_back(argument.data());
        sizes.push_back(argument.size());
    }
    const std::unique_ptr<void, void (*)(void*)> reply(
        redisCommandArgv(context_.get(), static_cast<int>(command.size()), arguments.data(), sizes.data()),
        &freeReplyObject);
    if (!reply) throw std::runtime_error(context_->errstr);
    return plain(*static_cast<redisReply*>(reply.get()));
}

std::string open_tcp(RedisConsole& console) {
    for (int attempt = 0; attempt < 20; ++attempt) {
        boost::asio::io_context io;
        boost::asio::ip::tcp::acceptor probe(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
        auto port = std::to_string(probe.local_endpoint().port());
        probe.close();
        if (console({"CONFIG", "SET", "port", port}).text == "OK") return port;
    }
    throw std::runtime_error("no free port");
}

RedisBench::RedisBench(RedisOptions options) : link(loop.io.get_executor(), std::move(options)), cache(link) {
    link.start();
}

struct CacheBench::Holder {
    std::optional<RedisBench> redis;
    std::optional<RedisCounterStore> redis_counters;
    LinkLoop loop;
    MemorySessionCache memory;
    MemoryCounterStore memory_counters;
};

CacheBench::CacheBench(CacheKind kind) : kind_(kind), holder_(std::make_unique<Holder>()) {
    loop_ = &holder_->loop;
    cache_ = &holder_->memory;
    counters_ = &holder_->memory_counters;
    if (kind == CacheKind::memory) return;
    auto& server = RedisServer::shared();
    RedisConsole(server.socket())({"FLUSHALL"});
    holder_->redis.emplace(RedisOptions{.url = server.url()});
    BOOST_REQUIRE_MESSAGE(holder_->redis->comes_up(), holder_->redis->link.trouble());
    holder_->redis_counters.emplace(holder_->redis->link);
    loop_ = &holder_->redis->loop;
    cache_ = &holder_->redis->cache;
    counters_ = &*holder_->redis_counters;
}

CacheBench::~CacheBench() {
    if (kind_ == CacheKind::memory) return;
    // Whatever a case did: no key stays for ever.
    RedisConsole console(RedisServer::shared().socket());
    for (const auto& key : console({"KEYS", "*"}).elements)
        BOOST_TEST(console({"PTTL", key.text}).integer > 0, key.text.substr(0, 80) << " has no time to live");
}

Instant CacheBench::now() {
    static const Instant start = wall_now();
    return start;
}

Session cached_session(int number, const std::string& context) {
    const Instant now = CacheBench::now();
    return {{context, fmt::format("{:A>43}", number)},
            fmt::format("00000000-0000-4000-8000-{:012}", number),
            cached_user(number).id,
            now - Seconds{600},
            now,
            now + Seconds{30 * 24 * 3600},
            number % 2 == 0};
}

User cached_user(int number, std::int64_t generation) {
    return {fmt::format("00000000-0000-4000-9000-{:012}", number),
            fmt::format("user{}@example.org", number),
            "user",
            true,
            false,
            generation,
            {}};
}

EndedSession ended(const Session& session) {
    return {session.key, session.expires_at};
}

bool is_live(const SessionCopy& found) {
    return found.kind == SessionCopy::Kind::live && found.session;
}
bool is_tombstone(const SessionCopy& found) {
    return found.kind == SessionCopy::Kind::tombstone && !found.session && !found.user;
}
bool is_absent(const SessionCopy& found) {
    return found.kind == SessionCopy::Kind::absent && !found.session && !found.user;
}

CacheCase::CacheCase(const char* name, Body body, const char* file, std::size_t line) {
    namespace bt = boost::unit_test;
    for (const auto& [kind, suite] :
         {std::pair{CacheKind::memory, "cache_memory"}, {CacheKind::redis, "cache_redis"}}) {
        const auto run = [kind = kind, body] {
            CacheBench bench(kind);
            body(bench);
        };
        // What BOOST_AUTO_TEST_SUITE and BOOST_AUTO_TEST_CASE are made of; a suite of a known name is continued.
        bt::ut_detail::auto_test_unit_registrar(suite, file, line, bt::decorator::collector_t::instance());
        bt::ut_detail::auto_test_unit_registrar(bt::make_test_case(run, name, file, line),
                                                bt::decorator::collector_t::instance());
        bt::ut_detail::auto_test_unit_registrar(1);
    }
}

} // namespace gatehouse::testing
