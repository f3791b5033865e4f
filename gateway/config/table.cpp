// SPDX-License-Identifier: Apache-2.0
// The table itself. A new option is a member of Config (with its default), a row here, and `gatehouse config example`
// again.
#include "gateway/config/checks.h"
#include "gateway/config/legacy.h"
#include "gateway/config/options.h"
#include "gateway/config/url.h"

#include <algorithm>

namespace gatehouse::config {

namespace {

using namespace std::chrono_literals;
using enum Change;

constexpr Words<Environment, 3> environments{
    {{"mock", Environment::mock}, {"development", Environment::development}, {"production", Environment::production}}};
/// Under the names that the logs use.
auto strategies() {
    Words<Strategy, all_strategies.size()> words{};
    std::ranges::transform(all_strategies, words.begin(), [](auto one) { return std::pair(name_of(one), one); });
    return words;
}
constexpr Words<std::string_view, 4> log_levels{
    {{"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}}};
constexpr std::size_t most_bcrypt_cost = 14; // more is refused where the hashes are checked
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

/// A row in the making; help() ends it.
template <class Target> class Row {
  public:
    Row(std::string_view key, Codec<Target> codec, Change change) {
        row_.key = key;
        row_.codec = std::move(codec);
        row_.change = change;
    }
    Row& variable(std::string_view name) {
        row_.variable = name;
        return *this;
    }
    Row& secret() {
        row_.privacy = Privacy::secret;
        return *this;
    }
    Row& by_rule(std::string_view rule, std::string_view specimen) {
        row_.unfixed = {rule, specimen};
        return *this;
    }
    BasicOption<Target> help(std::string_view text) {
        row_.help = text;
        return std::move(row_);
    }

  private:
    BasicOption<Target> row_;
};

template <class Target> Row<Target> option(std::string_view key, Codec<Target> codec, Change change) {
    return {key, std::move(codec), change};
}

Section installation() {
    return {
        "What kind of installation this is",
        {option("environment", choice<Draft>(&Draft::chosen_environment, environments), reload)
             .variable("SESSION_ENVIRONMENT")
             .by_rule("mock if no store is configured, else production", "\"production\"")
             .help(
                 "Sets the defaults of other options. mock: everything in one embedded SQLite file, no Redis, no https "
                 "needed; for trying it out. development: the stores that are configured, else SQLite; no https "
                 "needed. production: PostgreSQL and Redis must be configured and cookies are sent over https only. A "
                 "reload to an environment with other stores is refused; that takes a restart."),
         option("force_mock_mode", flag<Draft>(&Draft::force_mock_mode), reload)
             .variable("FORCE_MOCK_MODE")
             .by_rule("unset", "false")
             .help("true: mock, whatever else is configured. false: never fall back to mock because nothing is "
                   "configured. Unset: mock if there is neither an environment nor the address of a store."),
         option("strategy", choice<Draft>(&Draft::chosen_strategy, strategies()), reload)
             .by_rule("mock-only in mock, gradual in development, production-only in production", "\"production-only\"")
             .help("Which stores sessions are read from and written to while an older system is being replaced. As "
                   "long as no older store is configured, every strategy uses our own store alone.")}};
}

Section stores() {
    return {
        "The stores",
        {option("database_url", string("address", &Draft::database_url, check_database_url), restart)
             .variable("DATABASE_URL")
             .secret()
             .by_rule("sqlite:<state_directory>/gatehouse.db in mock and development",
                      "\"postgresql://gatehouse:PASSWORD@db.example.org:5432/gatehouse\"")
             .help("The database of users and sessions: postgresql://user:password@host:port/database or sqlite:/path. "
                   "Better than in this file, keep it in the environment or in the systemd credential database_url."),
         option("database_identity_url", string("address", &Draft::database_identity_url, check_database_url), restart)
             .variable("DATABASE_IDENTITY_URL")
             .secret()
             .by_rule("database_url", "\"postgresql://gatehouse:PASSWORD@db.example.org:5432/identity\"")
             .help("The database of users and sessions alone, if it is split from the web application's."),
         option("database_web_url", string("address", &Draft::database_web_url, check_database_url), restart)
             .variable("DATABASE_WEB_URL")
             .secret()
             .by_rule("database_url, else database_identity_url",
                      "\"postgresql://gatehouse:PASSWORD@db.example.org:5432/web\"")
             .help("The web application's database (preferences), if it is split from the one of users and sessions."),
         option("database_connections", count(&Config::database_connections, 1, 200), restart)
             .help("Connections to the database of users and sessions, and threads that wait for them. For preferences "
                   "there are a quarter as many."),
         option("database_connect_timeout", span(&Config::database_connect_timeout, 100ms, 60s), restart)
             .help("How long a connection to the database may take to be made."),
         option("database_timeout", span(&Config::database_timeout, 10ms, 60s), restart)
             .help("How long one look-up or write on behalf of a request may take. Later than that the request is "
                   "answered 503."),
         option("database_queue", count(&Config::database_queue, 1, 100'000), restart)
             .help("Operations that may wait for a connection. One more is answered 503 at once."),
         option("migrate_on_start", flag<Draft>(&Draft::chosen_migrate_on_start), restart)
             .by_rule("true in mock, else false", "false")
             .help("`serve` brings the schema of the databases up to date before it serves. Otherwise `gatehouse "
                   "migrate up` has to, and `serve` refuses to start on an old schema."),
         option("redis_url", string("address", &Config::redis_url, check_redis_url), restart)
             .variable("REDIS_URL")
             .secret()
             .by_rule("none", "\"redis://:PASSWORD@redis.example.org:6379/0\"")
             .help("The fast copy of live sessions: redis://user:password@host:port/number or unix:/path. Without it "
                   "every check asks the database. Better than in this file, keep it in the environment or in the "
                   "systemd credential redis_url."),
         option("redis_max_retries", count(&Config::redis_max_retries, 0, 100), restart)
             .variable("REDIS_MAX_RETRIES")
             .help("Quick attempts to connect to Redis before the pauses between attempts grow."),
         option("redis_timeout", span(&Config::redis_timeout, 1ms, 10s), restart)
             .help("How long one command may take. Later than that the database is asked.")}};
}

/// A member of draft.legacy.
Codec<Draft> of_legacy(Codec<LegacyConfig> codec) {
    return {codec.kind, [set = codec.set](Draft& draft, const Value& value) { return set(draft.legacy, value); },
            [show = codec.show](const Draft& draft) { return show(draft.legacy); }};
}

Section legacy_section() {
    using L = LegacyConfig;
    const auto word = [](std::string_view kind, std::string L::*member, Check check) {
        return of_legacy(text<L>(kind, member, check));
    };
    return {
        "The system that is being replaced",
        {option("legacy_system", word("name", &L::system, check_legacy_system), restart)
             .by_rule("none", "\"session-id\"")
             .help("How the older system keeps its sessions, if one is being replaced; docs/migration.md tells how. "
                   "session-id: users.session_id. sessions: a table sessions with revoked and expires_at. sessions-2: "
                   "the same without revoked. auth-token: users.auth_token and user_sessions, people with phone "
                   "numbers. redis: session:<id> in Redis."),
         option("legacy_layout", of_legacy(list<L>(&L::changes, check_layout_change)), restart)
             .help("Where its tables and columns have other names: \"users_table = members\", \"user_email = mail\" … "
                   "An empty name means that there is no such thing."),
         option("legacy_database_url", word("address", &L::database_url, check_database_url), restart)
             .secret()
             .by_rule("database_url", "\"postgresql://app:PASSWORD@db.example.org:5432/app\"")
             .help("The database of the older system."),
         option("legacy_redis_url", word("address", &L::redis_url, check_redis_url), restart)
             .secret()
             .by_rule("redis_url", "\"redis://redis.example.org:6379/0\"")
             .help("The Redis of the older system, if it keeps sessions there."),
         option("legacy_cookie", word("name", &L::cookie, check_cookie_name), restart)
             .by_rule("auth_token for auth-token, else sessionId", "\"sessionId\"")
             .help("The name of its session cookie."),
         option("legacy_context", word("context", &L::context, check_context_name), restart)
             .help("The context that its sessions are for."),
         option("legacy_roles", of_legacy(list<L>(&L::roles, check_role)), restart)
             .help("Its roles that mean the same here. Users with another one are taken over with the role none."),
         option("legacy_lifetime", of_legacy(duration<L>(&L::lifetime, 1min, 365 * 24h)), restart)
             .help("How long a session there lasts that is not used."),
         option("legacy_timeout", of_legacy(duration<L>(&L::timeout, 10ms, 10s)), restart)
             .help("How long one look-up there may take. Later than that the request is answered 503."),
         option("legacy_connections", of_legacy(number<L>(&L::connections, 1, 100)), restart)
             .help("Connections to its database."),
         option("legacy_misses_per_address", of_legacy(number<L>(&L::misses_per_address, 1, 1'000'000)), restart)
             .help("Old cookies nobody knows that one client address (IPv6: one /64) may present in a minute. Beyond "
                   "that its old cookies are answered 503 without a look-up."),
         option("legacy_accept_until", word("moment", &L::accept_until, check_moment), reload)
             .by_rule("for ever", "\"2027-12-31\"")
             .help("From then on, under gradual and production-only, old cookies are worth nothing, and cost nothing. "
                   "At least the absolute lifetime after "
                   "the strategy became production-only."),
         option("legacy_accept_loss", of_legacy(flag<L>(&L::accept_loss)), reload)
             .help("Lets a change of strategy go on although sessions will be lost that `gatehouse migrate plan` "
                   "counts.")}};
}

Section door() {
    return {"The door",
            {option("listen", string("path", &Config::listen, check_socket_path), restart)
                 .help("The unix socket that nginx talks FastCGI to. Not used if systemd hands over a socket."),
             option("listen_group", string("group", &Config::listen_group, check_group), restart)
                 .by_rule("our own group", "\"www-data\"")
                 .help("The group that may connect to the socket: the one nginx runs as."),
             option("prefix", string("path", &Config::prefix, check_prefix), reload)
                 .help("Where our own pages live on every site. The nginx configuration must say the same."),
             option("secure_cookies", flag<Draft>(&Draft::chosen_secure_cookies), reload)
                 .by_rule("true in production, else false", "true")
                 .help("Cookies are sent over https only, and carry the __Host- prefix. production refuses false. "
                       "Whoever is signed in when it changes has a cookie of the other name, and signs in again."),
             option("origins", list<Draft>(&Config::origins, check_origin), reload)
                 .help("Sites that may post to our pages, as https://host[:port]. Empty: each site to itself, which is "
                       "right unless nginx is told another name than the browser."),
             option("max_connections", count(&Config::max_connections, 1, 100'000), restart)
                 .help("FastCGI connections at the same time. For one more, the longest idle one is closed."),
             option("drain", span(&Config::drain, 0ms, 5min), reload)
                 .help("After SIGTERM, requests under way may take so long to finish.")}};
}

Section sessions_section() {
    return {
        "Sessions",
        {option("default_context", string("context", &Config::default_context, check_context_name), reload)
             .variable("APP_CONTEXT")
             .help("The context that the command line means if it is told none."),
         option("touch_interval", span(&Config::touch_interval, 1s, 1h), reload)
             .help("The activity of a session is written down at most so often. Must be shorter than every "
                   "context's idle."),
         option("flush_interval", span(&Config::flush_interval, 100ms, 5min), restart)
             .help("Activity reaches the database in batches this often."),
         option("max_sessions_per_user", count(&Config::max_sessions_per_user, 1, 10'000), reload)
             .help("Sessions that a user can have in one context. One more ends the oldest."),
         option("near_cache_entries", count(&Config::near_cache_entries, 0, 10'000'000), restart)
             .help("Sessions that this process keeps in its own memory, where a check costs nothing. They count only "
                   "while the process is sure to hear of every logout. 0 asks Redis or the database every time."),
         option("near_cache_bytes", count(&Config::near_cache_bytes, 1'000'000, 100'000'000'000), restart)
             .help("Memory that they and their users may take, about. A session takes some 300 bytes.")}};
}

Section secrets() {
    return {"Secrets and state",
            {option("state_directory", string("path", &Config::state_directory, check_absolute_path), restart)
                 .by_rule("$STATE_DIRECTORY as systemd sets it, else /var/lib/gatehouse", "\"/var/lib/gatehouse\"")
                 .help("What this node keeps between starts."),
             option("key_file", string("path", &Config::key_file, check_absolute_path), reload)
                 .by_rule("the systemd credential keys, else <state_directory>/keys", "\"/etc/gatehouse/keys\"")
                 .help("The keys that mark our cookies. All nodes need the same file. `gatehouse keys new` makes a "
                       "line of it."),
             option("generate_keys", flag<Draft>(&Draft::chosen_generate_keys), reload)
                 .by_rule("false in production, else true", "true")
                 .help("Make the key file if it is missing. Right for one node; several nodes need one file that is "
                       "handed out.")}};
}

Section passwords() {
    return {"Passwords and login",
            {option("password_threads", count(&Config::password_threads, 0, 64), restart)
                 .help("Passwords that are checked at the same time; each keeps a core busy for some 20 ms. 0: one for "
                       "every two cores, but not more than four. With more, logins slow the checks."),
             option("password_queue", count(&Config::password_queue, 1, 10'000), restart)
                 .help("Logins that may wait for such a thread. One more is answered 503 at once."),
             option("argon2_memory_kib", count(&Config::argon2_memory_kib, 7168, 1'048'576), restart)
                 .help("Memory that one argon2id hash needs. Old hashes are renewed at the next login."),
             option("argon2_passes", count(&Config::argon2_passes, 1, 10), restart)
                 .help("How often argon2id goes over that memory."),
             option("equal_bcrypt_cost", count(&Config::equal_bcrypt_cost, 0, most_bcrypt_cost), restart)
                 .help("While accounts with bcrypt hashes of an older system remain: the cost of these hashes, 4 to "
                       "14. Every login then does that work too, so that the time it takes does not tell such an "
                       "account from one that does not exist. 0: it does tell."),
             option("password_min_length", count(&Config::password_min_length, 8, 128), reload)
                 .help("Characters that a new password must have at least."),
             option("login_failures_per_account", count(&Config::login_failures_per_account, 1, 1'000'000), restart)
                 .help("Failed logins to one account within login_window. After that logins to it are answered 429."),
             option("login_failures_per_address", count(&Config::login_failures_per_address, 1, 1'000'000), restart)
                 .help("Likewise for one client address (IPv6: one /64)."),
             option("login_window", span(&Config::login_window, 1s, 24h), restart)
                 .help("How long failed logins are remembered.")}};
}

Section logging() {
    return {
        "Logging",
        {option("log_level", choice<Draft>(&Config::log_level, log_levels), reload)
             .help("debug, info, warning or error. Lines go to stderr as JSON; systemd puts them into the journal.")}};
}

template <class Span> Codec<ContextConfig> lifetime(Span ContextConfig::*member) {
    return duration<ContextConfig>(member, 1s, 365 * 24h);
}

} // namespace

const std::vector<Section>& sections() {
    static const std::vector<Section> all{installation(),     stores(),  legacy_section(), door(),
                                          sessions_section(), secrets(), passwords(),      logging()};
    return all;
}

const std::vector<ContextOption>& context_options() {
    static const std::vector<ContextOption> all{
        option("cookie", text<ContextConfig>("name", &ContextConfig::cookie, check_cookie_name), reload)
            .by_rule("gatehouse_<context>", "\"gatehouse_web\"")
            .help("The name of the session cookie, without __Host-. No two contexts share one."),
        option("same_site", choice<ContextConfig>(&ContextConfig::same_site, same_site_words), reload)
            .help("Lax, or Strict: then a link from another site arrives as if not logged in."),
        option("idle", lifetime(&ContextConfig::idle), reload).help("A session ends after so long without a request."),
        option("absolute", lifetime(&ContextConfig::absolute), reload)
            .help("A session ends after so long in any case."),
        option("require", list<ContextConfig>(&ContextConfig::require, check_requirement), reload)
            .help("What a user needs to log in here: verified, role:NAME, permission:NAME. All of them."),
        option("default_target", text<ContextConfig>("path", &ContextConfig::default_target, check_target), reload)
            .help("Where a login leads that was not asked for by a page."),
        option("database_url", text<ContextConfig>("address", &ContextConfig::database_url, check_database_url),
               restart)
            .secret()
            .by_rule("database_web_url", "\"postgresql://gatehouse:PASSWORD@db.example.org:5432/admin\"")
            .help("A database of this context's own for preferences and for the application's own tables, in place of "
                  "the web application's. Users and sessions stay where they are.")};
    return all;
}

} // namespace gatehouse::config
