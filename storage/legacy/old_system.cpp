// SPDX-License-Identifier: Apache-2.0
#include "storage/legacy/old_system.h"

#include "storage/legacy/legacy_values.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using Kind = LegacyAnswer::Kind;

constexpr std::string_view in_redis = "redis:";

/// Redis gets half of the time, so that a Redis that does not answer leaves the database the other half.
Deadline half_way_to(Deadline deadline) {
    const auto now = std::chrono::steady_clock::now();
    return now + (deadline - now) / 2;
}

} // namespace

OldSystem::OldSystem(legacy::Layout layout, LegacyTables& tables, LegacyKeys* keys, LegacyKeys* copies)
    : layout_(std::move(layout)), tables_(tables), keys_(keys), copies_(copies) {}

LegacySession OldSystem::session_of(LegacyUser user, const LegacyKey& key) const {
    return {std::move(user), LegacyPlace::redis, key.created_at, key.expires_at - layout_.lifetime, key.expires_at, {}};
}

awaitable<Result<LegacyAnswer>> OldSystem::with_user(LegacyKey key, Deadline deadline) {
    auto user = co_await tables_.user(key.user_id, deadline);
    if (!user) co_return user.error();
    if (!*user) co_return LegacyAnswer{};
    co_return LegacyAnswer{Kind::live, false, session_of(**std::move(user), key)};
}

awaitable<Result<LegacyAnswer>> OldSystem::find_tabled(std::string token, std::string context, Instant now,
                                                       Deadline deadline) {
    if (!has_tabled()) co_return LegacyAnswer{};
    co_return co_await tables_.find(std::move(token), std::move(context), now, deadline);
}

awaitable<Result<LegacyAnswer>> OldSystem::find(std::string token, std::string context, Instant now,
                                                Deadline deadline) {
    if (keys_ == nullptr) co_return co_await find_tabled(token, context, now, deadline);
    const auto key = co_await keys_->find(token, now, half_way_to(deadline));
    auto tabled = co_await find_tabled(token, context, now, deadline);
    // Only the tables know whose a session in Redis is: without their answer, nothing is certain.
    if (!tabled || tabled->revoked || tabled->kind == Kind::live) co_return tabled;
    if (!key) co_return key.error();
    if (key->kind == Kind::live) {
        auto answer = co_await with_user(*key->key, deadline);
        if (!answer || answer->kind == Kind::live) co_return answer;
    }
    if (key->kind == Kind::ended) tabled->kind = Kind::ended;
    co_return tabled;
}

awaitable<Result<std::optional<LegacyUser>>> OldSystem::find_user(std::string identifier, Deadline deadline) {
    return tables_.find_user(std::move(identifier), deadline);
}

awaitable<Result<std::optional<LegacyUser>>> OldSystem::find_user_in_any_case(std::string email, Deadline deadline) {
    return tables_.find_user_in_any_case(std::move(email), deadline);
}

awaitable<Result<std::optional<LegacyUser>>> OldSystem::user(std::string id, Deadline deadline) {
    return tables_.user(std::move(id), deadline);
}

/// The tables come first: they know whether the user exists, and whether another login came first.
awaitable<Result<LegacyDisplaced>> OldSystem::write(LegacyLogin login, std::optional<std::string> expected,
                                                    Deadline deadline) {
    if (keys_ == nullptr) co_return co_await tables_.write(login, expected, deadline);
    const auto user = co_await tables_.user(login.user_id, deadline);
    if (!user) co_return user.error();
    if (!*user) co_return make_error_code(StoreError::refused);
    Result<LegacyDisplaced> displaced = LegacyDisplaced{};
    if (has_tabled()) displaced = co_await tables_.write(login, expected, deadline);
    if (!displaced) co_return displaced;
    const auto written = co_await keys_->write(login, deadline);
    if (!written) co_return written.error();
    if (!displaced->token.empty()) {
        const auto cleared = co_await keys_->clear(displaced->token, deadline);
        if (!cleared) co_return cleared.error();
    }
    co_return displaced;
}

awaitable<Result<std::string>> OldSystem::standing(std::string user_id, Deadline deadline) {
    return tables_.standing(std::move(user_id), deadline);
}

awaitable<Result<std::optional<std::string>>> OldSystem::user_token(std::string user_id, Deadline deadline) {
    return tables_.user_token(std::move(user_id), deadline);
}

/// Extends in both stores, even if one of them fails.
awaitable<Result<void>> OldSystem::extend(std::string token, Instant now, Instant until, Deadline deadline) {
    if (keys_ == nullptr) co_return co_await tables_.extend(token, now, until, deadline);
    const auto key = co_await keys_->extend(token, until, half_way_to(deadline));
    Result<void> tabled;
    if (has_tabled()) tabled = co_await tables_.extend(token, now, until, deadline);
    co_return tabled ? key : tabled;
}

