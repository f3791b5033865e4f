// SPDX-License-Identifier: Apache-2.0
#include "gateway/endpoints/answers.h"

#include "gateway/endpoints/current_session.h"
#include "gateway/endpoints/personal.h"
#include "gateway/http/accept.h"
#include "gateway/http/content_type.h"
#include "gateway/http/form.h"
#include "gateway/http/json.h"

#include <algorithm>

namespace gatehouse {
bool prefers_json(const Call& call) {
    if (http::media_type(call.http.content_type()) == http::MediaType::json) return true;
    const auto mode = call.http.param("HTTP_SEC_FETCH_MODE");
    if (mode == "navigate") return false;
    if (mode == "cors" || mode == "no-cors" || mode == "same-origin") return true;
    return http::wants_json(call.http.param("HTTP_ACCEPT"));
}

namespace {

/// The host without its port.
std::string_view host_of(const Call& call) {
    const auto host = call.http.host();
    const auto colon = host.rfind(':');
    const bool port = colon != host.npos && host.find(']', colon) == host.npos;
    return port ? host.substr(0, colon) : host;
}

} // namespace

std::string app_name(const Call& call) {
    if (!call.context.display_name.empty()) return call.context.display_name;
    const auto& brand = call.config().brand.name;
    return brand.empty() ? std::string(host_of(call)) : brand;
}

pages::Frame frame_of(const Call& call) {
    pages::Frame frame{http::choose_language(call.http.param("HTTP_ACCEPT_LANGUAGE")), call.config().prefix, {}};
    frame.app = app_name(call);
    frame.home = call.context.home.empty() ? call.context.default_target : call.context.home;
    if (const auto wanted = http::language_of(http::query_value(call.http.query(), "lang").value_or(""))) {
        frame.language = *wanted;
        frame.in_query = true;
    }
    if (call.visitor && call.visitor->preferences) {
        const auto display = display_preferences(*call.visitor->preferences);
        frame.theme = display.theme;
        frame.language = display.language.value_or(frame.language);
    }
    return frame;
}

http::Response page(int status, std::string html) {
    http::Response response(status);
    response.body("text/html; charset=utf-8", std::move(html));
    return response;
}

http::Response redirect(std::string_view target) {
    http::Response response(303);
    response.header("Location", target);
    return response;
}

void retry_after(http::Response& response, Seconds wait) {
    if (response.status() != 429 && response.status() != 503) return;
    response.header("Retry-After", std::to_string(std::max(Seconds{2}, wait).count()));
}

http::Response failure(const Call& call, int status, std::string_view code, std::string_view message) {
    if (prefers_json(call)) return http::json_error(status, code, message);
    return page(status, pages::error_page(frame_of(call), status, call.http.request_id()));
}

http::Response unavailable(const Call& call) {
    auto response =
        failure(call, 503, "unavailable", "The service is busy or cannot reach its stores. Try again shortly.");
    retry_after(response);
    return response;
}

http::Response not_confirmed(const Call& call, pages::Recorded::What what) {
    constexpr std::string_view message = "Recorded. Not every server is known to have heard of it yet.";
    const pages::Recorded content{what, call.http.request_id()};
    auto response = prefers_json(call) ? http::json_error(503, "not_confirmed", message)
                                       : page(503, pages::recorded_page(frame_of(call), content));
    retry_after(response);
    return response;
}

http::Response not_found(const Call& call) {
    return failure(call, 404, "not_found", "There is no such page.");
}

http::Response method_not_allowed(const Call& call, std::string_view allowed) {
    auto response = failure(call, 405, "method_not_allowed", "This address does not take this method.");
    response.header("Allow", allowed);
    return response;
}

http::Response sign_in_first(const Call& call, const Lookup& visitor) {
    if (visitor.verdict == Verdict::unknown) return unavailable(call);
    const auto login = login_url(call.config(), {});
    if (!prefers_json(call)) return redirect(login);
    http::JsonObject error;
    error.add("code", "not_signed_in").add("message", "Sign in first.").add("login", login);
    return http::json_response(401, http::JsonObject{}.add("error", error));
}

} // namespace gatehouse
