// SPDX-License-Identifier: Apache-2.0
#include "gateway/takeover/importer.h"

#include "gateway/accounts/identifier.h"
#include "gateway/log/log.h"
#include "gateway/sessions/lifetime.h"
#include "gateway/sessions/token.h"
#include "gateway/takeover/strategy.h"
#include "storage/legacy/legacy_values.h"
#include "storage/uuid.h"
#include "storage/values.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <tuple>

namespace gatehouse {

std::string uuid_of_legacy(std::string_view legacy_id) {
    if (uuid_bytes(legacy_id)) return std::string(legacy_id);
    const auto digest = digest_of(fmt::format("gatehouse legacy user {}", legacy_id));
    Uuid uuid;
    std::memcpy(uuid.data(), digest.data(), uuid.size());
    uuid[6] = static_cast<unsigned char>((uuid[6] & 0x0fU) | 0x80U); // version 8: custom
    uuid[8] = static_cast<unsigned char>((uuid[8] & 0x3fU) | 0x80U);
    return uuid_text(uuid);
}

Session taken_over(const LegacySession& found, const ContextConfig& rules, Instant now) {
    Session session;
    session.created_at = std::min(found.created_at.value_or(now), now);
    // A session that was unused for longer than Gatehouse allows counts as used now: it may still live in the older
    // system, and its owner must be able to go on with it.
    const auto latest = std::min(found.last_activity.value_or(now), now);
    session.last_activity = latest + Millis{idle_time(rules, true)} > now ? latest : now;
    const auto longest = now + Millis{rules.absolute};
    const auto there = std::min(found.expires_at.value_or(now + Millis{rules.idle}), longest);
    session.expires_at = std::max(session.created_at + Millis{rules.absolute}, there);
    // judge() ends a session at created_at + absolute. So created_at moves forward if expires_at is later than that;
    // else the session would end at once.
    session.created_at = std::max(session.created_at, session.expires_at - Millis{rules.absolute});
    session.remember = true; // the older system's cookie outlives the browser
    return session;
}

namespace {

/// The permissions of a user in one context go to the application in one header, which has room for this many bytes.
constexpr std::size_t permissions_bytes = 2048;

/// In the form of Newcomer. A permission that cannot be told apart in a list, or does not fit, is left out and counted.
std::string permissions_of(const Config& config, std::vector<LegacyPermission> there, std::size_t& left_out) {
    const auto names = [](const LegacyPermission& one) { return std::tie(one.context, one.name); };
    for (auto& one : there)
        if (one.context.empty()) one.context = config.legacy.context;
    std::ranges::sort(there, {}, names);
    const auto twice = std::ranges::unique(there, {}, names);
    there.erase(twice.begin(), twice.end());
    std::map<std::string_view, std::size_t> bytes;
    boost::json::array all;
    const auto moment = [](const std::optional<Instant>& at) -> boost::json::value {
        if (!at) return nullptr;
        return at->time_since_epoch().count();
    };
    for (const auto& one : there) {
        const bool readable = is_word(one.name, 100) && one.name.find_first_of("\"=,") == std::string::npos;
        auto& used = bytes[one.context];
        if (!readable || !is_word(one.context, 100) || used + one.name.size() + 1 > permissions_bytes) {
            ++left_out;
            continue;
        }
        used += one.name.size() + 1;
        const boost::json::value by =
            one.granted_by.empty() ? boost::json::value() : boost::json::value(uuid_of_legacy(one.granted_by));
        all.push_back(boost::json::array{one.context, one.name, moment(one.expires_at), moment(one.granted_at), by});
    }
    return boost::json::serialize(all);
}

Newcomer newcomer_of(const Config& config, LegacyUser user, std::size_t& left_out) {
    const auto& roles = config.legacy.roles;
    Newcomer newcomer;
    newcomer.id = uuid_of_legacy(user.id);
    newcomer.email = canonical_email(user.email).value_or("");
    const auto digits = legacy::phone_digits(user.phone);
    if (!digits.empty()) newcomer.phone = "+" + digits;
    // A role that the configuration does not know must not grant anything.
    const bool known = std::ranges::find(roles, user.role) != roles.end();
    newcomer.role = user.role.empty() ? std::string("user") : known ? user.role : std::string("none");
    if (user.permissions) newcomer.permissions = permissions_of(config, *user.permissions, left_out);
    newcomer.user = std::move(user);
    newcomer.refresh = legacy_leads(config.strategy);
    newcomer.context = config.legacy.context;
    return newcomer;
}

} // namespace

boost::asio::awaitable<Result<std::optional<Account>>>
Importer::preview(std::shared_ptr<const Config> config, LegacyUser user, Instant now, Deadline deadline) {
    std::size_t left_out = 0;
    auto newcomer = newcomer_of(*config, std::move(user), left_out);
    co_return co_await store_.preview(std::move(newcomer), now, deadline);
}

boost::asio::awaitable<Result<Introduced>> Importer::introduce(std::shared_ptr<const Config> config, LegacyUser user,
                                                               std::string token_id, std::optional<Instant> born,
                                                               Instant now, Deadline deadline) {
    std::size_t left_out = 0;
    auto newcomer = newcomer_of(*config, std::move(user), left_out);
    newcomer.token_id = std::move(token_id);
    newcomer.born = born;
    const std::string id = newcomer.user.id;
    auto introduced = co_await store_.introduce(std::move(newcomer), now, deadline);
    if (!introduced && introduced.error() == StoreError::conflict) {
        log::warning("legacy_user_conflict",
                     {{"legacy_user", std::string_view(id)},
                      {"hint", "another user has the address or the phone number, or it is not confirmed there"}});
    }
    if (introduced && introduced->written && left_out > 0) {
        log::warning("legacy_permissions_left_out",
                     {{"user", std::string_view(introduced->user.id)},
                      {"count", static_cast<std::int64_t>(left_out)},
                      {"hint", "names that are no words, or more than the header to the application has room for"}});
    }
    co_return introduced;
}

boost::asio::awaitable<Result<Importer::TakenOver>> Importer::take_over(std::shared_ptr<const Config> config,
                                                                        std::string id, OldToken token,
                                                                        LegacySession found, Instant now,
                                                                        Deadline deadline) {
    const std::string context = config->legacy.context;
    const auto& rules = *config->context(context);
    auto user = co_await introduce(config, found.user, token.id, found.created_at, now, deadline);
    if (!user) co_return user.error();
    TakenOver result;
    result.user = std::move(user->user);
    result.why = result.user.disabled ? Reason::disabled : user->token_counts ? Reason::live : Reason::displaced;
    if (result.why != Reason::live) co_return result;
    Session& session = result.session;
    session = taken_over(found, rules, now);
    session.key = {context, std::move(id)};
    session.handle = random_uuid();
    session.user_id = result.user.id;
    Adoption adoption;
    adoption.session = {session, found.origin, result.user.generation, 0};
    adoption.token_id = std::move(token.id);
    adoption.sealed = std::move(token.sealed);
    adoption.place = found.place;
    adoption.born = found.created_at;
    adoption.lives_until = found.expires_at;
    const auto adopted = co_await store_.adopt(std::move(adoption), deadline);
    if (!adopted) co_return adopted.error();
    result.outcome = *adopted;
    co_return result;
}

} // namespace gatehouse
