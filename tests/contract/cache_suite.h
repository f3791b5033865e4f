// SPDX-License-Identifier: Apache-2.0
// One suite of cases for every session cache and counter store: memory and Redis. A case written once with CACHE_CASE
// is registered twice, as cache_memory/… and cache_redis/…. Also what the cases of Redis alone need.
#pragma once

#include "servers.h"
#include "storage/counter_store.h"
#include "storage/redis/link.h"
#include "storage/redis/session_cache.h"
#include "storage/session_cache.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

struct redisContext;

namespace gatehouse::testing {

/// A loop that has always something to do, because a link lives on it.
class LinkLoop {
  public:
    boost::asio::io_context io;

    template <class T> T wait(boost::asio::awaitable<T> one) {
        std::vector<boost::asio::awaitable<T>> all;
        all.push_back(std::move(one));
        return std::move(wait_all(std::move(all)).front());
    }
    /// All at the same time.
    template <class T> std::vector<T> wait_all(std::vector<boost::asio::awaitable<T>> all) {
        std::vector<std::optional<T>> results(all.size());
        std::size_t missing = all.size();
        for (std::size_t i = 0; i < all.size(); ++i)
            boost::asio::co_spawn(io, collect(std::move(all[i]), results[i], missing), [](const std::exception_ptr& e) {
                if (e) std::rethrow_exception(e);
            });
        if (!until([&] { return missing == 0; }, Millis{20'000})) throw std::runtime_error("a coroutine never ended");
        std::vector<T> values;
        for (auto& result : results)
            values.push_back(std::move(result.value()));
        return values;
    }
    /// Runs the loop until the condition holds; false if it does not in time.
    bool until(const std::function<bool()>& condition, Millis limit);

  private:
    template <class T>
    static boost::asio::awaitable<void> collect(boost::asio::awaitable<T> work, std::optional<T>& result,
                                                std::size_t& missing) {
        result.emplace(co_await std::move(work));
        --missing;
    }
};

/// Another client of the same server, which says whatever it likes. Blocks.
class RedisConsole {
  public:
    explicit RedisConsole(const std::string& socket);

    RedisReply operator()(const std::vector<std::string>& command);

  private:
    std::shared_ptr<redisContext> context_;
};

/// Makes the server listen on TCP too; the port. A free one may be taken by somebody else meanwhile: then another one.
std::string open_tcp(RedisConsole& console);

/// A link to a server, and the cache on it.
class RedisBench {
  public:
    explicit RedisBench(RedisOptions options);

    LinkLoop loop;
    RedisLink link;
    RedisSessionCache cache;

    bool comes_up(Millis limit = Millis{1000}) {
        return loop.until([this] { return link.up(); }, limit);
    }
    Result<RedisReply> command(RedisLink::Command command, Millis limit = Millis{1000}) {
        return loop.wait(link.command(std::move(command), deadline_in(limit)));
    }
};

enum class CacheKind { memory, redis };

/// An empty cache and empty counters of one kind.
class CacheBench {
  public:
    explicit CacheBench(CacheKind kind);
    ~CacheBench();

    SessionCache& cache() { return *cache_; }
    CounterStore& counters() { return *counters_; }
    [[nodiscard]] CacheKind kind() const noexcept { return kind_; }
    LinkLoop& loop() { return *loop_; }

    template <class T> Result<T> wait(boost::asio::awaitable<Result<T>> work) { return loop_->wait(std::move(work)); }
    /// The value; the case ends here if there is none.
    template <class T> T need(boost::asio::awaitable<Result<T>> work) {
        auto result = wait(std::move(work));
        BOOST_REQUIRE_MESSAGE(result, result.error().message());
        if constexpr (!std::is_void_v<T>) return std::move(*result);
    }
    SessionCopy find(const Session& session, Instant now = CacheBench::now()) {
        return need(cache_->find(session.key, now, soon()));
    }

    /// Far more than anything takes on an idle machine.
    static Deadline soon() { return deadline_in(Millis{10'000}); }
    /// A moment in the present, that all cases of a program share.
    static Instant now();

  private:
    struct Holder;
    CacheKind kind_;
    std::unique_ptr<Holder> holder_;
    LinkLoop* loop_ = nullptr;
    SessionCache* cache_ = nullptr;
    CounterStore* counters_ = nullptr;
};

/// A session that lives, a user who is its owner; `number` makes them different from others.
Session cached_session(int number, const std::string& context = "web");
User cached_user(int number, std::int64_t generation = 1);
EndedSession ended(const Session& session);

bool is_live(const SessionCopy& found);
bool is_tombstone(const SessionCopy& found);
bool is_absent(const SessionCopy& found);

class CacheCase {
  public:
    using Body = void (*)(CacheBench&);
    CacheCase(const char* name, Body body, const char* file, std::size_t line);
};

#define CACHE_CASE(name)                                                                                               \
    void name(gatehouse::testing::CacheBench& bench);                                                                  \
    const gatehouse::testing::CacheCase name##_case(#name, name, __FILE__, __LINE__);                                  \
    void name(gatehouse::testing::CacheBench& bench)

} // namespace gatehouse::testing
