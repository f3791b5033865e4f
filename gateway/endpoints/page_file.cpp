// SPDX-License-Identifier: Apache-2.0
// The style sheet of our pages: a page loads nothing else, and nothing from other sites. Pages name it by its content,
// so that a browser never asks again. While gateways of two versions run, one may be asked for the other's name: it
// answers with its own sheet, which nobody keeps.
#include "gateway/endpoints/endpoint.h"
#include "gateway/pages/pages.h"

namespace gatehouse::endpoints {

boost::asio::awaitable<http::Response> style(const Call& call) {
    http::Response response(200);
    const bool of_this_content = call.http.path().ends_with(pages::style_name());
    if (of_this_content) response.header("Cache-Control", "public, max-age=31536000, immutable");
    response.body("text/css; charset=utf-8", std::string(pages::style_sheet()));
    co_return response;
}

} // namespace gatehouse::endpoints
