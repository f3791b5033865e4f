// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/with_stores.h"

#include "gateway/accounts/sodium.h"
#include "gateway/stores/databases.h"
#include "gateway/stores/stores.h"
#include "storage/admin/migrations.h"
#include "storage/admin/pre_migration_backup.h"
#include "storage/admin/split_mark.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {

namespace {

constexpr Millis patience{10'000};
constexpr Millis pool_grace{1000};
constexpr Millis between_looks{5};

void refuse_what_is_older(const Config& config) {
    std::optional<std::string> refusal;
    try {
        refusal =
            split_refusal({config.main_url, config.identity_url, config.web_url}, config.database_connect_timeout);
    } catch (const std::runtime_error& error) {
        throw CommandError(EX_UNAVAILABLE, error.what());
    }
    if (refusal) throw CommandError(EX_CONFIG, *refusal);
}

/// Migrates before the command where `serve` would migrate by itself.
void migrate_if_serve_would(const Config& config) {
    if (!config.migrate_on_start) return;
    for (const auto& [name, url, kind] : databases_of(config)) {
        static_cast<void>(back_up_before_migrating(url, kind, config.database_connect_timeout));
        Migrator(url, kind, config.database_connect_timeout).up();
    }
}

/// Prepares the schema of users and sessions only, because no command needs more.
void prepare_schema(const Config& config) {
    refuse_what_is_older(config);
    SchemaState state;
    try {
        migrate_if_serve_would(config);
        state = check_schema(config.identity_url, Database::identity, config.database_connect_timeout);
    } catch (const std::runtime_error& error) {
        throw CommandError(EX_UNAVAILABLE, error.what());
    }
    if (!state.serves()) throw CommandError(EX_CONFIG, state.message);
}

std::unique_ptr<Stores> open(boost::asio::io_context& loop, const Config& config) {
    try {
        return std::make_unique<Stores>(loop.get_executor(), config);
    } catch (const std::exception& error) { // a malformed address
        throw CommandError(EX_CONFIG, error.what());
    }
}

} // namespace

int wait_for(boost::asio::io_context& loop, boost::asio::awaitable<int> work) {
    std::signal(SIGPIPE, SIG_IGN); // hiredis writes without MSG_NOSIGNAL
    std::exception_ptr failure;
    int exit_code = EX_SOFTWARE;
    boost::asio::co_spawn(loop, std::move(work), [&](const std::exception_ptr& thrown, int returned) {
        failure = thrown;
        exit_code = returned;
        loop.stop();
    });
    loop.run();
    if (failure) std::rethrow_exception(failure);
    return exit_code;
}

int with_stores(const ConfigPtr& config, const std::function<boost::asio::awaitable<int>(Stores&)>& work) {
    start_sodium();
    prepare_schema(*config);
    boost::asio::io_context loop{1};
    const std::unique_ptr<Stores> opened = open(loop, *config);
    Stores& stores = *opened;
    stores.start();
    const struct Stop {
        Stores& stores;
        ~Stop() { static_cast<void>(stores.stop(pool_grace)); } // a stuck thread ends with the process
    } stop{stores};
    return wait_for(loop, work(stores));
}

boost::asio::awaitable<void> wait_for_redis(RedisLink& link, Deadline until) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    while (!link.up() && std::chrono::steady_clock::now() < until) {
        timer.expires_after(between_looks);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
}

Deadline patiently() {
    return deadline_in(patience);
}

void fail_for(Stores& stores, boost::system::error_code error) {
    const std::string why = stores.sql().last_failure();
    throw CommandError(EX_UNAVAILABLE,
                       fmt::format("the database could not do this ({}{}{}). Nothing is certain to have changed: "
                                   "try again when `gatehouse migrate status` answers",
                                   error.message(), why.empty() ? "" : ": ", why));
}

} // namespace gatehouse::cli
