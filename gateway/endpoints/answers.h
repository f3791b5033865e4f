// SPDX-License-Identifier: Apache-2.0
// Answers that several endpoints give: a page for a browser, JSON for a program, from the same facts. Loop thread.
#pragma once

#include "gateway/endpoints/endpoint.h"
#include "gateway/pages/pages.h"

#include <string>
#include <string_view>

namespace gatehouse {

/// Whether the client prefers JSON: it sent JSON, or a script of a page asks (Sec-Fetch-Mode), or its Accept header
/// says so. nginx decides likewise for protected locations ($gate_answer in gatehouse-http.conf).
[[nodiscard]] bool prefers_json(const Call& call);

/// The look of a page for this visitor.
[[nodiscard]] pages::Frame frame_of(const Call& call);
/// What people call the application: its display_name, else the name of the site, else the host.
[[nodiscard]] std::string app_name(const Call& call);

[[nodiscard]] http::Response page(int status, std::string html);
[[nodiscard]] http::Response redirect(std::string_view target);

/// Says in an answer with 429 or 503 when to come back: after `wait`, and not sooner than in two seconds.
void retry_after(http::Response& response, Seconds wait = {});

/// JSON with the error for programs, the error page for people.
[[nodiscard]] http::Response failure(const Call& call, int status, std::string_view code, std::string_view message);

/// No store could decide: 503 with Retry-After.
[[nodiscard]] http::Response unavailable(const Call& call);
/// Sessions were ended for good, but perhaps not every gateway knows: 503 with Retry-After.
[[nodiscard]] http::Response not_confirmed(const Call& call, pages::Recorded::What what);
[[nodiscard]] http::Response not_found(const Call& call);
[[nodiscard]] http::Response method_not_allowed(const Call& call, std::string_view allowed);

/// The answer of a page that needs a session: redirects to the login page (a program gets 401, with the address of the
/// login page), or 503 if no store answered.
[[nodiscard]] http::Response sign_in_first(const Call& call, const Lookup& visitor);

} // namespace gatehouse
