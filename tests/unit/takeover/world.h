// SPDX-License-Identifier: Apache-2.0
// The world with an older system that is being replaced: its application logs people in and out, and so do we. Test
// thread.
#pragma once

#include "gateway/accounts/password_hasher.h"
#include "gateway/sessions/service.h"
#include "gateway/takeover/takeover.h"
#include "gateway/takeover/with_older_system.h"
#include "storage/legacy/presets.h"
#include "tests/memory/legacy_store.h"
#include "tests/unit/sessions/world.h"

namespace gatehouse {

inline const std::string older_token = "old-token-of-bob-0123456789";
inline const std::string unheard_of = "somebody-made-this-up-42-42";

/// The strategies that read the older system, and all strategies.
inline constexpr std::array reading{Strategy::mock_only, Strategy::mock_with_write_through, Strategy::gradual};
inline constexpr std::array all{Strategy::mock_only, Strategy::mock_with_write_through, Strategy::gradual,
                                Strategy::production_only};
inline constexpr std::array<std::string_view, 4> systems{"session-id", "sessions", "sessions-2", "auth-token"};

inline SettingsPtr with_strategy(Strategy strategy, std::string_view system, const SettingsPtr& of = settings()) {
    auto config = std::make_shared<Config>(*of->config);
    config->strategy = strategy;
    config->legacy.system = system;
    config->legacy.cookie = "sessionId";
    config->legacy.layout = legacy::preset(system).value();
    config->legacy.misses_per_address = 5;
    auto other = std::make_shared<Settings>(*of);
    other->config = std::move(config);
    return other;
}

struct OldWorld : World {
    explicit OldWorld(Strategy strategy = Strategy::gradual, std::string_view s = "sessions")
        : World(true, with_strategy(strategy, s)),
          system(s),
          legacy(configuration->config->legacy.layout),
          takeover(service, store, legacy),
          identities(service, takeover, hasher, configuration) {
        LegacyUser user;
        user.id = bob;
        user.email = "bob@example.test";
        user.password_hash = "$2b$04$old";
        user.role = "user";
        user.verified = true;
        legacy.put_user(user);
    }

    void use(Strategy strategy) {
        configuration = with_strategy(strategy, system, configuration);
        identities.use(configuration);
    }

    /// The older application itself.
    void old_login(const std::string& token, Instant at = now) {
        if (legacy_has_rows()) {
            legacy.put_row(token, {bob, "web", at, at, at + std::chrono::hours(24), false, {}});
        } else {
            legacy.put_token(bob, token, at);
        }
    }
    [[nodiscard]] bool legacy_has_rows() const { return !configuration->config->legacy.layout.sessions_table.empty(); }

    OldVisit visit(const std::string& token, Instant at = now) {
        return {configuration, token, "web", {}, "192.0.2.1", at};
    }
    Lookup old_check(const std::string& token, Instant at = now) { return run(takeover.check(visit(token, at))); }

    /// Of somebody who knows the password.
    std::optional<Account> account_of(const std::string& identifier, Instant at = now) {
        auto found = run(takeover.find_account(configuration, identifier, "web", at)).value();
        return run(takeover.bring_in(configuration, std::move(found), at)).value();
    }

    std::optional<LoggedIn> begin(Instant at = now) {
        const auto account = account_of("bob@example.test", at);
        BOOST_REQUIRE(account.has_value());
        const auto who = run(store.find_in_context(account->id, "web", at, soon())).value().value();
        NewLogin login{who, "web", {}, true};
        return run(takeover.begin(configuration, std::move(login), at)).value();
    }

    static inline const std::string bob = "22222222-2222-4222-8222-222222222222";
    std::string system;
    MemoryLegacyStore legacy;
    PasswordHasher hasher{{.memory_kib = 8, .passes = 1}};
    Takeover takeover;
    WithOlderSystem identities;
};

} // namespace gatehouse
