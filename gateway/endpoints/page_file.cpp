// SPDX-License-Identifier: Apache-2.0
// The files that our pages load: style sheet, script, logo and icon; nothing comes from other sites. Pages name a file
// by its content, so that a browser never asks again. While gateways of two versions or configurations run, one may be
// asked for the other's name: it answers with its own file of that kind, which nobody keeps.
#include "gateway/endpoints/answers.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/pages/look.h"

namespace gatehouse::endpoints {
namespace {

// A picture may be opened by itself, and an SVG can have scripts: they do not run, and nothing is loaded.
constexpr std::string_view for_pictures = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// "logo-dark" for /auth/logo-dark-6b1f.svg, "style" for /auth/style.css.
std::string_view kind_of(std::string_view path) {
    const auto name = path.substr(path.rfind('/') + 1);
    const auto hash = name.rfind('-');
    return name.substr(0, hash == name.npos ? name.find('.') : hash);
}

} // namespace

boost::asio::awaitable<http::Response> page_file(const Call& call) {
    const auto path = call.http.path();
    const auto* const file = pages::look().file(kind_of(path));
    if (file == nullptr) co_return not_found(call);
    http::Response response(200);
    const bool of_this_content = path.substr(path.rfind('/') + 1) == file->name;
    if (of_this_content) response.header("Cache-Control", "public, max-age=31536000, immutable");
    if (file->type.starts_with("image/")) response.header("Content-Security-Policy", for_pictures);
    response.body(file->type, file->body);
    co_return response;
}

} // namespace gatehouse::endpoints
