// SPDX-License-Identifier: Apache-2.0
#include "gateway/routes.h"

#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/budget.h"
#include "gateway/http/facts.h"
#include "gateway/log/log.h"

#include <array>
#include <string>

namespace gatehouse {
namespace {

constexpr std::array table = {
    Route{"ANY", "/verify", endpoints::verify}, // the subrequest has the method of the checked request
    Route{"GET", "/login", endpoints::login_page},
    Route{"POST", "/login", endpoints::login},
    Route{"GET", "/logout", endpoints::logout_page},
    Route{"POST", "/logout", endpoints::logout},
    Route{"GET", "/", endpoints::start},
    Route{"GET", "/me", endpoints::me},
    Route{"GET", "/sessions", endpoints::sessions_page},
    Route{"POST", "/sessions/revoke", endpoints::revoke_session},
    Route{"POST", "/sessions/revoke-others", endpoints::revoke_others},
    Route{"POST", "/sessions/name", endpoints::name_device},
    Route{"GET", "/password/change", endpoints::password_page},
    Route{"POST", "/password/change", endpoints::change_password},
    Route{"GET", "/password/forgot", endpoints::forgot_page},
    Route{"POST", "/password/forgot", endpoints::forgot_password},
    Route{"GET", "/link", endpoints::follow_link},
    Route{"GET", "/password/reset", endpoints::reset_page},
    Route{"POST", "/password/reset", endpoints::reset_password},
    Route{"GET", "/register", endpoints::register_page},
    Route{"POST", "/register", endpoints::register_account},
    Route{"GET", "/register/finish", endpoints::registration_page},
    Route{"POST", "/register/finish", endpoints::finish_registration},
    Route{"GET", "/account/email", endpoints::new_address_page},
    Route{"POST", "/account/email", endpoints::ask_new_address},
    Route{"GET", "/account/email/confirm", endpoints::confirm_address_page},
    Route{"POST", "/account/email/confirm", endpoints::confirm_address},
    Route{"GET", "/account/email/undo", endpoints::take_back_page},
    Route{"POST", "/account/email/undo", endpoints::take_back_address},
    Route{"GET", "/account/phone", endpoints::phone_page},
    Route{"POST", "/account/phone", endpoints::change_phone},
    Route{"GET", "/account/verify", endpoints::verification_page},
    Route{"POST", "/account/verify", endpoints::ask_verification},
    Route{"GET", "/account/verify/confirm", endpoints::verify_address_page},
    Route{"POST", "/account/verify/confirm", endpoints::verify_address},
    Route{"GET", "/account/data", endpoints::my_data},
    Route{"GET", "/account/delete", endpoints::delete_account_page},
    Route{"POST", "/account/delete", endpoints::delete_account},
    Route{"GET", "/preferences", endpoints::preferences_page},
    Route{"POST", "/preferences", endpoints::change_preferences},
    Route{"GET", "/health", endpoints::health},
    Route{"GET", "/ready", endpoints::ready},
    Route{"GET", "/metrics", endpoints::metrics},
    Route{"GET", "/style.css", endpoints::page_file},
    Route{"GET", "/script.js", endpoints::page_file},
    Route{"GET", "/logo.svg", endpoints::page_file},
    Route{"GET", "/icon.svg", endpoints::page_file},
};

bool is_picture(std::string_view path) noexcept {
    return path.ends_with(".svg") || path.ends_with(".png");
}

/// A file has a name for each content.
std::string_view plain_name(std::string_view path) noexcept {
    if (path.starts_with("/style-") && path.ends_with(".css")) return "/style.css";
    if (path.starts_with("/script-") && path.ends_with(".js")) return "/script.js";
    if (path.starts_with("/logo-") && is_picture(path)) return "/logo.svg";
    if (path.starts_with("/icon-") && is_picture(path)) return "/icon.svg";
    return path;
}

bool takes(const Route& route, std::string_view method) noexcept {
    return route.method == "ANY" || route.method == method || (route.method == "GET" && method == "HEAD");
}

struct Match {
    const Route* route = nullptr;
    std::string allowed; ///< the methods of this path, if the path exists
};

Match find(std::string_view path, std::string_view method) {
    Match match;
    for (const auto& route : table) {
        if (route.path != path) continue;
        if (takes(route, method)) return {&route, {}};
        if (!match.allowed.empty()) match.allowed += ", ";
        match.allowed += route.method == "GET" ? "GET, HEAD" : route.method;
    }
    return match;
}

http::Response refuse_facts(const http::Request& request, std::string_view fault) {
    log::error("request_refused",
               {{"reason", fault},
                {"context", request.context()},
                {"hint", "the parameters must be those of the nginx files that came with this version"}});
    return http::Response(500);
}

} // namespace

std::span<const Route> routes() noexcept {
    return table;
}

boost::asio::awaitable<http::Response> answer(const http::Request& request, SettingsPtr settings, Services& services) {
    if (const auto fault = http::fault_in_facts(request); !fault.empty()) co_return refuse_facts(request, fault);
    const auto* context = settings->config->context(request.context());
    if (context == nullptr) co_return refuse_facts(request, "unknown context");
    const Call call{request, settings, *context, services, wall_now(), deadline_in(store_budget(*settings->config))};
    const std::string_view prefix = settings->config->prefix;
    const auto path = request.path();
    if (!path.starts_with(prefix)) co_return not_found(call);
    const auto match = find(plain_name(path.substr(prefix.size())), request.method());
    if (match.route != nullptr) {
        auto response = co_await match.route->endpoint(call);
        // A cookie that the endpoint itself sets (renewed, deleted, another one) takes precedence.
        if (!call.fresh_cookie.empty() && response.find_header("Set-Cookie").empty()) {
            response.header("Set-Cookie", call.fresh_cookie);
        }
        co_return response;
    }
    co_return match.allowed.empty() ? not_found(call) : method_not_allowed(call, match.allowed);
}

} // namespace gatehouse
