// SPDX-License-Identifier: Apache-2.0
// The table itself. A new option is a member of Config (with its default), a row here, and `gatehouse config example`
// again.
#include "gateway/config/checks.h"
#include "gateway/config/options.h"
#include "gateway/config/url.h"

namespace gatehouse::config {

namespace {

using namespace std::chrono_literals;
using enum Change;
using enum Privacy;

constexpr Words<Environment, 3> environments{
    {{"mock", Environment::mock}, {"development", Environment::development}, {"production", Environment::production}}};
constexpr Words<Strategy, 4> strategies{{{"mock-only", Strategy::mock_only},
                                         {"mock-with-write-through", Strategy::mock_with_write_through},
                                         {"gradual", Strategy::gradual},
                                         {"production-only", Strategy::production_only}}};
constexpr Words<std::string_view, 4> log_levels{
    {{"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}}};
constexpr Words<std::string_view, 2> same_site_words{{{"Lax", "Lax"}, {"Strict", "Strict"}}};

template <class Owner> Codec<Draft> count(std::size_t Owner::*member, std::size_t least, std::size_t most) {
    return number<Draft>(member, least, most);
}
template <class Owner, class Span> Codec<Draft> span(Span Owner::*member, Millis least, Millis most) {
    return duration<Draft>(member, least, most);
}
template <class Owner> Codec<Draft> string(std::string_view kind, std::string Owner::*member, Check check) {
    return text<Draft>(kind, member, check);
}

Section installation() {
    return {
        "What kind of installation this is",
        {{"environment",
          "SESSION_ENVIRONMENT",
          choice<Draft>(&Draft::chosen_environment, environments),
          restart,
          open,
          {"mock if no store is configured, else production", "\"production\""},
          "Sets the defaults of other options. mock: everything in one embedded SQLite file, no Redis, no https "
          "needed; "
          "for trying it out. development: the stores that are configured, else SQLite; no https needed. production: "
          "PostgreSQL and Redis must be configured and cookies are sent over https only."},
         {"force_mock_mode",
          "FORCE_MOCK_MODE",
          flag<Draft>(&Draft::force_mock_mode),
          restart,
          open,
          {"unset", "false"},
          "true: mock, whatever else is configured. false: never fall back to mock because nothing is configured. "
          "Unset: mock if there is neither an environment nor the address of a store."},
         {"strategy",
          "",
          choice<Draft>(&Draft::chosen_strategy, strategies),
          reload,
          open,
          {"mock-only in mock, gradual in development, production-only in production", "\"production-only\""},
          "Which stores sessions are read from and written to while an older system is being replaced. As long as no "
          "older store is configured, every strategy uses our own store alone."}}};
}

Section stores() {
    return {
        "The stores",
        {{"database_url",
          "DATABASE_URL",
          string("address", &Draft::database_url, check_database_url),
          restart,
          secret,
          {"sqlite:<state_directory>/gatehouse.db in mock and development",
           "\"postgresql://gatehouse:PASSWORD@db.example.org:5432/gatehouse\""},
          "The database of users and sessions: postgresql://user:password@host:port/database or sqlite:/path. Better "
          "than in this file, keep it in the environment or in the systemd credential database_url."},
         {"database_identity_url",
          "DATABASE_IDENTITY_URL",
          string("address", &Draft::database_identity_url, check_database_url),
          restart,
          secret,
          {"database_url", "\"postgresql://gatehouse:PASSWORD@db.example.org:5432/identity\""},
          "The database of users and sessions alone, if it is split from the web application's."},
         {"database_web_url",
          "DATABASE_WEB_URL",
          string("address", &Draft::database_web_url, check_database_url),
          restart,
          secret,
          {"database_url, else database_identity_url", "\"postgresql://gatehouse:PASSWORD@db.example.org:5432/web\""},
          "The web application's database (preferences), if it is split from the one of users and sessions."},
         {"database_connections",
          "",
          count(&Config::database_connections, 1, 200),
          restart,
          open,
          {},
          "Connections to each database, and threads that wait for them."},
         {"database_connect_timeout",
          "",
          span(&Config::database_connect_timeout, 100ms, 60s),
          restart,
          open,
          {},
          "How long a connection to the database may take to be made."},
         {"database_timeout",
          "",
          span(&Config::database_timeout, 10ms, 60s),
          restart,
          open,
          {},
          "How long one look-up or write on behalf of a request may take. Later than that the request is answered "
          "503."},
         {"database_queue",
          "",
          count(&Config::database_queue, 1, 100'000),
          restart,
          open,
          {},
          "Operations that may wait for a connection. One more is answered 503 at once."},
         {"redis_url",
          "REDIS_URL",
          string("address", &Config::redis_url, check_redis_url),
          restart,
          secret,
          {"none", "\"redis://:PASSWORD@redis.example.org:6379/0\""},
          "The fast copy of live sessions: redis://user:password@host:port/number or unix:/path. Without it every "
          "check "
          "asks the database. Better than in this file, keep it in the environment or in the systemd credential "
          "redis_url."},
         {"redis_max_retries",
          "REDIS_MAX_RETRIES",
          count(&Config::redis_max_retries, 0, 100),
          restart,
          open,
          {},
          "Quick attempts to connect to Redis before the pauses between attempts grow."},
         {"redis_timeout",
          "",
          span(&Config::redis_timeout, 1ms, 10s),
          restart,
          open,
          {},
          "How long one command may take. Later than that the database is asked."}}};
}

Section door() {
    return {
        "The door",
        {{"listen",
          "",
          string("path", &Config::listen, check_socket_path),
          restart,
          open,
          {},
          "The unix socket that nginx talks FastCGI to. Not used if systemd hands over a socket."},
         {"listen_group",
          "",
          string("group", &Config::listen_group, check_group),
          restart,
          open,
          {"our own group", "\"www-data\""},
          "The group that may connect to the socket: the one nginx runs as."},
         {"prefix",
          "",
          string("path", &Config::prefix, check_prefix),
          restart,
          open,
          {},
          "Where our own pages live on every site. The nginx configuration must say the same."},
         {"secure_cookies",
          "",
          flag<Draft>(&Draft::chosen_secure_cookies),
          restart,
          open,
          {"true in production, else false", "true"},
          "Cookies are sent over https only, and carry the __Host- prefix. production refuses false."},
         {"origins",
          "",
          list<Draft>(&Config::origins, check_origin),
          reload,
          open,
          {},
          "Sites that may post to our pages, as https://host[:port]. Empty: each site to itself, which is right unless "
          "nginx is told another name than the browser."},
         {"max_connections",
          "",
          count(&Config::max_connections, 1, 100'000),
          restart,
          open,
          {},
          "FastCGI connections at the same time. For one more, the longest idle one is closed."}}};
}

Section sessions_section() {
    return {"Sessions",
            {{"default_context",
              "APP_CONTEXT",
              string("context", &Config::default_context, check_context_name),
              restart,
              open,
              {},
              "The context that the command line means if it is told none."},
             {"touch_interval",
              "",
              span(&Config::touch_interval, 1s, 1h),
              reload,
              open,
              {},
              "The activity of a session is written down at most so often. Must be shorter than every context's idle."},
             {"flush_interval",
              "",
              span(&Config::flush_interval, 100ms, 5min),
              reload,
              open,
              {},
              "Activity reaches the database in batches this often."},
             {"max_sessions_per_user",
              "",
              count(&Config::max_sessions_per_user, 1, 10'000),
              reload,
              open,
              {},
              "Sessions that a user can have in one context. One more ends the oldest."}}};
}

Section secrets() {
    return {
        "Secrets and state",
        {{"state_directory",
          "",
          string("path", &Config::state_directory, check_absolute_path),
          restart,
          open,
          {"$STATE_DIRECTORY as systemd sets it, else /var/lib/gatehouse", "\"/var/lib/gatehouse\""},
          "What this node keeps between starts."},
         {"key_file",
          "",
          string("path", &Config::key_file, check_absolute_path),
          restart,
          open,
          {"the systemd credential keys, else <state_directory>/keys", "\"/etc/gatehouse/keys\""},
          "The keys that mark our cookies. All nodes need the same file. `gatehouse keys new` makes a line of it."},
         {"generate_keys",
          "",
          flag<Draft>(&Draft::chosen_generate_keys),
          restart,
          open,
          {"false in production, else true", "true"},
          "Make the key file if it is missing. Right for one node; several nodes need one file that is handed out."}}};
}

Section passwords() {
    return {"Passwords and login",
            {{"password_threads",
              "",
              count(&Config::password_threads, 1, 64),
              restart,
              open,
              {},
              "Passwords that are checked at the same time; each keeps a core busy for some 20 ms."},
             {"password_queue",
              "",
              count(&Config::password_queue, 1, 10'000),
              restart,
              open,
              {},
              "Logins that may wait for such a thread. One more is answered 503 at once."},
             {"argon2_memory_kib",
              "",
              count(&Config::argon2_memory_kib, 7168, 1'048'576),
              restart,
              open,
              {},
              "Memory that one argon2id hash needs. Old hashes are renewed at the next login."},
             {"argon2_passes",
              "",
              count(&Config::argon2_passes, 1, 10),
              restart,
              open,
              {},
              "How often argon2id goes over that memory."},
             {"password_min_length",
              "",
              count(&Config::password_min_length, 8, 128),
              reload,
              open,
              {},
              "Characters that a new password must have at least."},
             {"login_failures_per_account",
              "",
              count(&Config::login_failures_per_account, 1, 1'000'000),
              reload,
              open,
              {},
              "Failed logins to one account within login_window. After that logins to it are answered 429."},
             {"login_failures_per_address",
              "",
              count(&Config::login_failures_per_address, 1, 1'000'000),
              reload,
              open,
              {},
              "Likewise for one client address (IPv6: one /64)."},
             {"login_window",
              "",
              span(&Config::login_window, 1s, 24h),
              reload,
              open,
              {},
              "How long failed logins are remembered."}}};
}

Section logging() {
    return {"Logging",
            {{"log_level",
              "",
              choice<Draft>(&Config::log_level, log_levels),
              reload,
              open,
              {},
              "debug, info, warning or error. Lines go to stderr as JSON; systemd puts them into the journal."}}};
}

template <class Span> Codec<ContextConfig> lifetime(Span ContextConfig::*member) {
    return duration<ContextConfig>(member, 1s, 365 * 24h);
}

} // namespace

const std::vector<Section>& sections() {
    static const std::vector<Section> all{installation(), stores(),    door(),   sessions_section(),
                                          secrets(),      passwords(), logging()};
    return all;
}

const std::vector<ContextOption>& context_options() {
    static const std::vector<ContextOption> all{
        {"cookie",
         "",
         text<ContextConfig>("name", &ContextConfig::cookie, check_cookie_name),
         restart,
         open,
         {"gatehouse_<context>", "\"gatehouse_web\""},
         "The name of the session cookie, without __Host-. No two contexts share one."},
        {"same_site",
         "",
         choice<ContextConfig>(&ContextConfig::same_site, same_site_words),
         reload,
         open,
         {},
         "Lax, or Strict: then a link from another site arrives as if not logged in."},
        {"idle",
         "",
         lifetime(&ContextConfig::idle),
         reload,
         open,
         {},
         "A session ends after so long without a request."},
        {"absolute",
         "",
         lifetime(&ContextConfig::absolute),
         reload,
         open,
         {},
         "A session ends after so long in any case."},
        {"require",
         "",
         list<ContextConfig>(&ContextConfig::require, check_requirement),
         reload,
         open,
         {},
         "What a user needs to log in here: verified, role:NAME, permission:NAME. All of them."},
        {"default_target",
         "",
         text<ContextConfig>("path", &ContextConfig::default_target, check_target),
         reload,
         open,
         {},
         "Where a login leads that was not asked for by a page."}};
    return all;
}

} // namespace gatehouse::config
