// SPDX-License-Identifier: Apache-2.0
// Takeover: finds the account of an identifier in Gatehouse or in the older system.
#include "gateway/sessions/service.h"
#include "gateway/takeover/takeover.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse {
namespace {

/// Extra time for a look-up that may read a whole table; the connection allows it.
constexpr Millis time_to_read{200};
constexpr Millis between_looks{5};

bool is_phone(const std::string& identifier) {
    return identifier.starts_with('+');
}

} // namespace

boost::asio::awaitable<Result<Takeover::Candidate>> Takeover::find_account(SettingsPtr settings, std::string identifier,
                                                                           std::string context, Instant now) {
    const auto& config = *settings->config;
    const bool old = concerns(config, context, now) && reads_legacy(config.strategy);
    const bool they_lead = old && legacy_leads(config.strategy);
    Candidate candidate{std::move(identifier), {}, std::make_shared<Candidate::Elsewhere>()};
    if (they_lead) {
        const auto asked = co_await ask_users_there(settings, candidate, now);
        if (!asked) co_return asked.error();
        if (candidate.account || !writes_ours(config.strategy)) co_return candidate;
    }
    const auto asked = co_await ask_users_here(config, candidate);
    if (!asked) co_return asked.error();
    if (candidate.account || !old || they_lead) co_return candidate;
    const auto there = co_await ask_users_there(settings, candidate, now);
    if (!there) co_return there.error();
    co_return candidate;
}

boost::asio::awaitable<Result<void>> Takeover::ask_users_here(const Config& config, Candidate& candidate) {
    candidate.elsewhere->asked_ours = true;
    const auto deadline = deadline_in(config.database_timeout);
    auto account = co_await sessions_.account_of(candidate.identifier, deadline);
    if (!account) co_return account.error();
    candidate.account = std::move(*account);
    co_return Result<void>{};
}

boost::asio::awaitable<Result<void>> Takeover::ask_users_there(SettingsPtr settings, Candidate& candidate,
                                                               Instant now) {
    const auto& config = *settings->config;
    candidate.elsewhere->asked_theirs = true;
    auto theirs = co_await legacy_.find_user(candidate.identifier, deadline_in(config.legacy.timeout));
    if (!theirs) co_return theirs.error();
    if (!theirs->has_value() && !is_phone(candidate.identifier)) {
        candidate.elsewhere->asked_in_any_case = true;
        theirs = co_await find_in_any_case(config, candidate.identifier);
        if (!theirs) co_return theirs.error();
    }
    if (!theirs->has_value()) co_return Result<void>{};
    candidate.elsewhere->previewed = true;
    auto account = co_await importer_.preview(settings->config, **theirs, now, deadline_in(config.database_timeout));
    if (!account && account.error() == StoreError::conflict) co_return Result<void>{};
    if (!account) co_return account.error();
    if (!account->has_value()) {
        account->emplace();
        (*account)->password_hash = (*theirs)->password_hash;
    }
    candidate.account = std::move(*account);
    candidate.elsewhere->brought = std::move(*theirs);
    co_return Result<void>{};
}

/// Half of the connections stay free for queries that an index answers.
boost::asio::awaitable<Result<std::optional<LegacyUser>>> Takeover::find_in_any_case(const Config& config,
                                                                                     std::string identifier) {
    struct Place {
        explicit Place(std::size_t& places) : count(places) { ++count; }
        ~Place() { --count; }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;
        std::size_t& count;
    };
    const auto most = std::max<std::size_t>(1, config.legacy.connections / 2);
    const auto deadline = deadline_in(config.legacy.timeout + time_to_read);
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor);
    while (reading_tables_ >= most) {
        if (std::chrono::steady_clock::now() >= deadline) co_return make_error_code(StoreError::timed_out);
        timer.expires_after(between_looks);
        co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    const Place place(reading_tables_);
    co_return co_await legacy_.find_user_in_any_case(std::move(identifier), deadline);
}

boost::asio::awaitable<Result<std::optional<Account>>> Takeover::bring_in(SettingsPtr settings, Candidate candidate,
                                                                          Instant now) {
    if (!candidate.elsewhere->brought || !candidate.account) co_return candidate.account;
    const std::string checked = candidate.account->password_hash;
    const auto deadline = deadline_in(settings->config->database_timeout);
    auto arrived =
        co_await importer_.introduce(settings->config, *candidate.elsewhere->brought, {}, std::nullopt, now, deadline);
    if (!arrived && arrived.error() == StoreError::conflict) co_return std::optional<Account>{};
    if (!arrived) co_return arrived.error();
    // The stored password has changed since it was read, perhaps because another login hashed it anew.
    if (arrived->password_hash != checked) co_return make_error_code(StoreError::conflict);
    const User& user = arrived->user;
    Account account;
    account.id = user.id;
    account.email = user.email;
    account.password_hash = checked;
    account.role = user.role;
    account.verified = user.verified;
    account.disabled = user.disabled;
    account.generation = user.generation;
    co_return account;
}

boost::asio::awaitable<void> Takeover::ask_the_rest(SettingsPtr settings, Candidate candidate, std::string context,
                                                    Instant now) {
    const auto& config = *settings->config;
    if (!concerns(config, context, now) || !reads_legacy(config.strategy)) co_return;
    const bool phone = is_phone(candidate.identifier);
    if (!candidate.elsewhere->asked_ours && writes_ours(config.strategy))
        (void)co_await ask_users_here(config, candidate);
    if (!candidate.elsewhere->asked_theirs)
        (void)co_await legacy_.find_user(candidate.identifier, deadline_in(config.legacy.timeout));
    if (!candidate.elsewhere->asked_in_any_case && !phone)
        (void)co_await find_in_any_case(config, candidate.identifier);
    if (candidate.elsewhere->previewed) co_return;
    LegacyUser nobody;
    nobody.id.assign(1, '?');
    (void)co_await importer_.preview(settings->config, std::move(nobody), now, deadline_in(config.database_timeout));
}

} // namespace gatehouse
