// SPDX-License-Identifier: Apache-2.0
#include "gateway/server.h"

#include "gateway/accounts/sodium.h"
#include "gateway/accounts/unlocks.h"
#include "gateway/config/load.h"
#include "gateway/fastcgi/listener.h"
#include "gateway/files.h"
#include "gateway/health/process_metrics.h"
#include "gateway/health/readiness.h"
#include "gateway/health/schema_guard.h"
#include "gateway/letters/composer.h"
#include "gateway/log/log.h"
#include "gateway/mail/mailer.h"
#include "gateway/routes.h"
#include "gateway/sessions/janitor.h"
#include "gateway/sessions/service.h"
#include "gateway/stores/stores.h"
#include "gateway/supervisor.h"
#include "gateway/takeover/strategy_guard.h"
#include "gateway/takeover/takeover.h"
#include "gateway/takeover/with_older_system.h"
#include "storage/planted.h"
#include "storage/worker_pool.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/host_name.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <sysexits.h>
#include <thread>

namespace gatehouse {
namespace {

namespace asio = boost::asio;

constexpr Millis last_flush{1000};
constexpr Millis last_mail{2000};
constexpr Millis pool_grace{1000};
constexpr Millis disk_patience{10'000}; ///< for the files of a reload

/// The other half of the cores is for the loop, and for nginx.
std::size_t half_of_the_cores() {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency() / 2, 1, 4);
}

HashOptions hash_options(const Config& config) {
    HashOptions options;
    options.threads = config.password_threads != 0 ? config.password_threads : half_of_the_cores();
    options.queue = config.password_queue;
    options.memory_kib = config.argon2_memory_kib;
    options.passes = config.argon2_passes;
    options.equal_bcrypt_cost = static_cast<unsigned>(config.equal_bcrypt_cost);
    return options;
}

ThrottleLimits throttle_limits(const Settings& settings) {
    const auto& config = *settings.config;
    ThrottleLimits limits;
    limits.per_account = static_cast<std::int64_t>(config.login_failures_per_account);
    limits.per_address = static_cast<std::int64_t>(config.login_failures_per_address);
    limits.window = config.login_window;
    limits.name_key.assign(settings.throttle_key.begin(), settings.throttle_key.end());
    return limits;
}

WebStores web_stores(const Stores& stores, const Config& config) {
    WebStores all{*stores.web().front().store, {}};
    for (const auto& context : config.contexts)
        if (auto* const own = stores.own_web(context)) all.own.emplace(context.name, own);
    return all;
}

std::vector<WebStore*> all_web(const Stores& stores) {
    std::vector<WebStore*> all;
    for (const auto& web : stores.web())
        all.push_back(web.store.get());
    return all;
}

PreferenceBook::Pace preference_pace(const Config& config) {
    PreferenceBook::Pace pace;
    pace.timeout = config.database_timeout;
    return pace;
}

fastcgi::ListenerOptions listener_options(const Config& config) {
    fastcgi::ListenerOptions options;
    options.path = config.listen;
    options.group = config.listen_group;
    options.max_connections = config.max_connections;
    return options;
}

log::Level level_of(std::string_view name) {
    if (name == "debug") return log::Level::debug;
    if (name == "warning") return log::Level::warning;
    if (name == "error") return log::Level::error;
    return log::Level::info;
}

class Server {
  public:
    Server(std::string config_path, std::string passed_socket, Files files);

    int run();

  private:
    Identities& open_identities();
    fastcgi::Handler handler();
    void report(const config::Loaded& loaded) const;
    asio::awaitable<void> reload();
    asio::awaitable<void> reload_while_asked();
    void apply(const Files& fresh);
    std::optional<std::string> refused_strategy();
    asio::awaitable<void> watch_signals();
    asio::awaitable<void> shut_down();

