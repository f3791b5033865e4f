// SPDX-License-Identifier: Apache-2.0
#include "gateway/stores/stores.h"

#include "gateway/stores/databases.h"
#include "storage/legacy/old_system.h"
#include "storage/legacy/redis/store.h"
#include "storage/legacy/sql/store.h"

#include <algorithm>

namespace gatehouse {
namespace {

SqlOptions sql_options(const Config& config) {
    SqlOptions options;
    options.url = config.identity_url;
    options.other_names = config.legacy.configured();
    options.connections = config.database_connections;
    options.queue = config.database_queue;
    options.connect_timeout = config.database_connect_timeout;
    // The server gives up soon after the gateway did, so that a slow statement does not keep its connection.
    options.statement_timeout = config.database_timeout + Millis{200};
    return options;
}

/// Preferences are rarely read and never critical, so they get a quarter of the connections.
SqlOptions web_options(const Config& config, const std::string& url) {
    auto options = sql_options(config);
    options.url = url;
    options.connections = std::max<std::size_t>(config.database_connections / 4, 1);
    return options;
}

RedisOptions redis_options(const Config& config) {
    RedisOptions options;
    options.url = config.redis_url;
    options.max_retries = config.redis_max_retries;
    return options;
}

InvalidationOptions invalidation_options(const Config& config) {
    InvalidationOptions options;
    options.url = config.redis_url;
    options.max_retries = config.redis_max_retries;
    return options;
}

SqlOptions legacy_options(const Config& config) {
    SqlOptions options;
    options.url = config.legacy.database_url;
    options.connections = config.legacy.connections;
    options.queue = config.database_queue;
    options.connect_timeout = config.database_connect_timeout;
    options.statement_timeout = config.legacy.timeout + Millis{200};
    return options;
}

} // namespace

Stores::Stores(boost::asio::any_io_executor executor, const Config& config) : sql_(sql_options(config)) {
    for (const auto& [name, url, kind] : databases_of(config))
        if (kind == Database::web) web_.push_back({name, url, std::make_unique<SqlWebStore>(web_options(config, url))});
    if (config.legacy.configured()) open_legacy(executor, config);
    if (config.redis_url.empty()) return;
    link_ = std::make_unique<RedisLink>(executor, redis_options(config));
    cache_ = std::make_unique<RedisSessionCache>(*link_);
    counters_ = std::make_unique<RedisCounterStore>(*link_);
    invalidations_ = std::make_unique<RedisInvalidationLink>(executor, invalidation_options(config));
}

Stores::~Stores() = default;

LegacyStore* Stores::legacy() noexcept {
    return legacy_.get();
}

void Stores::open_legacy(const boost::asio::any_io_executor& executor, const Config& config) {
    const auto& layout = config.legacy.layout;
    legacy_tables_ = std::make_unique<SqlLegacyStore>(legacy_options(config), layout);
    const bool copies = layout.redis_prefix.empty();
    auto keys = layout;
    if (copies) keys.redis_prefix = layout.redis_copies;
    if (!keys.redis_prefix.empty() && !config.legacy.redis_url.empty()) {
        // A link of its own, even to the same server: its answers must not wait behind those of our own Redis.
        auto options = redis_options(config);
        options.url = config.legacy.redis_url;
        legacy_link_ = std::make_unique<RedisLink>(executor, options);
        legacy_keys_ = std::make_unique<RedisLegacyKeys>(*legacy_link_, keys);
    }
    auto* const there = legacy_keys_.get();
    legacy_ = std::make_unique<OldSystem>(layout, *legacy_tables_, copies ? nullptr : there, copies ? there : nullptr);
}

void Stores::start() {
    if (link_) link_->start();
    if (legacy_link_) legacy_link_->start();
}

void Stores::listen(InvalidationLink::Listener& listener) {
    if (invalidations_) invalidations_->start(listener);
}

bool Stores::stop(Millis grace) {
    if (invalidations_) invalidations_->stop();
    if (link_) link_->stop();
    if (legacy_link_) legacy_link_->stop();
    bool all_ended = !legacy_tables_ || legacy_tables_->stop(grace);
    for (const auto& web : web_)
        all_ended = web.store->stop(grace) && all_ended;
    return sql_.stop(grace) && all_ended;
}

WebStore* Stores::own_web(const ContextConfig& context) const {
    if (context.database_url.empty()) return nullptr;
    return std::ranges::find(web_, context.database_url, &NamedWebStore::url)->store.get();
}

} // namespace gatehouse
