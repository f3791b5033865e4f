// SPDX-License-Identifier: Apache-2.0
// Who is asking: the session cookie of a request and what became of it. Used by every endpoint. Loop thread.
#pragma once

#include "gateway/endpoints/endpoint.h"
#include "gateway/http/accept.h"
#include "gateway/http/cookie.h"

#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

/// The session cookie of the call's context.
[[nodiscard]] http::Cookie session_cookie(const Call& call);

/// The token in the request, or empty. `conflict` is set if there are two different ones: then neither counts.
struct PresentedToken {
    std::string token;
    bool conflict = false;
};
[[nodiscard]] PresentedToken presented_token(const Call& call);

/// The session cookie of the system that is being replaced, and the token in it: empty if there is none, or two, or
/// nothing that could be one, or if old tokens are worth nothing here.
[[nodiscard]] http::Cookie old_cookie(const Call& call);
[[nodiscard]] std::string old_token(const Call& call);
[[nodiscard]] OldVisit old_visit(const Call& call, std::string token);

/// Looks the visitor up, for a page: what the person prefers is known then too, if it could be found out in a moment.
/// Takes the tokens out of the request itself.
boost::asio::awaitable<Lookup> visitor(const Call& call);
/// With what recall_visitor has said already.
boost::asio::awaitable<Lookup> visitor(const Call& call, SessionService::Recalled recalled);

/// What can be said of our own token without asking anybody.
SessionService::Recalled recall_visitor(const Call& call);

/// What the person prefers, as this process knows it. What it does not know, or not newly, is asked for meanwhile.
[[nodiscard]] const PreferenceBook::Entry& preferences_of(const Call& call, const KnownUser& known);

/// A session has just begun: in the background it gets what its person prefers.
void preferences_for(const Call& call, const Session& session);

/// The words of ours in it.
struct Taste {
    std::string_view theme;                 ///< empty: as the browser says
    std::optional<http::Language> language; ///< likewise
};
[[nodiscard]] Taste taste_of(const KnownPreferences& preferences) noexcept;

/// Whether the user has what the context asks of everybody in it. Asked at login and at every check: a right can be
/// withdrawn.
[[nodiscard]] bool may_enter(const Call& call, const User& user);

/// The Set-Cookie value that gives (or renews) a session to the browser.
[[nodiscard]] std::string give_cookie(const Call& call, const std::string& token, const Lifespan& life, bool remember);

/// Both cookies of a session that has just begun: ours, and the older system's if that was told.
void give_cookies(const Call& call, const Takeover::Begun& begun, http::Response& response);

/// Where a sign-in for this request begins: <prefix>/login?rd=<where the browser wanted to go>.
[[nodiscard]] std::string login_url(const Config& config, std::string_view wanted);

} // namespace gatehouse
