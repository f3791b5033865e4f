// SPDX-License-Identifier: Apache-2.0
// Every store that the configuration names, opened in construction order; for `serve` and for the command line. Loop
// thread.
#pragma once

#include "gateway/config/config.h"
#include "storage/counter_store.h"
#include "storage/legacy/legacy_store.h"
#include "storage/mail_store.h"
#include "storage/memory_counter_store.h"
#include "storage/redis/counter_store.h"
#include "storage/redis/invalidation_link.h"
#include "storage/redis/link.h"
#include "storage/redis/session_cache.h"
#include "storage/session_cache.h"
#include "storage/session_store.h"
#include "storage/sql/identity_store.h"
#include "storage/sql/web_store.h"
#include "storage/unlock_store.h"
#include "storage/user_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse {

class OldSystem;
class RedisLegacyKeys;
class SqlLegacyStore;

class Stores {
  public:
    /// Does not connect yet. Throws std::runtime_error if a URL cannot be understood.
    Stores(boost::asio::any_io_executor executor, const Config& config);
    ~Stores();
    Stores(const Stores&) = delete;
    Stores& operator=(const Stores&) = delete;

    /// Starts to connect to Redis. The database is connected at its first query.
    void start();
    /// Starts to listen to changes in Redis. The listener must live until stop().
    void listen(InvalidationLink::Listener& listener);
    /// False if a thread is stuck in a query and had to be left behind: then leave the process by std::_Exit.
    bool stop(Millis grace);

    [[nodiscard]] SessionStore& sessions() noexcept { return sql_; }
    [[nodiscard]] UserStore& users() noexcept { return sql_; }
    [[nodiscard]] UnlockStore& unlocks() noexcept { return sql_; }
    [[nodiscard]] OneTimeStore& one_time() noexcept { return sql_; }
    [[nodiscard]] MailStore& mail() noexcept { return sql_; }
    [[nodiscard]] ChangeFeed& feed() noexcept { return sql_; }
    [[nodiscard]] SqlIdentityStore& sql() noexcept { return sql_; }
    [[nodiscard]] TakeoverStore& takeover() noexcept { return sql_; }
    /// The older system's stores; nullptr if no older system is being replaced.
    [[nodiscard]] LegacyStore* legacy() noexcept;
    [[nodiscard]] SqlLegacyStore* legacy_tables() noexcept { return legacy_tables_.get(); }
    /// nullptr if the older system has no sessions in Redis.
    [[nodiscard]] RedisLink* legacy_redis() noexcept { return legacy_link_.get(); }
    /// nullptr without Redis.
    [[nodiscard]] SessionCache* cache() noexcept { return cache_.get(); }
    [[nodiscard]] CounterStore* shared_counters() noexcept { return counters_.get(); }
    [[nodiscard]] RedisLink* redis() noexcept { return link_.get(); }
    [[nodiscard]] RedisInvalidationLink* invalidations() noexcept { return invalidations_.get(); }
    /// The shared web database first, then those of contexts, each under its name (databases.h).
    struct NamedWebStore {
        std::string name;
        std::string url;
        std::unique_ptr<SqlWebStore> store;
    };
    [[nodiscard]] const std::vector<NamedWebStore>& web() const noexcept { return web_; }
    /// The context's own web database; nullptr: it uses the shared one.
    [[nodiscard]] WebStore* own_web(const ContextConfig& context) const;
    [[nodiscard]] CounterStore& local_counters() noexcept { return local_counters_; }

  private:
    void open_legacy(const boost::asio::any_io_executor& executor, const Config& config);

    SqlIdentityStore sql_;
    std::vector<NamedWebStore> web_;
    MemoryCounterStore local_counters_;
    std::unique_ptr<RedisLink> link_;
    std::unique_ptr<RedisSessionCache> cache_;
    std::unique_ptr<RedisCounterStore> counters_;
    std::unique_ptr<RedisInvalidationLink> invalidations_;
    std::unique_ptr<SqlLegacyStore> legacy_tables_;
    std::unique_ptr<RedisLink> legacy_link_;
    std::unique_ptr<RedisLegacyKeys> legacy_keys_;
    std::unique_ptr<OldSystem> legacy_;
};

} // namespace gatehouse
