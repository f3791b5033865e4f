// SPDX-License-Identifier: Apache-2.0
// The question that nginx asks on every request. 204 only for a live session that meets GATE_REQUIRE; 401 only for a
// session that is certainly none; 503 for everything that could not be found out.
#include "gateway/accounts/requirement.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/endpoints/visitor.h"
#include "gateway/log/log.h"

#include <algorithm>

namespace gatehouse::endpoints {
namespace {

void log_decision(const Call& call, const Lookup& found, int status) {
    // People without a session and people with a live one are the normal case, and there are many.
    const bool ordinary = status == 204 || found.reason == Reason::no_token;
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

/// What is the same for every session of a user, and good until the first of the permissions ends, or the preferences
/// change or have to be asked for again.
void prepare(const Call& call, const KnownUser& known) {
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
    const auto taste = taste_of(preferences);
    if (!taste.theme.empty()) lines.header("X-Auth-Theme", taste.theme);
    if (taste.language) lines.header("X-Auth-Language", http::code_of(*taste.language));
    known.prepared = lines.header_block();
}

/// A visitor with an old cookie has none of ours that this session belongs to.
void renew_cookie(const Call& call, const Lookup& found, http::Response& response) {
    const auto ours = presented_token(call).token;
    if (digest_of(ours) != found.who.id) return;
    response.header("Set-Cookie", give_cookie(call, ours, found.who.life, true));
}

bool is_prepared(const Call& call, const KnownUser& known) {
    return call.now < known.prepared_until && known.preferences->changes == known.prepared_changes;
}

http::Response allowed(const Call& call, const Lookup& found) {
    const KnownUser& known = *found.who.user;
    if (!is_prepared(call, known)) prepare(call, known);
    http::Response response(204);
    const auto expires = std::chrono::duration_cast<Seconds>(found.who.life.expires_at.time_since_epoch()).count();
    response.lines(known.prepared)
        .header("X-Auth-Session", found.who.handle_text())
        .header("X-Auth-Expires", std::to_string(expires));
    if (found.touched && found.who.remember) renew_cookie(call, found, response);
    return response;
}

http::Response denied(const Call& call) {
    http::Response response(401);
    response.header("X-Gate-Login", login_url(call.config(), call.http.original_uri()));
    return response;
}

http::Response decide(const Call& call, const Lookup& found) {
    if (found.verdict == Verdict::unknown) return http::Response(503);
    if (found.verdict == Verdict::invalid) return denied(call);
    if (!may_enter(call, found.user())) return http::Response(403);
    switch (evaluate_requirement(call.http.require(), found.user(), call.now)) {
    case RequirementVerdict::met: return allowed(call, found);
    case RequirementVerdict::not_met: return http::Response(403);
    case RequirementVerdict::unreadable: break;
    }
    log::error("requirement_unreadable", {{"require", call.http.require()},
                                          {"hint", "GATE_REQUIRE takes role:NAME, permission:NAME and verified"}});
    return http::Response(500);
}

/// Whether our own token decides, whatever becomes of it.
bool is_final(const Call& call, const SessionService::Recalled& recalled) {
    if (!call.services.takeover.concerns(call.config(), call.context.name, call.now)) return true;
    const bool live = recalled.found && recalled.found->verdict == Verdict::valid;
    return live && !legacy_leads(call.config().strategy);
}

http::Response conclude(const Call& call, const Lookup& found) {
    auto response = decide(call, found);
    call.services.tally.check(response.status(), found.reason);
    log_decision(call, found, response.status());
    return response;
}

} // namespace

boost::asio::awaitable<http::Response> verify(const Call& call) {
    auto recalled = recall_visitor(call);
    // Where nothing is being replaced, and for most visitors where something is, that was all there is to it.
    if (!is_final(call, recalled)) {
        const auto found = co_await visitor(call, std::move(recalled));
        co_return conclude(call, found);
    }
    if (!recalled.found) {
        recalled.found = co_await call.services.sessions.look_up(recalled.id, call.context.name, call.now);
        if (const auto& user = recalled.found->who.user) {
            // Beside what the look-up has cost a moment's patience is little; whoever is in memory is never kept
            // waiting.
            if (const auto& known = preferences_of(call, *user); known->arriving)
                co_await PreferenceBook::arrival(known);
        }
    }
    co_return conclude(call, *recalled.found);
}

} // namespace gatehouse::endpoints
