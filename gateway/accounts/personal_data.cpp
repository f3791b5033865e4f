// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/personal_data.h"

#include "gateway/http/json.h"

#include <fmt/chrono.h>

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using Data = Result<std::optional<std::string>>;

std::string moment(Instant at) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(at)));
}

void add_moment(http::JsonObject& object, std::string_view name, const std::optional<Instant>& at) {
    if (at)
        object.add(name, moment(*at));
    else
        object.add(name, nullptr);
}

/// null for an empty text.
void add_text(http::JsonObject& object, std::string_view name, const std::string& text) {
    if (text.empty())
        object.add(name, nullptr);
    else
        object.add(name, text);
}

http::JsonObject account_of(const Account& account, const std::string& legacy_id) {
    http::JsonObject out;
    out.add("id", account.id);
    add_text(out, "email", account.email);
    out.add("email_verified", account.verified);
    add_text(out, "phone", account.phone);
    add_text(out, "phone_not_verified", account.claimed_phone);
    out.add("role", account.role).add("disabled", account.disabled);
    add_moment(out, "created_at", account.created_at);
    add_moment(out, "last_login_at", account.last_login_at);
    add_text(out, "older_system_id", legacy_id);
    return out;
}

http::JsonArray sessions_of(const std::vector<ListedSession>& listed) {
    http::JsonArray all;
    for (const auto& [session, origin, device_name] : listed) {
        http::JsonObject one;
        one.add("handle", session.handle).add("context", session.key.context);
        add_text(one, "device_name", device_name);
        add_moment(one, "created_at", session.created_at);
        add_moment(one, "last_activity", session.last_activity);
        add_moment(one, "expires_at", session.expires_at);
        one.add("stay_signed_in", session.remember);
        one.add("address", origin.address).add("user_agent", origin.user_agent);
        all.add(one);
    }
    return all;
}

void add_permissions(http::JsonArray& all, const std::string& context, const User& user) {
    for (const auto& permission : user.permissions) {
        http::JsonObject one;
        one.add("context", context).add("permission", permission.name);
        add_moment(one, "expires_at", permission.expires_at);
        all.add(one);
    }
}

http::JsonObject preferences_of(const std::optional<Preferences>& chosen) {
    const auto preferences = chosen.value_or(Preferences{});
    http::JsonObject one;
    add_text(one, "theme", preferences.theme);
    add_text(one, "language", preferences.language);
    one.add_json("preferences", preferences.free);
    return one;
}

} // namespace

awaitable<Data> personal_data(UserStore& users, std::vector<DataPlace> places, std::string user_id,
                              std::vector<ListedSession> sessions, Deadline deadline) {
    const auto account = co_await users.find(user_id, deadline);
    if (!account) co_return account.error();
    if (!*account) co_return std::optional<std::string>{};
    http::JsonArray permissions;
    http::JsonObject preferences;
    std::string legacy_id;
    for (const auto& [context, web] : places) {
        const auto user = co_await users.find_in_context(user_id, context, wall_now(), deadline);
        if (!user) co_return user.error();
        if (*user) {
            add_permissions(permissions, context, **user);
            legacy_id = (*user)->legacy_id;
        }
        const auto chosen = co_await web->find(user_id, deadline);
        if (!chosen) co_return chosen.error();
        preferences.add(context, preferences_of(*chosen));
    }
    http::JsonObject all;
    all.add("made_at", moment(wall_now())).add("account", account_of(**account, legacy_id));
    all.add("permissions", permissions).add("sessions", sessions_of(sessions)).add("preferences", preferences);
    co_return std::optional(all.str());
}

} // namespace gatehouse
