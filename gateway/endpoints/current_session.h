// SPDX-License-Identifier: Apache-2.0
// Who sent the request: the tokens of the browser and the user whom they stand for. Every endpoint uses this. Loop
// thread.
#pragma once

#include "gateway/endpoints/endpoint.h"

#include <string>
#include <string_view>

namespace gatehouse {

/// The tokens in the request's cookies, as views into the call.
[[nodiscard]] Visit visit_of(const Call& call);

/// Looks the visitor up for a page, together with the person's preferences if they are known soon enough.
boost::asio::awaitable<Lookup> current_session(const Call& call);
/// The call has been looked up: who is asking, and the cookie of a session that was taken over for the visitor.
void note_visitor(const Call& call, const Lookup& found);

/// Whether the user has what the context requires of everybody. Asked at login and at every check, because a permission
/// can be withdrawn.
[[nodiscard]] bool may_enter(const Call& call, const User& user);

/// The URL where a sign-in for this request begins: <prefix>/login?rd=<where the browser wanted to go>.
[[nodiscard]] std::string login_url(const Config& config, std::string_view wanted);

/// The page on which people prove their address, and from which they come back: <prefix>/account/verify?rd=<path>.
[[nodiscard]] std::string verification_url(const Config& config, std::string_view wanted);

} // namespace gatehouse
