// SPDX-License-Identifier: Apache-2.0
// Everything that an operator can set, read once into plain values. `table.cpp` has the one table from which the file
// reader, the environment, --help, `config show`, the example file and the manual are made. Immutable after loading:
// share it as std::shared_ptr<const Config>.
#pragma once

#include "storage/instant.h"
#include "storage/legacy/layout.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

enum class Environment { mock, development, production };
enum class Strategy { mock_only, mock_with_write_through, gradual, production_only };

/// In the order of a migration from the older system to Gatehouse.
inline constexpr std::array all_strategies{Strategy::mock_only, Strategy::mock_with_write_through, Strategy::gradual,
                                           Strategy::production_only};
/// The spelling in the configuration: "mock-only", "production-only" …
[[nodiscard]] std::string_view name_of(Strategy strategy) noexcept;
[[nodiscard]] std::optional<Strategy> strategy_named(std::string_view name) noexcept;

/// One application that has sessions of its own. The context `web` always exists.
struct ContextConfig {
    std::string name;                        ///< ^[a-z][a-z0-9-]{0,31}$
    std::string cookie;                      ///< cookie name without __Host-; default gatehouse_<name>
    std::string same_site = "Lax";           ///< Lax or Strict
    Seconds idle{24 * 3600};                 ///< a session ends after this time without a request
    Seconds idle_remembered{30 * 24 * 3600}; ///< the same if the person chose to stay signed in; never less than idle
    Seconds absolute{30 * 24 * 3600};        ///< a session ends after this time in any case
    /// Required to log in here, in the words of GATE_REQUIRE: "role:admin", "permission:orders.write", "verified".
    std::vector<std::string> require;
    std::string default_target = "/"; ///< where a login without a target leads
    std::string database_url;         ///< of the context's own web database; empty: the shared one
    std::string url; ///< https://host[:port] of the application, for links in mails; empty: no such links
    std::string registration = "off"; ///< off, invited or open: who may make an account
    std::string display_name;         ///< what people call the application; empty: as the brand says
    std::string home;                 ///< where "Back to …" leads; empty: default_target
    /// Whoever has not proven their address is not let in, and is led to the page on which they can.
    bool require_verified = false;
};

/// The older system.
struct LegacyConfig {
    std::string system;               ///< a preset (storage/legacy/presets.h); empty: there is no older system
    std::vector<std::string> changes; ///< changes of the preset: "users_table = members"
    legacy::Layout layout;            ///< the result of both
    std::string database_url;         ///< of the older system; by default that of Gatehouse
    std::string redis_url;            ///< likewise; empty: the older system has no Redis
    std::string cookie;               ///< the older cookie
    std::string context = "web";      ///< the context that the older system's sessions belong to
    std::vector<std::string> roles{"user", "admin"}; ///< roles that mean the same here; other roles are not taken over
    Seconds lifetime{24 * 3600};                     ///< of a session of the older system that is not used
    Millis timeout{200};                             ///< one look-up
    std::size_t connections = 4;
    std::size_t misses_per_address = 60; ///< per minute; further unknown older tokens of the address are not looked up
    std::string accept_until;            ///< a moment; empty: without an end
    std::optional<Instant> accepted_until;
    bool accept_loss = false; ///< true: sessions that were not taken over may be lost

    [[nodiscard]] bool configured() const noexcept { return !system.empty(); }
    /// Whether the older system's sessions belong to this context.
    [[nodiscard]] bool covers(std::string_view one) const noexcept { return configured() && context == one; }
};

/// The name and the looks of the pages.
struct BrandConfig {
    std::string name; ///< empty: Gatehouse on pages, the host in mails
    std::string logo; ///< paths of files; empty: as shipped
    std::string logo_dark;
    std::string icon;
    std::string accent; ///< #rrggbb; empty: as shipped
    std::string accent_dark;
    std::string help_url; ///< empty: no such link
    std::string privacy_url;
    std::string terms_url;
    std::string directory; ///< of texts and templates that replace the shipped ones; empty: none

    bool operator==(const BrandConfig&) const = default;
};

enum class MailTls { none, required };

