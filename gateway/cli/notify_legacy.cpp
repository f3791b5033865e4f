// SPDX-License-Identifier: Apache-2.0
#include "gateway/cli/notify_legacy.h"

#include "gateway/cli/account.h"
#include "gateway/cli/propagate_change.h"
#include "gateway/cli/with_stores.h"
#include "gateway/stores/stores.h"
#include "gateway/takeover/legacy_notifier.h"
#include "storage/legacy/sql/store.h"

#include <exception>
#include <fmt/format.h>
#include <sysexits.h>

namespace gatehouse::cli {
namespace {

using boost::asio::awaitable;

constexpr Millis patience{10'000};
constexpr Millis connect_patience{3000};

/// Only if an older system is being replaced.
LegacyNotifier notifier_of(Stores& stores) {
    return {stores.takeover(), *stores.legacy(), LegacyNotifier::Reach::everything};
}

/// Why the older system's stores did not answer, as far as the stores have reported.
std::string trouble(Stores& stores) {
    std::string why = stores.legacy_tables()->last_failure();
    if (why.empty() && stores.legacy_redis() != nullptr) why = stores.legacy_redis()->trouble();
    return why.empty() ? "no answer" : why;
}

/// Reports sessions that stay in the older system: a user_token that the older system never clears is not cleared by
/// Gatehouse either.
awaitable<void> say_what_stays(Stores& stores, const Config& config, std::string user_id) {
    const auto& layout = config.legacy.layout;
    if (layout.user_token.empty() || !layout.user_token_stays) co_return;
    auto id = co_await stores.takeover().legacy_id_of(std::move(user_id), patiently());
    if (need(stores, std::move(id)).empty()) co_return;
    complain(fmt::format("{}.{} of the older system stays as it is, as it does there at a logout: no gateway takes it "
                         "any more, but its own application may",
                         layout.users_table, layout.user_token));
}

awaitable<bool> tell(Stores& stores, ConfigPtr config, LegacyNotice news) {
    if (stores.legacy() == nullptr) co_return true;
    auto notifier = notifier_of(stores);
    if (!notifier.informs(*config)) co_return true;
    if (stores.legacy_redis() != nullptr)
        co_await wait_for_redis(*stores.legacy_redis(), deadline_in(connect_patience));
    bool told = false;
    if (news.session) {
        told = co_await notifier.session_ended(config, *news.session, nullptr, wall_now());
    } else {
        std::vector<std::string> none_stays;
        told = co_await notifier.all_ended(config, news.user_id, std::move(none_stays), nullptr, wall_now());
    }
    if (!news.password_hash.empty()) {
        const bool changed = co_await notifier.password_changed(config, news.user_id, news.password_hash);
        told = told && changed;
    }
    if (told) co_await say_what_stays(stores, *config, news.user_id);
    co_return told;
}

} // namespace

ConfigPtr with_patience(const ConfigPtr& config) {
    auto patient = std::make_shared<Config>(*config);
    patient->legacy.timeout = patience;
    patient->database_timeout = patience;
    return patient;
}

awaitable<std::string> hash_for_legacy(Stores& stores, ConfigPtr config, Secret password) {
    if (stores.legacy() == nullptr || !notifier_of(stores).informs_of_passwords(*config)) co_return std::string{};
    auto hasher = make_hasher(*config);
    const auto hash = co_await hasher->hash_for_legacy(std::move(password));
    if (!hash)
        throw CommandError(EX_OSERR, fmt::format("the password could not be hashed for the older system: {}. Nothing "
                                                 "was changed",
                                                 hash.error().message()));
    co_return *hash;
}

awaitable<bool> older_system_brings_back(Stores& stores, ConfigPtr config, std::string user_id) {
    auto notifier = notifier_of(stores);
    auto known = co_await notifier.would_bring_back(std::move(config), std::move(user_id));
    co_return need(stores, std::move(known));
}

awaitable<int> propagate_everywhere(Stores& stores, ConfigPtr config, LegacyNotice news,
                                    std::vector<EndedSession> ended) {
    std::exception_ptr unseen;
    // Skipped if nothing has changed and there is no Redis: propagate_change would wait until the gateways have read a
    // change, and without a change they report nothing.
    const bool something = news.user_changed || !ended.empty() || stores.cache() != nullptr;
    try {
        if (something) co_await propagate_change(stores, config, news.user_id, std::move(ended));
    } catch (const CommandError&) {
        unseen = std::current_exception();
    }
    const bool password = !news.password_hash.empty();
    const bool told = co_await tell(stores, config, std::move(news));
    if (!told)
        complain(fmt::format("recorded here, and no gateway takes these sessions any more; but the older system could "
                             "not be told ({}): its own application may still take them{}. When it answers, run the "
                             "same command again",
                             trouble(stores), password ? ", and the password of before" : ""));
    if (unseen) std::rethrow_exception(unseen);
    co_return told ? EX_OK : EX_UNAVAILABLE;
}

} // namespace gatehouse::cli
