// SPDX-License-Identifier: Apache-2.0
// The table itself. For a new option, add a member of Config (with its default) and a row here, and run `gatehouse
// config example` again.
#include "gateway/config/brand.h"
#include "gateway/config/checks.h"
#include "gateway/config/legacy.h"
#include "gateway/config/mail.h"
#include "gateway/config/options.h"
#include "gateway/config/row.h"
#include "gateway/config/url.h"

#include <algorithm>

namespace gatehouse::config {

namespace {

using namespace std::chrono_literals;
using enum Change;

constexpr Words<Environment, 3> environments{
    {{"mock", Environment::mock}, {"development", Environment::development}, {"production", Environment::production}}};
/// By the names that the logs use.
auto strategies() {
    Words<Strategy, all_strategies.size()> words{};
    std::ranges::transform(all_strategies, words.begin(), [](auto one) { return std::pair(name_of(one), one); });
    return words;
}
constexpr Words<std::string_view, 4> log_levels{
    {{"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}}};
constexpr Words<MailTls, 2> mail_tls_words{{{"required", MailTls::required}, {"none", MailTls::none}}};
constexpr std::size_t most_bcrypt_cost = 14; // the check of hashes refuses a higher cost
constexpr Words<std::string_view, 2> same_site_words{{{"Lax", "Lax"}, {"Strict", "Strict"}}};
constexpr Words<std::string_view, 3> registration_words{{{"off", "off"}, {"invited", "invited"}, {"open", "open"}}};

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
        {option("environment", choice<Draft>(&Draft::chosen_environment, environments), reload)
             .variable("SESSION_ENVIRONMENT")
             .by_rule("mock if no store is configured, else production", "\"production\"")
             .help("Sets the defaults of other options. mock: everything in one embedded SQLite file, no Redis, "
                   "no https needed; for trying it out. development: the stores that are configured, else "
                   "SQLite; no https needed. production: PostgreSQL and Redis must be configured, and cookies "
                   "are sent over https only. A reload to an environment with other stores is refused; that "
                   "needs a restart."),
         option("force_mock_mode", flag<Draft>(&Draft::force_mock_mode), reload)
             .variable("FORCE_MOCK_MODE")
             .by_rule("unset", "false")
             .help("true: mock, whatever else is configured. false: never fall back to mock because nothing is "
                   "configured. Unset: mock if there is neither an environment nor the address of a store."),
         option("strategy", choice<Draft>(&Draft::chosen_strategy, strategies()), reload)
             .by_rule("mock-only in mock, gradual in development, production-only in production", "\"production-only\"")
             .help("Which of the two systems is read and written while an older system is replaced: mock-only, "
                   "mock-with-write-through, gradual or production-only. Without legacy_system every strategy "
                   "uses the database of Gatehouse alone.")}};
}

Section stores() {
    return {
        "The stores",
        {option("database_url", string("address", &Draft::database_url, check_database_url), restart)
             .variable("DATABASE_URL")
             .secret()
             .by_rule("sqlite:<state_directory>/gatehouse.db in mock and development",
                      "\"postgresql://gatehouse:PASSWORD@db.example.org:5432/gatehouse\"")
             .help("The database of users and sessions: postgresql://user:password@host:port/database or "
                   "sqlite:/path. Keep an address with a password in the "
                   "environment or in the systemd credential database_url, rather than in this file."),
         option("database_identity_url", string("address", &Draft::database_identity_url, check_database_url), restart)
             .variable("DATABASE_IDENTITY_URL")
             .secret()
             .by_rule("database_url", "\"postgresql://gatehouse:PASSWORD@db.example.org:5432/identity\"")
             .help("The database of users and sessions alone, if it is split from the web database."),
         option("database_web_url", string("address", &Draft::database_web_url, check_database_url), restart)
             .variable("DATABASE_WEB_URL")
             .secret()
             .by_rule("database_url, else database_identity_url",
                      "\"postgresql://gatehouse:PASSWORD@db.example.org:5432/web\"")
             .help("The web database (preferences), if it is split from the database of users and sessions."),
         option("database_connections", count(&Config::database_connections, 1, 200), restart)
             .help("Connections to the database of users and sessions, and threads that wait for them. The web "
                   "database has a quarter as many."),
         option("database_connect_timeout", span(&Config::database_connect_timeout, 100ms, 60s), restart)
             .help("How long the gateway waits for a new connection to the database."),
         option("database_timeout", span(&Config::database_timeout, 10ms, 60s), restart)
             .help("How long one look-up or write for a request may take. If it takes longer, the request is "
                   "answered 503."),
         option("database_absence", span(&Config::database_absence, 1s, 24h), reload)
             .help("While the database cannot be read, sessions from the near cache or Redis are believed for "
                   "this time; then checks are answered 503. A change that another program makes in the "
                   "database meanwhile (a user disabled with psql) takes effect that late."),
         option("database_queue", count(&Config::database_queue, 1, 100'000), restart)
             .help("Operations that may wait for a connection. One more is answered 503 at once. A quarter of "
                   "the places and of the connections is kept for checks, for ends of sessions and for the "
                   "feed: logins and pages cannot use it."),
         option("migrate_on_start", flag<Draft>(&Draft::chosen_migrate_on_start), restart)
             .by_rule("true in mock, else false", "false")
             .help("`serve` brings the schema of the databases up to date before it serves. With false "
                   "`gatehouse migrate up` has to do that, and `serve` refuses to start on an older schema."),
         option("redis_url", string("address", &Config::redis_url, check_redis_url), restart)
             .variable("REDIS_URL")
             .secret()
             .by_rule("none", "\"redis://:PASSWORD@redis.example.org:6379/0\"")
             .help("The Redis with copies of live sessions: redis://user:password@host:port/number or "
                   "unix:/path. Without it the database answers every check that the near cache cannot. Keep an "
                   "address with a password in the "
                   "environment or in the systemd credential redis_url, rather than in this file."),
         option("redis_max_retries", count(&Config::redis_max_retries, 0, 100), restart)
             .variable("REDIS_MAX_RETRIES")
             .help("Quick attempts to connect to Redis before the pauses between attempts grow."),
         option("redis_timeout", span(&Config::redis_timeout, 1ms, 10s), restart)
             .help("How long one command of Redis may take. If it takes longer, the database is asked.")}};
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
    return {"The older system, while it is replaced",
            {option("legacy_system", word("name", &L::system, check_legacy_system), restart)
                 .by_rule("none", "\"session-id\"")
                 .help("How the older system keeps its sessions, if one is replaced (docs/migration.md). "
                       "session-id: users.session_id. sessions: a table sessions with `revoked` and `expires_at`. "
                       "sessions-2: the same without `revoked`. auth-token: users.auth_token and user_sessions, "
                       "people with phone numbers. redis: session:<id> in Redis."),
             option("legacy_layout", of_legacy(list<L>(&L::changes, check_layout_change)), restart)
                 .help("Where tables and columns of the older system have other names: \"users_table = members\", "
                       "\"user_email = mail\" … An empty name means that there is no such table or column. "
                       "legacy_system sets the names that the documents of its kind have. Table of users: "
                       "users_table, user_id, user_id_kind (uuid, integer or text), user_email, user_phone, "
                       "user_password (bcrypt), user_role, user_verified, user_created, user_last_login, user_token "
                       "(the one session of a user), user_token_stays (true: a logout does not clear user_token), "
                       "user_token_set (true: a login sets user_token beside the table of sessions). Table of "
                       "sessions: sessions_table, session_token, session_user, session_context, session_created, "
                       "session_active, session_expires, session_revoked, session_revoked_at, session_address, "
                       "session_agent. Table of permissions: permissions_table, permission_user, permission_name, "
                       "permission_context, permission_granted, permission_granted_by, permission_expires. Redis: "
                       "redis_prefix, the beginning of a key before the token; redis_copies, the same for copies of "
                       "the table's sessions. instants: how moments are written (timestamp, seconds or milliseconds "
                       "since 1970)."),
             option("legacy_database_url", word("address", &L::database_url, check_database_url), restart)
                 .secret()
                 .by_rule("database_url", "\"postgresql://app:PASSWORD@db.example.org:5432/app\"")
                 .help("The database of the older system."),
             option("legacy_redis_url", word("address", &L::redis_url, check_redis_url), restart)
                 .secret()
                 .by_rule("redis_url", "\"redis://redis.example.org:6379/0\"")
                 .help("The Redis of the older system, if it keeps sessions, or copies of sessions, there."),
             option("legacy_cookie", word("name", &L::cookie, check_cookie_name), restart)
                 .by_rule("auth_token for auth-token, else sessionId", "\"sessionId\"")
                 .help("The name of the older system's session cookie."),
             option("legacy_context", word("context", &L::context, check_context_name), restart)
                 .help("The context that the older system's sessions are for."),
             option("legacy_roles", of_legacy(list<L>(&L::roles, check_role)), restart)
                 .help("Roles of the older system that mean the same here. Users with another role are taken over "
                       "with the role none."),
             option("legacy_lifetime", of_legacy(duration<L>(&L::lifetime, 1min, 365 * 24h)), restart)
                 .help("How long a session of the older system lasts without being used."),
             option("legacy_timeout", of_legacy(duration<L>(&L::timeout, 10ms, 10s)), restart)
                 .help("How long one look-up in the older system may take. If it takes longer, the request is "
                       "answered 503."),
             option("legacy_connections", of_legacy(number<L>(&L::connections, 1, 100)), restart)
                 .help("Connections to the older system's database."),
             option("legacy_misses_per_address", of_legacy(number<L>(&L::misses_per_address, 1, 1'000'000)), restart)
                 .help("How many unknown older cookies one client address (IPv6: one /64) may present in a minute, "
                       "at checks and logouts together. Beyond that its older cookies that were not used here yet "
                       "wait up to a second for their turn; a twelfth of this number gets a turn each second. The "
                       "rest are answered 503 without a look-up."),
             option("legacy_accept_until", word("moment", &L::accept_until, check_moment), reload)
                 .by_rule("for ever", "\"2027-12-31\"")
                 .help("The moment from which older cookies are worth nothing, and cost nothing, under gradual and "
                       "production-only. Set it at least the absolute lifetime after the strategy became "
                       "production-only."),
             option("legacy_accept_loss", of_legacy(flag<L>(&L::accept_loss)), reload)
                 .help("true: a change of strategy is allowed although sessions will be lost. `gatehouse migrate "
                       "plan` counts them.")}};
}

Section door() {
    return {"Socket, pages and cookies",
            {option("listen", string("path", &Config::listen, check_socket_path), restart)
                 .help("The unix socket on which nginx speaks FastCGI to the gateway. Not used if systemd hands "
                       "over a socket."),
             option("listen_group", string("group", &Config::listen_group, check_group), restart)
                 .by_rule("our own group", "\"www-data\"")
                 .help("The group that may connect to the socket: the group of nginx."),
             option("prefix", string("path", &Config::prefix, check_prefix), reload)
                 .help("The path under which the pages of Gatehouse are on every site. The nginx configuration must "
                       "have the same."),
             option("secure_cookies", flag<Draft>(&Draft::chosen_secure_cookies), reload)
                 .by_rule("true in production, else false", "true")
                 .help("Cookies are sent over https only, and their names begin with __Host-. production refuses "
                       "false. A change of this option changes the name of the cookie, so everybody signs in again."),
             option("origins", list<Draft>(&Config::origins, check_origin), reload)
                 .help("Sites that may post to the pages of Gatehouse, as https://host[:port]. Empty: each site to "
                       "itself, which is right unless nginx sees another host name than the browser."),
             option("max_connections", count(&Config::max_connections, 1, 100'000), restart)
                 .help("FastCGI connections at the same time. A further one closes the connection that has been "
                       "idle longest."),
             option("drain", span(&Config::drain, 0ms, 5min), reload)
                 .help("How long requests in progress may take after SIGTERM.")}};
}

Section sessions_section() {
    return {"Sessions",
            {option("default_context", string("context", &Config::default_context, check_context_name), reload)
                 .variable("APP_CONTEXT")
                 .help("The context of a command of the command line that names none."),
             option("touch_interval", span(&Config::touch_interval, 1s, 1h), reload)
                 .help("The activity of a session is written at most this often. Must be shorter than every "
                       "context's idle."),
             option("flush_interval", span(&Config::flush_interval, 100ms, 5min), restart)
                 .help("Activity reaches the database in batches this often."),
             option("max_sessions_per_user", count(&Config::max_sessions_per_user, 1, 10'000), reload)
                 .help("Sessions that a user can have in one context. A further one ends the oldest."),
             option("near_cache_entries", count(&Config::near_cache_entries, 0, 10'000'000), restart)
                 .help("Sessions in the near cache: in the gateway's own memory, where a check needs no store. They "
                       "count only while the gateway is sure to hear of every logout. 0: every check asks Redis or "
                       "the database."),
             option("near_cache_bytes", count(&Config::near_cache_bytes, 1'000'000, 100'000'000'000), restart)
                 .help("Memory, approximately, for the near cache with its users. A session takes some 300 bytes.")}};
}

Section secrets() {
    return {"Secrets and state",
            {option("state_directory", string("path", &Config::state_directory, check_absolute_path), restart)
                 .by_rule("$STATE_DIRECTORY as systemd sets it, else /var/lib/gatehouse", "\"/var/lib/gatehouse\"")
                 .help("The directory for what this gateway keeps between starts."),
             option("key_file", string("path", &Config::key_file, check_absolute_path), reload)
                 .by_rule("the systemd credential keys, else <state_directory>/keys", "\"/etc/gatehouse/keys\"")
                 .help("The key ring: the keys that mark the cookies of Gatehouse. All gateways need the same file. "
                       "`gatehouse keys new` makes a line of it."),
             option("generate_keys", flag<Draft>(&Draft::chosen_generate_keys), reload)
                 .by_rule("false in production, else true", "true")
                 .help("Make the key file if it is missing. Right for one gateway. Several gateways need one file "
                       "that you distribute.")}};
}

Section passwords() {
    return {
        "Passwords and login",
        {option("password_threads", count(&Config::password_threads, 0, 64), restart)
             .help("Passwords that are checked at the same time; each keeps a core busy for some 20 ms. 0: half "
                   "as many as there are cores, at least one and at most four. More of them let logins slow the "
                   "checks."),
         option("password_queue", count(&Config::password_queue, 1, 10'000), restart)
             .help("Logins that may wait for a password thread. One more is answered 503 at once."),
         option("argon2_memory_kib", count(&Config::argon2_memory_kib, 7168, 1'048'576), restart)
             .help("Memory that one argon2id hash needs. Old hashes are renewed at the next login."),
         option("argon2_passes", count(&Config::argon2_passes, 1, 10), restart)
             .help("How often argon2id goes over that memory."),
         option("equal_bcrypt_cost", count(&Config::equal_bcrypt_cost, 0, most_bcrypt_cost), restart)
             .help("The cost, 4 to 14, of bcrypt hashes of an older system, as long as accounts with such "
                   "hashes remain. Every login then does that work too, so that its time does not tell such an "
                   "account from one that does not exist. 0: while an older system with passwords is "
                   "configured, 10, which is what most applications use; else no such work."),
         option("password_min_length", count(&Config::password_min_length, 8, 128), reload)
             .help("Characters that a new password must have at least."),
         option("login_failures_per_account", count(&Config::login_failures_per_account, 1, 1'000'000), restart)
             .help("Failed logins to one account within login_window. After that many, logins to it are "
                   "answered 429."),
         option("login_failures_per_address", count(&Config::login_failures_per_address, 1, 1'000'000), restart)
             .help("The same for one client address (IPv6: one /64)."),
         option("login_window", span(&Config::login_window, 1s, 24h), restart).help("How long failed logins count.")}};
}

/// A member of draft.mail.
Codec<Draft> of_mail(Codec<MailConfig> codec) {
    return {codec.kind, [set = codec.set](Draft& draft, const Value& value) { return set(draft.mail, value); },
            [show = codec.show](const Draft& draft) { return show(draft.mail); }};
}

Section mail_section() {
    using M = MailConfig;
    const auto word = [](std::string_view kind, std::string M::*member, Check check) {
        return of_mail(text<M>(kind, member, check));
    };
    return {"Mail to users",
            {option("mail_url", word("address", &M::url, check_mail_url), restart)
                 .by_rule("none", "\"smtp://mail.example.org:587\"")
                 .help("Where the gateway delivers mail. smtp://HOST:587 begins in plain text and changes to TLS "
                       "(STARTTLS). smtps://HOST:465 is TLS from the start. file:///DIRECTORY writes each mail into a "
                       "file there, for another program or for trying it out. Without it no mail is sent, and what "
                       "needs mail is not offered. `gatehouse mail test ADDRESS` shows whether it works."),
             option("mail_from", word("sender", &M::from, check_sender), restart)
                 .by_rule("none", "\"Acme <no-reply@example.org>\"")
                 .help("Whom the mails come from. Mail servers refuse, or take for spam, an address of a domain for "
                       "which this server may not send."),
             option("mail_user", word("name", &M::user, check_mail_login), restart)
                 .by_rule("none", "\"no-reply@example.org\"")
                 .help("The user of the mail server, if it wants a login."),
             option("mail_password", word("password", &M::password, check_mail_login), restart)
                 .password()
                 .by_rule("none", "\"PASSWORD\"")
                 .help("The password of mail_user. Keep it in the systemd credential mail_password or in the "
                       "environment, rather than in this file."),
             option("mail_ca_file", word("path", &M::ca_file, check_absolute_path), restart)
                 .by_rule("the certificates of the system", "\"/etc/gatehouse/mail-ca.pem\"")
                 .help("The certificates that may have signed the mail server's certificate, in a PEM file."),
             option("mail_tls", of_mail(choice<M>(&M::tls, mail_tls_words)), restart)
                 .by_rule("none if mail_url is this host (localhost, 127.0.0.1, ::1), else required", "\"required\"")
                 .help("For smtp://. required: no mail and no password is sent before TLS has begun and the "
                       "certificate was verified. none: everything is sent in plain text."),
             option("mail_timeout", of_mail(duration<M>(&M::timeout, 1s, 5min)), restart)
                 .help("How long the mail server may take for one mail. A mail that took longer is tried again "
                       "later.")}};
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
    static const std::vector<Section> all{installation(),  stores(),           legacy_section(), door(),
                                          brand_section(), sessions_section(), secrets(),        passwords(),
                                          mail_section(),  logging()};
    return all;
}

namespace {

std::vector<ContextOption> own_context_options() {
    return {
        option("cookie", text<ContextConfig>("name", &ContextConfig::cookie, check_cookie_name), reload)
            .by_rule("gatehouse_<context>", "\"gatehouse_web\"")
            .help("The name of the session cookie, without __Host-. No two contexts share one."),
        option("same_site", choice<ContextConfig>(&ContextConfig::same_site, same_site_words), reload)
            .help("Lax or Strict. With Strict a visitor who follows a link from another site arrives as if not "
                  "signed in."),
        option("idle", lifetime(&ContextConfig::idle), reload)
            .help("A session ends after this time without a request."),
        option("idle_remembered", lifetime(&ContextConfig::idle_remembered), reload)
            .help("The same for people who chose to stay signed in on their device. A value shorter than idle "
                  "counts as idle, and absolute ends the session in any case. The login form shows this time."),
        option("absolute", lifetime(&ContextConfig::absolute), reload)
            .help("A session ends after this time in any case."),
        option("require", list<ContextConfig>(&ContextConfig::require, check_requirement), reload)
            .help("What a user needs to sign in here: verified, role:NAME, permission:NAME. All of them must "
                  "be met."),
        option("default_target", text<ContextConfig>("path", &ContextConfig::default_target, check_target), reload)
            .help("Where a login leads if no page asked for it."),
        option("database_url", text<ContextConfig>("address", &ContextConfig::database_url, check_database_url),
               restart)
            .secret()
            .by_rule("database_web_url", "\"postgresql://gatehouse:PASSWORD@db.example.org:5432/admin\"")
            .help("A web database of this context's own, for preferences and for the application's own tables, "
                  "in place of the shared web database. Users and sessions stay where they are."),
        option("url", text<ContextConfig>("address", &ContextConfig::url, check_origin), reload)
            .by_rule("none", "\"https://app.example.org\"")
            .help("Where people reach this application, as https://host[:port]. Links in mails begin with it, "
                  "whatever host name a request has. Without it nobody is offered a new password by mail."),
        option("registration", choice<ContextConfig>(&ContextConfig::registration, registration_words), reload)
            .help("open: whoever comes can make an account. They get a link by mail and choose a password on the page "
                  "that it leads to; without the link nothing is stored, so every address that has an account was "
                  "proven. invited: only with a link of `gatehouse user invite`. off: only by `gatehouse user add`."),
        option("require_verified", flag<ContextConfig>(&ContextConfig::require_verified), reload)
            .help("Whoever has not proven their e-mail address can sign in here, but a check lets nobody in before "
                  "that: they are led to the page that sends them a link, and back. GATE_REQUIRE verified does so "
                  "for one location. Needs url and mail_url.")};
}

} // namespace

const std::vector<ContextOption>& context_options() {
    static const auto all = [] {
        auto options = own_context_options();
        std::ranges::move(brand_context_options(), std::back_inserter(options));
        return options;
    }();
    return all;
}

} // namespace gatehouse::config
