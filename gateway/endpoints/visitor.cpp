// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoints/visitor.h"

#include "gateway/accounts/origin.h"
#include "gateway/accounts/requirement.h"
#include "gateway/http/client_address.h"
#include "gateway/http/percent.h"
#include "gateway/pages/pages.h"
#include "gateway/sessions/lifetime.h"

#include <algorithm>

namespace gatehouse {

http::Cookie session_cookie(const Call& call) {
    return {call.context.cookie, call.config().secure_cookies, call.context.same_site};
}

PresentedToken presented_token(const Call& call) {
    const auto found = session_cookie(call).find(call.http);
    switch (found.kind) {
    case http::CookieValue::Kind::one: return {std::string(found.value), false};
    case http::CookieValue::Kind::conflict: return {{}, true};
    case http::CookieValue::Kind::absent: break;
    }
    return {};
}

SessionService::Recalled recall_visitor(const Call& call) {
    const auto presented = session_cookie(call).find(call.http);
    if (presented.kind == http::CookieValue::Kind::conflict) {
        Lookup refused;
        refused.verdict = Verdict::invalid;
        refused.reason = Reason::conflict;
        return {std::move(refused), {}};
    }
    return call.services.sessions.recall(presented.value, call.context, call.now);
}

http::Cookie old_cookie(const Call& call) {
    return http::Cookie::foreign(call.config().legacy.cookie, call.config().secure_cookies);
}

std::string old_token(const Call& call) {
    if (!call.services.takeover.concerns(call.config(), call.context.name, call.now)) return {};
    const auto found = http::find_cookie(call.http, call.config().legacy.cookie);
    const bool one = found.kind == http::CookieValue::Kind::one && Takeover::is_old_token(found.value);
    return one ? std::string(found.value) : std::string{};
}

OldVisit old_visit(const Call& call, std::string token) {
    return {call.settings,
            std::move(token),
            call.context.name,
            make_origin(call.http.client_address(), call.http.user_agent()),
            http::throttle_key(call.http.client_address()),
            call.now};
}

namespace {

boost::asio::awaitable<Lookup> by_our_token(const Call& call, SessionService::Recalled recalled) {
    if (!recalled.found) {
        recalled.found = co_await call.services.sessions.look_up(recalled.id, call.context.name, call.now);
    }
    co_return *std::move(recalled.found);
}

boost::asio::awaitable<Lookup> by_old_token(const Call& call, std::string token) {
    auto found = co_await call.services.takeover.check(old_visit(call, std::move(token)));
    if (!found.fresh_token.empty()) {
        call.fresh_cookie = give_cookie(call, found.fresh_token, found.who.life, found.who.remember);
    }
    co_return found;
}

/// The older system leads, and is asked although our own token is good: it may have logged the visitor out.
boost::asio::awaitable<Lookup> unless_ended_there(const Call& call, Lookup ours, std::string old) {
    const auto theirs = co_await by_old_token(call, std::move(old));
    call.fresh_cookie.clear(); // our own token it is
    if (theirs.verdict != Verdict::invalid || theirs.reason != Reason::revoked) co_return ours;
    co_return co_await by_our_token(call, recall_visitor(call)); // of the same session, or of another one
}

boost::asio::awaitable<Lookup> by_either_token(const Call& call, SessionService::Recalled recalled) {
    const auto strategy = call.config().strategy;
    auto old = old_token(call);
    const bool ours_count = call.services.takeover.reads_ours(call.config(), call.context.name);
    Lookup found;
    if (ours_count) {
        found = co_await by_our_token(call, std::move(recalled));
    } else {
        found.verdict = Verdict::invalid;
        found.reason = Reason::no_token;
    }
    if (old.empty() || found.verdict == Verdict::unknown) co_return found;
    if (found.verdict == Verdict::invalid) co_return co_await by_old_token(call, std::move(old));
    if (legacy_leads(strategy)) co_return co_await unless_ended_there(call, std::move(found), std::move(old));
    co_return found;
}

} // namespace

boost::asio::awaitable<Lookup> visitor(const Call& call, SessionService::Recalled recalled) {
    auto found = co_await by_either_token(call, std::move(recalled));
    call.visitor = found.who.user;
    if (call.visitor) co_await PreferenceBook::arrival(preferences_of(call, *call.visitor));
    co_return found;
}

boost::asio::awaitable<Lookup> visitor(const Call& call) {
    return visitor(call, recall_visitor(call));
}

const PreferenceBook::Entry& preferences_of(const Call& call, const KnownUser& known) {
    auto& book = call.services.preferences;
    if (known.preferences) {
        book.look_again(known.preferences, call.now);
    } else {
        known.preferences = book.of(known.context, known.user.id, call.now);
    }
    return known.preferences;
}

void preferences_for(const Call& call, const Session& session) {
    WebSession begun{session.key.id, session.user_id, session.expires_at};
    call.services.preferences.session_began(session.key.context, std::move(begun), call.now);
}

Taste taste_of(const KnownPreferences& preferences) noexcept {
    const auto* const theme = std::ranges::find(pages::themes, preferences.theme);
    return {theme == pages::themes.end() ? std::string_view{} : *theme, http::language_of(preferences.language)};
}

bool may_enter(const Call& call, const User& user) {
    return std::ranges::all_of(call.context.require, [&](const std::string& word) {
        return evaluate_requirement(word, user, call.now) == RequirementVerdict::met;
    });
}

std::string give_cookie(const Call& call, const std::string& token, const Lifespan& life, bool remember) {
    std::optional<Seconds> max_age;
    if (remember) max_age = time_left(life, call.context, call.now);
    return session_cookie(call).set(token, max_age);
}

void give_cookies(const Call& call, const Takeover::Begun& begun, http::Response& response) {
    const auto& [token, session] = begun.login;
    if (!token.empty()) response.header("Set-Cookie", give_cookie(call, token, session, session.remember));
    if (begun.old_token.empty()) return;
    std::optional<Seconds> max_age;
    if (session.remember) max_age = call.config().legacy.lifetime;
    response.header("Set-Cookie", old_cookie(call).set(begun.old_token, max_age));
}

std::string login_url(const Config& config, std::string_view wanted) {
    std::string url = config.prefix + "/login";
    if (wanted.empty() || wanted == "/") return url;
    url += "?rd=";
    http::append_query_component(url, wanted);
    return url;
}

} // namespace gatehouse
