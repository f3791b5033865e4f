// SPDX-License-Identifier: Apache-2.0
// Whether a POST comes from one of our own pages, according to the browser. Pure; loop thread.
#pragma once

#include "gateway/http/message.h"

#include <string>
#include <vector>

namespace gatehouse::http {

enum class OriginVerdict {
    allow,
    deny,
    undecided ///< the browser said nothing: the CSRF token decides (a form), or the content type (JSON)
};

/// A known value of Sec-Fetch-Site decides: `same-origin` is allowed; `same-site`, `cross-site` and `none` (a POST that
/// no page made) are denied. Otherwise the Origin must be one of `origins`, byte for byte, or, if none is configured,
/// the request's own scheme and host; `Origin: null` is always denied. Neither header: undecided.
[[nodiscard]] OriginVerdict check_origin(const Request& request, const std::vector<std::string>& origins);

} // namespace gatehouse::http
