// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/origin_check.h"

#include <algorithm>
#include <boost/url/grammar/ci_string.hpp>

namespace gatehouse::http {
namespace {

/// The request's own origin as a browser spells it: lower case, without the default port.
std::string own_origin(const Request& request) {
    auto host = request.host();
    const auto default_port = request.scheme() == "https" ? std::string_view(":443") : std::string_view(":80");
    if (host.ends_with(default_port)) host.remove_suffix(default_port.size());
    std::string origin(request.scheme());
    origin.append("://").append(host);
    std::transform(origin.begin(), origin.end(), origin.begin(), boost::urls::grammar::to_lower);
    return origin;
}

} // namespace

OriginVerdict check_origin(const Request& request, const std::vector<std::string>& origins) {
    const auto site = request.param("HTTP_SEC_FETCH_SITE");
    if (site == "same-origin") return OriginVerdict::allow;
    if (site == "same-site" || site == "cross-site" || site == "none") return OriginVerdict::deny;

    const auto origin = request.param("HTTP_ORIGIN");
    if (origin.empty()) return OriginVerdict::undecided;
    const bool known = origins.empty() ? origin == own_origin(request)
                                       : std::find(origins.begin(), origins.end(), origin) != origins.end();
    return known ? OriginVerdict::allow : OriginVerdict::deny;
}

} // namespace gatehouse::http
