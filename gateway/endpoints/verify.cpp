// SPDX-License-Identifier: Apache-2.0
// nginx asks this question for every protected request. 204 only for a live session that meets GATE_REQUIRE; 401 only
// for a session that is certainly invalid; 503 if no store could answer.
#include "gateway/accounts/requirement.h"
#include "gateway/endpoints/by_mail.h"
#include "gateway/endpoints/cookies.h"
#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/personal.h"
#include "gateway/log/log.h"

#include <algorithm>

namespace gatehouse::endpoints {
namespace {

/// Whether any client can cause this answer as often as it likes: without a cookie, with an invented cookie, or with
/// the cookie of a session that is known to be over (its first refusal came from a store and was logged).
bool is_for_free(const Lookup& found) noexcept {
    switch (found.reason) {
    case Reason::no_token:
    case Reason::conflict:
    case Reason::foreign_token:
    case Reason::nowhere: return true;
    case Reason::revoked:
    case Reason::ended:
    case Reason::absent: return found.source == "near";
    default: return false;
    }
}

void log_decision(const Call& call, const Lookup& found, int status) {
    // Not logged: people without a session and people with a live one are the normal case, and there are many. Invented
    // cookies are counted only (metrics), because a line for each would fill the disk.
    const bool ordinary = status == 204 || is_for_free(found);
    const auto level = found.verdict == Verdict::unknown ? log::Level::warning
                       : ordinary                        ? log::Level::debug
                                                         : log::Level::info;
    if (!log::enabled(level)) return;
    const std::string handle = found.who.user ? found.who.handle_text() : std::string{};
    log::write(level, "verify",
               {{"status", std::int64_t{status}},
                {"reason", name_of(found.reason)},
                {"source", found.source},
                {"context", std::string_view(call.context.name)},
                {"user", std::string_view(found.user().id)},
                {"session", std::string_view(handle)},
                {"require", call.http.require()},
                {"client", call.http.client_address()},
                {"request", call.http.request_id()},
                {"mode", call.config().mode()},
                {"strategy", name_of(call.config().strategy)}});
}

/// Prepares the part of the answer that is the same for every session of a user. It is valid until the first permission
/// ends, or until the preferences change or must be read again.
void prepare(const Call& call, const CachedUser& known) {
    const auto now = call.now;
    std::string permissions;
    const auto& preferences = *preferences_of(call, known);
    known.prepared_until = preferences.look_again_at;
    known.prepared_changes = preferences.changes;
    for (const auto& permission : known.user.permissions) {
        if (permission.expires_at && *permission.expires_at <= now) continue;
        if (permission.expires_at) known.prepared_until = std::min(known.prepared_until, *permission.expires_at);
        if (!permissions.empty()) permissions += ' ';
        permissions += permission.name;
    }
    http::Response lines;
    lines.header("X-Auth-User-Id", known.user.id)
        .header("X-Auth-Email", known.user.email)
        .header("X-Auth-Role", known.user.role)
        .header("X-Auth-Permissions", permissions)
        .header("X-Auth-Context", known.context);
    if (!known.user.legacy_id.empty()) lines.header("X-Auth-Legacy-Id", known.user.legacy_id);
    if (!known.user.phone.empty()) lines.header("X-Auth-Phone", known.user.phone);
    const auto display = display_preferences(preferences);
    if (!display.theme.empty()) lines.header("X-Auth-Theme", display.theme);
    if (display.language) lines.header("X-Auth-Language", http::code_of(*display.language));
    known.prepared = lines.header_block();
}

/// Does nothing for a visitor with an older cookie, who has no cookie of Gatehouse for this session.
void renew_cookie(const Call& call, const Lookup& found, http::Response& response) {
    const auto ours = visit_of(call).token;
    if (digest_of(ours) != found.who.id) return;
    response.header("Set-Cookie", give_cookie(call, std::string(ours), found.who.life));
}

bool is_prepared(const Call& call, const CachedUser& known) {
    return call.now < known.prepared_until && known.preferences->changes == known.prepared_changes;
}

http::Response allowed(const Call& call, const Lookup& found) {
    const CachedUser& known = *found.who.user;
    if (!is_prepared(call, known)) prepare(call, known);
    http::Response response(204);
    const auto expires = std::chrono::duration_cast<Seconds>(found.who.life.expires_at.time_since_epoch()).count();
    response.lines(known.prepared)
        .header("X-Auth-Session", found.who.handle_text())
        .header("X-Auth-Expires", std::to_string(expires));
    if (found.touched && found.who.life.remember) renew_cookie(call, found, response);
    return response;
}

http::Response denied(const Call& call) {
    http::Response response(401);
    response.header("X-Gate-Login", login_url(call.config(), call.http.original_uri()));
    return response;
}

/// The user may not enter. nginx shows the page for that, in the user's language and theme; or leads to the page on
/// which the address is proven, if that is all that is missing.
http::Response forbidden(const Call& call, const CachedUser& known, bool verification_helps = false) {
    http::Response response(403);
    if (verification_helps && offers_addresses(call))
        response.header("X-Gate-Help", verification_url(call.config(), call.http.original_uri()));
    const auto display = display_preferences(*preferences_of(call, known));
    if (!display.theme.empty()) response.header("X-Auth-Theme", display.theme);
    if (display.language) response.header("X-Auth-Language", http::code_of(*display.language));
    return response;
}

http::Response decide(const Call& call, const Lookup& found) {
    if (found.verdict == Verdict::unknown) return http::Response(503);
    if (found.verdict == Verdict::invalid) return denied(call);
    if (!may_enter(call, found.user())) return forbidden(call, *found.who.user);
    switch (evaluate_requirement(call.http.require(), found.user(), call.now)) {
    case RequirementVerdict::met:
        if (call.context.require_verified && !found.user().verified) return forbidden(call, *found.who.user, true);
        return allowed(call, found);
    case RequirementVerdict::not_met:
        return forbidden(call, *found.who.user, lacks_only_verification(call.http.require(), found.user(), call.now));
    case RequirementVerdict::unreadable: break;
    }
    log::error("requirement_unreadable", {{"require", call.http.require()},
                                          {"hint", "GATE_REQUIRE takes role:NAME, permission:NAME and verified"}});
    return http::Response(500);
}

http::Response conclude(const Call& call, const Lookup& found) {
    auto response = decide(call, found);
    call.services.request_metrics.check(response.status(), found.reason);
    log_decision(call, found, response.status());
    return response;
}

} // namespace

boost::asio::awaitable<http::Response> verify(const Call& call) {
    const auto visit = visit_of(call);
    auto recalled = call.services.identities.recall(visit);
    auto& found = recalled.found;
    // For most visitors, the check is answered from memory, and never waits.
    if (!recalled.answers()) {
        found = co_await call.services.identities.look_up(visit, recalled);
        note_visitor(call, *found);
        // Compared with a look-up in the stores, the short wait for the preferences costs little.
        if (call.visitor) {
            if (const auto& known = preferences_of(call, *call.visitor); known->arriving)
                co_await PreferenceBook::arrival(known);
        }
    }
    co_return conclude(call, *found);
}

} // namespace gatehouse::endpoints
