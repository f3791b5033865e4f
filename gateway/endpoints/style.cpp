// SPDX-License-Identifier: Apache-2.0
// The style sheet of our pages: a page loads nothing else, and nothing from other sites.
#include "gateway/endpoints/endpoint.h"
#include "gateway/pages/pages.h"

namespace gatehouse::endpoints {

boost::asio::awaitable<http::Response> style(const Call&) {
    http::Response response(200);
    response.body("text/css; charset=utf-8", std::string(pages::style_sheet()));
    co_return response;
}

} // namespace gatehouse::endpoints
