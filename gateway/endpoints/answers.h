// SPDX-License-Identifier: Apache-2.0
// The answers that several endpoints give: a page for a browser, JSON for a program, from the same facts. Loop thread.
#pragma once

#include "gateway/endpoints/endpoint.h"
#include "gateway/pages/pages.h"

#include <string>
#include <string_view>

namespace gatehouse {

/// Whether the client would rather read JSON: by its Accept header, or because it sent JSON.
[[nodiscard]] bool prefers_json(const Call& call);

[[nodiscard]] pages::Frame frame_of(const Call& call);

[[nodiscard]] http::Response page(int status, std::string html);
[[nodiscard]] http::Response redirect(std::string_view target);

/// The error shape for programs, the error page for people.
[[nodiscard]] http::Response failure(const Call& call, int status, std::string_view code, std::string_view message);

/// Nothing could be decided: 503 with Retry-After.
[[nodiscard]] http::Response unavailable(const Call& call);
/// Sessions were ended for good, but not every node is known to have heard of it: 503 with Retry-After.
[[nodiscard]] http::Response not_confirmed(const Call& call);
[[nodiscard]] http::Response not_found(const Call& call);
[[nodiscard]] http::Response method_not_allowed(const Call& call, std::string_view allowed);

/// For a page that needs a session: to the login page (a program gets 401), or 503 if nobody knows.
[[nodiscard]] http::Response sign_in_first(const Call& call, const Lookup& visitor);

} // namespace gatehouse
