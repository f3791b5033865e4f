// SPDX-License-Identifier: Apache-2.0
#include "gateway/config/resolve.h"

#include "gateway/config/brand.h"
#include "gateway/config/legacy.h"
#include "gateway/config/mail.h"
#include "gateway/config/url.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>

namespace gatehouse::config {

namespace {

/// Cookies that Gatehouse has beside those of sessions: of forms, of known devices, of links in mails.
constexpr std::array<std::string_view, 3> other_cookies{"gatehouse_csrf", "gatehouse_device", "gatehouse_link"};

bool names_a_store(const Draft& d) {
    return !d.database_url.empty() || !d.database_identity_url.empty() || !d.database_web_url.empty() ||
           !d.redis_url.empty();
}

void choose_environment(Draft& d, Findings& out) {
    const bool forced = d.force_mock_mode.value_or(false);
    if (forced && d.chosen_environment.value_or(Environment::mock) != Environment::mock)
        out.warnings.push_back(
            {"force_mock_mode", "force_mock_mode (FORCE_MOCK_MODE) is true and overrules environment"});
    if (forced) {
        d.environment = Environment::mock;
        out.why_environment = "force_mock_mode (FORCE_MOCK_MODE) is true";
    } else if (d.chosen_environment) {
        d.environment = *d.chosen_environment;
    } else {
        const bool store = names_a_store(d);
        d.environment = store ? Environment::production : Environment::mock;
        out.why_environment =
            store ? "default, because a store is configured" : "default, because no store is configured";
    }
    if (!d.chosen_environment && !names_a_store(d) && d.force_mock_mode == false)
        out.errors.push_back({"", "nothing is configured, and FORCE_MOCK_MODE=false forbids to fall back to mock: set "
                                  "SESSION_ENVIRONMENT, DATABASE_URL and REDIS_URL"});
}

/// A mock installation connects to no server, whatever addresses the environment has.
void drop_servers(Draft& d, Findings& out) {
    const auto drop = [&](std::string& url, std::string key) {
        if (url.empty() || is_sqlite(url)) return;
        url.clear();
        out.warnings.push_back({key, fmt::format("{} is ignored in mock mode", key)});
    };
    drop(d.database_url, "database_url");
    drop(d.database_identity_url, "database_identity_url");
    drop(d.database_web_url, "database_web_url");
    drop(d.redis_url, "redis_url");
    for (ContextConfig& context : d.contexts)
        drop(context.database_url, fmt::format("context.{}.database_url", context.name));
}

void choose_databases(Draft& d) {
    const bool embedded = d.environment != Environment::production && d.database_url.empty() &&
                          d.database_identity_url.empty() && d.database_web_url.empty();
    if (embedded) d.database_url = fmt::format("sqlite:{}/gatehouse.db", d.state_directory);
    if (d.database_identity_url.empty()) d.database_identity_url = d.database_url;
    if (d.database_web_url.empty()) d.database_web_url = d.database_url;
    if (d.database_web_url.empty()) d.database_web_url = d.database_identity_url;
    d.identity_url = d.database_identity_url;
    d.web_url = d.database_web_url;
    d.main_url = d.database_url;
}

Strategy default_strategy(Environment environment) {
    switch (environment) {
    case Environment::mock: return Strategy::mock_only;
    case Environment::development: return Strategy::gradual;
    case Environment::production: return Strategy::production_only;
    }
    return Strategy::production_only;
}

void fill_in(Draft& d, Findings& out) {
    const bool production = d.environment == Environment::production;
    if (d.environment == Environment::mock) drop_servers(d, out);
    choose_databases(d);
    d.strategy = d.chosen_strategy.value_or(default_strategy(d.environment));
    d.secure_cookies = d.chosen_secure_cookies.value_or(production);
    d.generate_keys = d.chosen_generate_keys.value_or(!production);
    d.migrate_on_start = d.chosen_migrate_on_start.value_or(d.environment == Environment::mock);
    d.chosen_environment = d.environment;
    d.chosen_strategy = d.strategy;
    d.chosen_secure_cookies = d.secure_cookies;
    d.chosen_generate_keys = d.generate_keys;
    d.chosen_migrate_on_start = d.migrate_on_start;
    if (d.key_file.empty()) d.key_file = fmt::format("{}/keys", d.state_directory);
}

void check_production(const Draft& d, bool chosen, Findings& out) {
    const std::string_view why =
        chosen
            ? ""
            : " (SESSION_ENVIRONMENT is not set, and an installation with a configured store is taken for production)";
    if (d.identity_url.empty())
        out.errors.push_back(
            {"", fmt::format("production needs a database: set DATABASE_URL or DATABASE_IDENTITY_URL{}", why)});
    if (d.redis_url.empty()) out.errors.push_back({"", fmt::format("production needs Redis: set REDIS_URL{}", why)});
    if (is_sqlite(d.identity_url) || is_sqlite(d.web_url))
        out.errors.push_back({is_sqlite(d.database_url) ? "database_url" : "database_identity_url",
                              fmt::format("production needs PostgreSQL, not SQLite{}", why)});
    for (const ContextConfig& context : d.contexts)
        if (is_sqlite(context.database_url))
            out.errors.push_back({fmt::format("context.{}.database_url", context.name),
                                  fmt::format("context.{}.database_url must be PostgreSQL, not SQLite, in production{}",
                                              context.name, why)});
    if (!d.secure_cookies) out.errors.push_back({"secure_cookies", "secure_cookies must not be false in production"});
    for (const std::string& origin : d.origins)
        if (!origin.starts_with("https://"))
            out.errors.push_back(
                {"origins", fmt::format("origins must begin with https:// in production, unlike {}", origin)});
}

void check_databases(const Draft& d, Findings& out) {
    if (d.identity_url.empty() && d.environment != Environment::production)
        out.errors.push_back({"database_web_url", "database_web_url alone is not enough: set DATABASE_IDENTITY_URL or "
                                                  "DATABASE_URL for users and sessions"});
}

void check_not_empty(const Draft& d, Findings& out) {
    const std::map<std::string, const std::string*> needed{{"listen", &d.listen},
                                                           {"prefix", &d.prefix},
                                                           {"state_directory", &d.state_directory},
                                                           {"default_context", &d.default_context}};
    for (const auto& [key, value] : needed)
        if (value->empty()) out.errors.push_back({key, fmt::format("{} must not be empty", key)});
}

/// The option table knows only ranges without gaps, so this function checks the gap.
void check_bcrypt_cost(const Draft& d, Findings& out) {
    constexpr std::size_t least = 4; // bcrypt has no lower cost
    if (d.equal_bcrypt_cost != 0 && d.equal_bcrypt_cost < least)
        out.errors.push_back({"equal_bcrypt_cost", "equal_bcrypt_cost must be 0 or between 4 and 14"});
}

void check_context(const Draft& d, const ContextConfig& context, Findings& out) {
    const std::string table = fmt::format("context.{}.", context.name);
    if (context.idle > context.absolute)
        out.errors.push_back({table + "idle", fmt::format("{}idle must not be longer than {}absolute", table, table)});
    if (std::ranges::find(other_cookies, context.cookie) != other_cookies.end())
        out.errors.push_back({table + "cookie", fmt::format("{}cookie must not be {}: Gatehouse has another cookie of "
                                                            "that name",
                                                            table, context.cookie)});
    for (const ContextConfig& other : d.contexts)
        if (&other < &context && other.cookie == context.cookie)
            out.errors.push_back(
                {table + "cookie", fmt::format("{}cookie is already the cookie of the context {}", table, other.name)});
}

/// What links in mails need.
void check_links(const Draft& d, const ContextConfig& context, Findings& out) {
    const std::string table = fmt::format("context.{}.", context.name);
    if (d.environment == Environment::production && !context.url.empty() && !context.url.starts_with("https://"))
        out.errors.push_back({table + "url", fmt::format("{}url must begin with https:// in production", table)});
    const std::string_view missing = context.url.empty()    ? "url in the same table"
                                     : !d.mail.configured() ? "mail_url"
                                                            : "";
    if (missing.empty()) return;
    if (context.registration == "open")
        out.errors.push_back(
            {table + "registration",
             fmt::format("{}registration is open, and a new account needs a mail: set {}", table, missing)});
    if (context.registration == "invited" && context.url.empty())
        out.errors.push_back(
            {table + "registration",
             fmt::format("{}registration is invited, and an invitation is a link: set {}", table, missing)});
    if (context.require_verified)
        out.errors.push_back(
            {table + "require_verified",
             fmt::format("{}require_verified is true, and an address is proven by a mail: set {}", table, missing)});
}

void finish_contexts(Draft& d, Findings& out) {
    for (ContextConfig& context : d.contexts) {
        if (context.cookie.empty()) context.cookie = fmt::format("gatehouse_{}", context.name);
        if (context.default_target.empty()) context.default_target.assign(1, '/');
    }
    for (const ContextConfig& context : d.contexts) {
        check_context(d, context, out);
        check_links(d, context, out);
    }
    if (!d.default_context.empty() && !d.context(d.default_context))
        out.errors.push_back({"default_context", fmt::format("default_context (APP_CONTEXT) is {}, but there is no "
                                                             "[context.{}]",
                                                             d.default_context, d.default_context)});
}

} // namespace

Findings resolve(Draft& draft) {
    Findings out;
    const bool chosen = draft.chosen_environment.has_value();
    check_not_empty(draft, out);
    choose_environment(draft, out);
    fill_in(draft, out);
    check_databases(draft, out);
    check_bcrypt_cost(draft, out);
    if (draft.environment == Environment::production) check_production(draft, chosen, out);
    finish_contexts(draft, out);
    resolve_legacy(draft, out);
    resolve_mail(draft, out);
    resolve_brand(draft, out);
    return out;
}

} // namespace gatehouse::config
