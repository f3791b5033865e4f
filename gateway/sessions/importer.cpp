// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/importer.h"

#include "gateway/accounts/identifier.h"
#include "gateway/log/log.h"
#include "gateway/sessions/strategy.h"
#include "gateway/sessions/token.h"
#include "storage/legacy/words.h"
#include "storage/uuid.h"

#include <algorithm>
#include <cstring>
#include <fmt/format.h>

namespace gatehouse {

std::string uuid_of_legacy(std::string_view legacy_id) {
    if (uuid_bytes(legacy_id)) return std::string(legacy_id);
    const auto digest = digest_of(fmt::format("gatehouse legacy user {}", legacy_id));
    Uuid uuid;
    std::memcpy(uuid.data(), digest.data(), uuid.size());
    uuid[6] = static_cast<unsigned char>((uuid[6] & 0x0fU) | 0x80U); // version 8: of our own making
    uuid[8] = static_cast<unsigned char>((uuid[8] & 0x3fU) | 0x80U);
    return uuid_text(uuid);
}

Session taken_over(const LegacySession& found, const ContextConfig& rules, Instant now) {
    Session session;
    session.created_at = std::min(found.created_at.value_or(now), now);
    // Not used for longer than ours may be: it may still live over there, and is to be found here by whoever comes.
    const auto latest = std::min(found.last_activity.value_or(now), now);
    session.last_activity = latest + Millis{rules.idle} > now ? latest : now;
    const auto longest = now + Millis{rules.absolute};
    const auto there = std::min(found.expires_at.value_or(now + Millis{rules.idle}), longest);
    session.expires_at = std::max(session.created_at + Millis{rules.absolute}, there);
    // What is judged again from its beginning would be over at once: it begins late enough for its end.
    session.created_at = std::max(session.created_at, session.expires_at - Millis{rules.absolute});
    session.remember = true; // the older system's cookie outlives the browser
    return session;
}

boost::asio::awaitable<Result<Introduced>> Importer::introduce(std::shared_ptr<const Config> configuration,
                                                               LegacyUser user, std::string token_id,
                                                               std::optional<Instant> born, Instant now,
                                                               Deadline deadline) {
    const auto& config = *configuration;
    const auto& roles = config.legacy.roles;
    Newcomer newcomer;
    newcomer.id = uuid_of_legacy(user.id);
    newcomer.email = canonical_email(user.email).value_or("");
    const auto digits = legacy::phone_digits(user.phone);
    if (!digits.empty()) newcomer.phone = "+" + digits;
    // What we do not know must not mean anything here.
    const bool known = std::ranges::find(roles, user.role) != roles.end();
    newcomer.role = user.role.empty() ? std::string("user") : known ? user.role : std::string("none");
    newcomer.user = std::move(user);
    newcomer.refresh = legacy_leads(config.strategy);
    newcomer.context = config.legacy.context;
    newcomer.token_id = std::move(token_id);
    newcomer.born = born;
    const std::string id = newcomer.user.id;
    auto introduced = co_await store_.introduce(std::move(newcomer), now, deadline);
    if (!introduced && introduced.error() == StoreError::conflict) {
        log::warning("legacy_user_conflict",
                     {{"legacy_user", std::string_view(id)},
                      {"hint", "another user has the address or the phone number, or it is not confirmed there"}});
    }
    co_return introduced;
}

boost::asio::awaitable<Result<Importer::TakenOver>> Importer::take_over(std::shared_ptr<const Config> config,
                                                                        std::string id, std::string token_id,
                                                                        LegacySession found, Instant now,
                                                                        Deadline deadline) {
    const std::string context = config->legacy.context;
    const auto& rules = *config->context(context);
    auto user = co_await introduce(config, found.user, token_id, found.created_at, now, deadline);
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
    adoption.token_id = std::move(token_id);
    adoption.place = found.place;
    adoption.born = found.created_at;
    const auto adopted = co_await store_.adopt(std::move(adoption), deadline);
    if (!adopted) co_return adopted.error();
    result.outcome = *adopted;
    co_return result;
}

} // namespace gatehouse
