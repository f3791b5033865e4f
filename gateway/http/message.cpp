// SPDX-License-Identifier: Apache-2.0
#include "gateway/http/message.h"

#include "gateway/http/percent.h"

#include <algorithm>
#include <array>
#include <boost/url/grammar/ci_string.hpp>
#include <charconv>

namespace gatehouse::http {
namespace {

using boost::urls::grammar::ci_is_equal;

constexpr std::size_t usual_header_bytes = 512; // the size of a 204 with an identity
constexpr std::string_view no_store = "Cache-Control: no-store\r\n";
constexpr std::string_view for_every_answer = "X-Content-Type-Options: nosniff\r\n"
                                              "Referrer-Policy: no-referrer\r\n";
constexpr std::string_view for_pages = "Content-Security-Policy: default-src 'none'; style-src 'self'; script-src "
                                       "'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; "
                                       "base-uri 'none'\r\n"
                                       "X-Frame-Options: DENY\r\n"
                                       "Cross-Origin-Opener-Policy: same-origin\r\n";

struct Phrase {
    std::size_t status;
    std::string_view text;
};

/// nginx passes the status line on unchanged. Without a phrase, the client would get a malformed line, because HTTP/1.1
/// requires at least a space after the number.
constexpr auto phrases = std::to_array<Phrase>({
    {200, "OK"},
    {204, "No Content"},
    {303, "See Other"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
});

std::string_view phrase_of(std::size_t status) {
    const auto* const found = std::ranges::find(phrases, status, &Phrase::status);
    return found == phrases.end() ? std::string_view("Unknown") : found->text;
}

void append_number(std::string& out, std::size_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

/// Where the line of a header begins and its length, CRLF included; length 0 if the header is missing.
std::pair<std::size_t, std::size_t> find_line(std::string_view headers, std::string_view name) {
    std::size_t begin = 0;
    while (begin < headers.size()) {
        const auto end = headers.find("\r\n", begin) + 2;
        const auto line = headers.substr(begin, end - begin);
        if (line.size() > name.size() && line[name.size()] == ':' && ci_is_equal(line.substr(0, name.size()), name))
            return {begin, line.size()};
        begin = end;
    }
    return {0, 0};
}

} // namespace

std::string_view Request::param(std::string_view name) const noexcept {
    for (const auto& param : params_)
        if (param.name == name) return param.value;
    return {};
}

Response& Response::header(std::string_view name, std::string_view value) {
    if (headers_.empty()) headers_.reserve(usual_header_bytes);
    headers_.append(name).append(": ");
    append_header_value(headers_, value);
    headers_.append("\r\n");
    return *this;
}

Response& Response::lines(std::string_view block) {
    if (headers_.empty()) headers_.reserve(usual_header_bytes);
    headers_.append(block);
    return *this;
}

Response& Response::body(std::string_view content_type, std::string body) {
    if (const auto [begin, length] = find_line(headers_, "Content-Type"); length != 0) headers_.erase(begin, length);
    body_ = std::move(body);
    return header("Content-Type", content_type);
}

std::string_view Response::find_header(std::string_view name) const noexcept {
    const auto [begin, length] = find_line(headers_, name);
    if (length == 0) return {};
    const auto skipped = name.size() + 2; // ": "
    return std::string_view(headers_).substr(begin + skipped, length - skipped - 2);
}

void Response::write_to(std::string& out, bool head) const {
    const auto code = status_ >= 100 && status_ <= 999 ? static_cast<std::size_t>(status_) : 500;
    out.append("Status: ");
    append_number(out, code);
    out.append(" ").append(phrase_of(code)).append("\r\n");
    if (code == 204 || find_header("Cache-Control").empty()) out.append(no_store);
    if (code == 204) { // the hot path: nginx passes none of these headers on, and a 204 has no body
        out.append(headers_).append("\r\n");
        return;
    }
    out.append(for_every_answer);
    if (find_header("Content-Type").substr(0, 9) == "text/html") out.append(for_pages);
    out.append(headers_).append("Content-Length: ");
    append_number(out, body_.size());
    out.append("\r\n\r\n");
    if (!head) out.append(body_);
}

} // namespace gatehouse::http