/// Clears in both stores, even if one of them fails.
awaitable<Result<void>> OldSystem::clear(std::string token, Instant now, Deadline deadline) {
    if (keys_ == nullptr) {
        const auto ended = co_await tables_.clear(token, now, deadline);
        std::vector<std::string> tokens{std::move(token)};
        const auto cleared = co_await clear_copies(std::move(tokens), deadline);
        co_return ended ? cleared : ended;
    }
    const auto key = co_await keys_->clear(token, half_way_to(deadline));
    Result<void> tabled;
    if (has_tabled()) tabled = co_await tables_.clear(token, now, deadline);
    co_return tabled ? key : tabled;
}

awaitable<Result<void>> OldSystem::clear_of(std::string user_id, LegacySelection which, Instant now,
                                            Deadline deadline) {
    if (copies_ == nullptr) co_return co_await tables_.clear_of(std::move(user_id), std::move(which), now, deadline);
    auto tokens = co_await tables_.tokens_of(user_id, which, deadline); // before the rows are cleared
    if (!tokens) co_return tokens.error();
    const auto ended = co_await tables_.clear_of(std::move(user_id), std::move(which), now, deadline);
    const auto cleared = co_await clear_copies(*std::move(tokens), deadline);
    co_return ended ? cleared : ended;
}

/// Runs after the rows are cleared, because the older system copies the rows into Redis.
awaitable<Result<void>> OldSystem::clear_copies(std::vector<std::string> tokens, Deadline deadline) {
    Result<void> all;
    if (copies_ == nullptr) co_return all;
    for (const auto& token : tokens) {
        const auto cleared = co_await copies_->clear(token, deadline);
        if (!cleared) all = cleared;
    }
    co_return all;
}

awaitable<Result<void>> OldSystem::set_password(std::string user_id, std::string old_hash, std::string new_hash,
                                                Deadline deadline) {
    return tables_.set_password(std::move(user_id), std::move(old_hash), std::move(new_hash), deadline);
}

awaitable<Result<LegacyPage>> OldSystem::page_of_keys(std::string after, std::size_t limit, Instant now,
                                                      Deadline deadline) {
    const auto keys = co_await keys_->page(std::move(after), limit, now, deadline);
    if (!keys) co_return keys.error();
    LegacyPage page;
    page.seen = keys->seen;
    page.unreadable = keys->unreadable;
    if (!keys->next.empty()) page.next = std::string(in_redis) + keys->next;
    std::vector<std::string> ids;
    for (const auto& [token, key] : keys->items)
        ids.push_back(key.user_id);
    const auto users = co_await tables_.users_named(std::move(ids), deadline);
    if (!users) co_return users.error();
    std::map<std::string_view, const LegacyUser*> by_id;
    for (const auto& user : *users)
        by_id[user.id] = &user;
    for (const auto& [token, key] : keys->items) {
        if (const auto user = by_id.find(key.user_id); user != by_id.end())
            page.items.push_back({token, session_of(*user->second, key)});
    }
    co_return page;
}

/// Reads the tables first, then Redis.
awaitable<Result<LegacyPage>> OldSystem::sessions(std::string after, std::size_t limit, std::string context,
                                                  Instant now, Deadline deadline) {
    const bool in_keys = after.starts_with(in_redis) || (after.empty() && keys_ != nullptr && !has_tabled());
    if (in_keys && keys_ == nullptr) co_return make_error_code(StoreError::refused);
    if (in_keys)
        co_return co_await page_of_keys(after.substr(std::min(after.size(), in_redis.size())), limit, now, deadline);
    auto page = co_await tables_.sessions(after, limit, context, now, deadline);
    if (page && page->next.empty() && keys_ != nullptr) page->next = in_redis;
    co_return page;
}

awaitable<Result<std::vector<LegacyUser>>> OldSystem::users(std::string after, std::size_t limit, Deadline deadline) {
    return tables_.users(std::move(after), limit, deadline);
}

awaitable<Result<LegacyCounts>> OldSystem::counts(Deadline deadline) {
    auto counts = co_await tables_.counts(deadline);
    if (!counts || keys_ == nullptr) co_return counts;
    const auto keys = co_await keys_->count(deadline);
    if (!keys) co_return keys.error();
    counts->sessions += *keys;
    co_return counts;
}

awaitable<Result<void>> OldSystem::ping(Deadline deadline) {
    const auto tables = co_await tables_.ping(deadline);
    if (!tables || keys_ == nullptr) co_return tables;
    co_return co_await keys_->ping(deadline);
}

} // namespace gatehouse