/// Outgoing mail.
struct MailConfig {
    std::string url;            ///< smtp://host:587, smtps://host:465 or file:///directory; empty: no mail is sent
    std::string from;           ///< "Acme <no-reply@example.org>"
    std::string user;           ///< empty: the server wants no login
    std::string password;       ///< of that user
    std::string ca_file;        ///< empty: the certificates of the system
    std::optional<MailTls> tls; ///< of smtp://; nullopt: none on this host, else required
    Seconds timeout{30};        ///< of one mail

    [[nodiscard]] bool configured() const noexcept { return !url.empty(); }
};

struct Config {
    // The kind of installation. It sets defaults; only gateway/config asks for it.
    Environment environment = Environment::mock;
    std::optional<bool> force_mock_mode;
    Strategy strategy = Strategy::production_only;

    // The stores.
    std::string identity_url; ///< postgresql://… or sqlite:PATH, resolved from DATABASE_IDENTITY_URL or DATABASE_URL
    std::string web_url;      ///< resolved in the same way; equal to identity_url unless split
    std::string main_url;     ///< DATABASE_URL itself; differs from the two above while they are split. May be empty
    std::string redis_url;    ///< redis://[user:password@]host[:port][/db] or unix:PATH; empty: no Redis
    std::size_t database_connections = 10; ///< also the number of threads that wait for the database
    Millis database_connect_timeout{5000};
    Millis database_timeout{300}; ///< of one look-up or write for a request
    /// While the database cannot be read, sessions are believed from memory and Redis for this time.
    Seconds database_absence{3600};
    std::size_t database_queue = 256;  ///< operations waiting for a thread; one more is answered 503
    std::size_t redis_max_retries = 3; ///< quick attempts to connect before backing off
    Millis redis_timeout{50};          ///< one command

    // The older system.
    LegacyConfig legacy;

    // Listening.
    std::string listen = "/run/gatehouse/gatehouse.sock"; ///< unix socket path
    std::string listen_group;
    std::string prefix = "/auth"; ///< URL prefix of our own pages
    bool secure_cookies = true;   ///< Secure and __Host-
    /// Each https://host[:port] that may post to us; empty: the request's own scheme and host.
    std::vector<std::string> origins;
    std::size_t max_connections = 1024;

    // Sessions.
    std::string default_context = "web"; ///< APP_CONTEXT: for the command line
    std::vector<ContextConfig> contexts;
    Seconds touch_interval{60};  ///< a session's activity is noted at most this often
    Millis flush_interval{3000}; ///< noted activity is written to the database in batches this often
    std::size_t max_sessions_per_user = 100;
    std::size_t near_cache_entries = 200'000;               ///< sessions kept in memory; 0: none
    std::size_t near_cache_bytes = std::size_t{128} << 20U; ///< memory limit of these sessions and their users

    // Secrets.
    std::string key_file;       ///< key ring shared by all gateways
    bool generate_keys = false; ///< create a missing key_file; default true in mock and development
    std::string state_directory = "/var/lib/gatehouse"; ///< files that this gateway keeps between starts

    // Passwords and login.
    std::size_t password_threads = 0; ///< hashes at the same time; 0: half of the cores, 4 at most
    std::size_t password_queue = 64;  ///< logins waiting for a thread; one more is answered 503
    std::size_t argon2_memory_kib = 19456;
    std::size_t argon2_passes = 2;
    std::size_t equal_bcrypt_cost = 0;           ///< every login also computes one bcrypt of this cost; 0: none
    std::size_t password_min_length = 15;        ///< in code points
    std::size_t login_failures_per_account = 10; ///< in one window; further attempts are answered 429
    std::size_t login_failures_per_address = 50; ///< in one window (IPv6: per /64); further attempts are answered 429
    Seconds login_window{900};

    MailConfig mail;
    BrandConfig brand;

    // Starting.
    bool migrate_on_start = false; ///< migrate the schema before serving; default true in mock
    Millis drain{5000};            ///< requests under way have this time to finish after SIGTERM

    // Logging.
    std::string log_level = "info";

    [[nodiscard]] const ContextConfig* context(std::string_view name) const noexcept;
    /// "mock", "development" or "production", for the log line of every decision.
    [[nodiscard]] std::string_view mode() const noexcept;
};

} // namespace gatehouse
