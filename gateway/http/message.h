// SPDX-License-Identifier: Apache-2.0
// A request as an endpoint sees it and a response as it is sent. Plain values: no I/O, no FastCGI, loop thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::http {

/// One FastCGI parameter. Both views live as long as the request.
struct Param {
    std::string_view name;
    std::string_view value;
};

/// The request that nginx reports. The views point into memory that the connection keeps until the response has been
/// encoded. Facts come from parameters that our nginx files set, never from a header that a browser can send.
class Request {
  public:
    Request(std::vector<Param> params, std::string_view body) : params_(std::move(params)), body_(body) {}

    /// The value of a parameter, or an empty view. The caller must have refused doubled parameters already (facts.h).
    [[nodiscard]] std::string_view param(std::string_view name) const noexcept;
    [[nodiscard]] const std::vector<Param>& params() const noexcept { return params_; }
    [[nodiscard]] std::string_view body() const noexcept { return body_; }

    [[nodiscard]] std::string_view method() const noexcept { return param("REQUEST_METHOD"); }
    /// The path that selects the endpoint, decoded and normalised by nginx.
    [[nodiscard]] std::string_view path() const noexcept { return param("DOCUMENT_URI"); }
    [[nodiscard]] std::string_view query() const noexcept { return param("QUERY_STRING"); }
    /// The request line's target as the browser sent it. Decides nothing; used only to lead back after a login.
    [[nodiscard]] std::string_view original_uri() const noexcept { return param("REQUEST_URI"); }
    [[nodiscard]] std::string_view context() const noexcept { return param("GATE_CONTEXT"); }
    [[nodiscard]] std::string_view require() const noexcept { return param("GATE_REQUIRE"); }
    [[nodiscard]] std::string_view client_address() const noexcept { return param("REMOTE_ADDR"); }
    [[nodiscard]] std::string_view scheme() const noexcept { return param("REQUEST_SCHEME"); }
    [[nodiscard]] std::string_view host() const noexcept { return param("HTTP_HOST"); }
    [[nodiscard]] std::string_view request_id() const noexcept { return param("REQUEST_ID"); }
    [[nodiscard]] std::string_view content_type() const noexcept { return param("CONTENT_TYPE"); }
    [[nodiscard]] std::string_view user_agent() const noexcept { return param("HTTP_USER_AGENT"); }

  private:
    std::vector<Param> params_;
    std::string_view body_;
};

/// A response. The default is 500, so that a forgotten decision never admits anybody.
class Response {
  public:
    Response() = default;
    explicit Response(int status) : status_(status) {}

    Response& status(int status) noexcept {
        status_ = status;
        return *this;
    }
    /// Names are constants of ours. In the value, every byte outside printable ASCII (above all CR, LF, NUL) is
    /// percent-encoded, so that no value can end its line.
    Response& header(std::string_view name, std::string_view value);
    /// Adds the header lines of another response (its header_block).
    Response& lines(std::string_view block);
    Response& body(std::string_view content_type, std::string body);

    [[nodiscard]] int status() const noexcept { return status_; }
    [[nodiscard]] const std::string& header_block() const noexcept { return headers_; }
    [[nodiscard]] const std::string& body() const noexcept { return body_; }
    /// The first value of a header, or empty. For tests, and for callers that read a header that they have set.
    [[nodiscard]] std::string_view find_header(std::string_view name) const noexcept;

    /// Writes the status line, the headers that every answer has (nosniff …; no-store unless the response has a
    /// Cache-Control of its own), this response's headers and the body. `head`: leaves the body out but states its
    /// length.
    void write_to(std::string& out, bool head = false) const;

  private:
    int status_ = 500;
    std::string headers_; ///< complete lines, CRLF included
    std::string body_;
};

} // namespace gatehouse::http