    std::string config_path_;
    std::string passed_socket_;
    config::Loaded loaded_;
    SettingsPtr settings_;
    asio::io_context loop_{1};
    asio::signal_set signals_{loop_, SIGTERM, SIGINT, SIGHUP};
    Supervisor supervisor_{loop_.get_executor()};
    Stores stores_;
    SchemaGuard schema_;
    PasswordHasher hasher_;
    Throttle throttle_;
    Unlocks unlocks_;
    SessionService sessions_;
    std::optional<Takeover> takeover_; ///< only if an older system is being replaced
    std::optional<WithOlderSystem> with_older_system_;
    std::optional<StrategyGuard> strategy_;
    PreferenceBook preferences_;
    Janitor janitor_;
    LetterComposer composer_;
    std::optional<mail::Mailer> mail_; ///< only if the configuration names a mail server
    AddressWatch addresses_;
    StoreProbe readiness_;
    RequestMetrics request_metrics_;
    Identities& identities_;
    Services services_;
    WorkerPool disk_{{.name = "files"}};
    fastcgi::Listener listener_;
    bool reloading_ = false;
    bool again_ = false;
    bool stopping_ = false;
    int exit_code_ = EX_OK;
};

Server::Server(std::string config_path, std::string passed_socket, Files files)
    : config_path_(std::move(config_path)),
      passed_socket_(std::move(passed_socket)),
      loaded_(std::move(files.loaded)),
      settings_(std::move(files.settings)),
      stores_(loop_.get_executor(), *loaded_.config),
      schema_(*loaded_.config),
      hasher_(hash_options(*loaded_.config)),
      throttle_(stores_.shared_counters(), stores_.local_counters(), throttle_limits(*settings_)),
      unlocks_(loop_.get_executor(), stores_.unlocks(), throttle_, loaded_.config->login_window),
      sessions_(loop_.get_executor(),
                {stores_.sessions(), stores_.users(), stores_.feed(), stores_.cache(), stores_.invalidations()},
                node_name(*loaded_.config), settings_),
      preferences_(loop_.get_executor(), web_stores(stores_, *loaded_.config), preference_pace(*loaded_.config)),
      janitor_(loop_.get_executor(),
               {stores_.sessions(), stores_.feed(), stores_.one_time(), all_web(stores_), &stores_.mail()}),
      composer_(stores_.users(), stores_.one_time(), settings_),
      readiness_(stores_, addresses_,
                 [this] {
                     return process_metrics(listener_, sessions_, takeover_ ? &*takeover_ : nullptr,
                                            mail_ ? &mail_->dispatcher() : nullptr);
                 }),
      identities_(open_identities()),
      services_{identities_,  stores_.users(),  hasher_,    throttle_,          readiness_,
                preferences_, request_metrics_, addresses_, stores_.one_time(), loop_.get_executor()},
      listener_(loop_.get_executor(), listener_options(*loaded_.config), handler()) {
    pages::wear(std::move(files.look));
    if (!loaded_.config->mail.configured()) return;
    const auto& config = *loaded_.config;
    mail_.emplace(loop_.get_executor(), stores_.mail(), composer_, config.mail, node_name(config));
    services_.mail = &mail_->queue();
    readiness_.watch(mail_->dispatcher());
}

Identities& Server::open_identities() {
    if (stores_.legacy() == nullptr) return sessions_;
    takeover_.emplace(sessions_, stores_.takeover(), *stores_.legacy());
    strategy_.emplace(loop_.get_executor(), stores_.takeover(), stores_.sessions(), *stores_.legacy(),
                      node_name(*loaded_.config));
    return with_older_system_.emplace(sessions_, *takeover_, hasher_, settings_);
}

fastcgi::Handler Server::handler() {
    // The pointer is taken when the request begins, so a reload in the middle does not change it.
    return [this](const http::Request& request) { return answer(request, settings_, services_); };
}

void Server::report(const config::Loaded& loaded) const {
    for (const auto& warning : loaded.warnings) {
        log::warning("configuration", {{"message", std::string_view(config::to_string(warning))}});
    }
}

void Server::apply(const Files& fresh) {
    settings_ = fresh.settings;
    pages::wear(fresh.look);
    identities_.use(settings_);
    composer_.use(settings_);
    if (strategy_) strategy_->use(fresh.loaded.config);
    log::set_level(level_of(fresh.loaded.config->log_level));
    for (const auto& key : config::changes_that_need_restart(loaded_, fresh.loaded)) {
        log::warning("restart_needed", {{"option", std::string_view(key)}});
    }
    report(fresh.loaded);
}

asio::awaitable<void> Server::reload() {
    supervisor_.reloading();
    std::string why;
    const auto refuse = [&why](std::string_view event, const std::string& reason) {
        log::error(event, {{"message", std::string_view(reason)}});
        why = reason;
    };
    const auto read = [path = config_path_, socket = passed_socket_] {
        return Result<Files>(read_files(path, socket));
    };
    const auto fresh = co_await disk_.run(read, deadline_in(disk_patience));
    if (!fresh) {
        refuse("configuration", "its files could not be read in time");
    } else {
        for (const auto& error : fresh->loaded.errors)
            refuse("configuration", config::to_string(error));
        if (!fresh->key_ring_trouble.empty()) refuse("key_ring", fresh->key_ring_trouble);
        for (const auto& problem : fresh->look_problems)
            refuse("pages", problem);
    }
    if (why.empty()) {
        if (const auto refusal = config::refused_environment(loaded_, fresh->loaded)) refuse("configuration", *refusal);
    }
    if (why.empty() && strategy_) {
        if (const auto refusal = co_await strategy_->may_use(fresh->loaded.config, settings_, false))
            refuse("strategy", *refusal);
    }
    if (why.empty()) {
        apply(*fresh);
    } else if (strategy_) {
        strategy_->refused(why);
    }
    log::info("reload", {{"outcome", why.empty() ? "ok" : "refused: the old configuration stays"},
                         {"strategy", name_of(settings_->config->strategy)}});
    supervisor_.ready("serving");
}

/// Reloads run one after the other, and the last one sees the latest file. A step of the strategy may take long to
/// judge; other signals are handled meanwhile.
asio::awaitable<void> Server::reload_while_asked() {
    while (std::exchange(again_, false))
        co_await reload();
    reloading_ = false;
}

/// Called at the start, before anything is served.
std::optional<std::string> Server::refused_strategy() {
    if (!strategy_) return std::nullopt;
    std::optional<std::optional<std::string>> answer;
    asio::co_spawn(loop_, strategy_->may_use(loaded_.config, settings_, true),
                   [&answer](const std::exception_ptr& error, std::optional<std::string> refusal) {
                       if (error) std::rethrow_exception(error);
                       answer = std::move(refusal);
                   });
    while (!answer)
        loop_.run_one();
    loop_.restart();
    return *answer;
}

asio::awaitable<void> Server::watch_signals() {
    for (;;) {
        const int signal = co_await signals_.async_wait(asio::use_awaitable);
        if (signal == SIGHUP) {
            again_ = true;
            if (!std::exchange(reloading_, true)) asio::co_spawn(loop_, reload_while_asked(), asio::detached);
        } else if (stopping_) {
            log::warning("stopped_at_once", {{"reason", "a second signal"}});
            log::stop();
            std::_Exit(EX_TEMPFAIL);
        } else {
            stopping_ = true;
            asio::co_spawn(loop_, shut_down(), asio::detached);
        }
    }
}

asio::awaitable<void> Server::shut_down() {
    supervisor_.stopping();
    log::info("stopping", {{"requests_under_way", static_cast<std::int64_t>(listener_.requests_under_way())}});
    const auto cut_off = co_await listener_.drain(settings_->config->drain);
    if (mail_) co_await mail_->stop(deadline_in(last_mail));
    co_await sessions_.stop(deadline_in(last_flush));
    log::info("stopped", {{"requests_cut_off", static_cast<std::int64_t>(cut_off)}});
    loop_.stop();
}

int Server::run() {
    // A schema that certainly does not fit is reported before the first request; one that cannot be read now, as soon
    // as it can.
    if (const auto misfit = schema_.check_now(loop_)) {
        log::error("schema", {{"message", std::string_view(*misfit)}});
        return EX_CONFIG;
    }
    stores_.start();
    if (const auto refusal = refused_strategy()) {
        log::error("strategy", {{"message", std::string_view(*refusal)}});
        return EX_CONFIG;
    }
    report(loaded_);
    if (strategy_) strategy_->use(loaded_.config);
    sessions_.start();
    stores_.listen(sessions_.listener());
    janitor_.start();
    if (mail_) mail_->start();
    unlocks_.start();
    readiness_.start(loop_.get_executor());
    schema_.keep_checking(loop_.get_executor(), [this](const std::string& misfit) {
        log::error("schema", {{"message", std::string_view(misfit)}});
        exit_code_ = EX_CONFIG;
        loop_.stop();
    });
    listener_.start();
    asio::co_spawn(loop_, watch_signals(), asio::detached);
    supervisor_.ready("serving");
    const auto& config = *settings_->config;
    if (is_test_build) log::warning("test_build", {{"hint", "it may have a bug planted on purpose: for tests only"}});
    log::info("ready", {{"version", GATEHOUSE_VERSION},
                        {"socket", std::string_view(config.listen)},
                        {"mode", config.mode()},
                        {"strategy", name_of(config.strategy)}});
    loop_.run();
    const bool mail_ended = !mail_ || mail_->end(pool_grace);
    const bool all_ended = mail_ended && stores_.stop(pool_grace) && hasher_.stop(pool_grace) &&
                           schema_.stop(pool_grace) && disk_.stop(pool_grace);
    log::stop();
    // A thread that is stuck in a store still uses our memory: leave without destroying it.
    if (!all_ended) std::_Exit(exit_code_);
    return exit_code_;
}

} // namespace

std::string node_name(const Config& config) {
    return boost::asio::ip::host_name() + ":" + config.listen;
}

int serve(const ServeArguments& arguments) {
    start_sodium();
    auto socket = fastcgi::passed_socket();
    auto files = read_files(arguments.config_path, socket);
    for (const auto& error : files.loaded.errors)
        std::cerr << "gatehouse: " << config::to_string(error) << '\n';
    for (const auto& problem : files.look_problems)
        std::cerr << "gatehouse: " << problem << '\n';
    if (!files.loaded.config || !files.look_problems.empty()) return EX_CONFIG;
    // A peer that is gone causes an error of one write, not the end of the process (hiredis writes without
    // MSG_NOSIGNAL).
    std::signal(SIGPIPE, SIG_IGN);
    log::start(level_of(files.loaded.config->log_level));
    if (!files.key_ring_trouble.empty()) {
        log::error("start", {{"message", std::string_view(files.key_ring_trouble)}});
        log::stop();
        return EX_CONFIG;
    }
    try {
        return Server(arguments.config_path, std::move(socket), std::move(files)).run();
    } catch (const std::exception& error) {
        log::error("start", {{"message", std::string_view(error.what())}});
        log::stop();
        return EX_OSERR;
    }
}

} // namespace gatehouse
