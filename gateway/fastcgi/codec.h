// SPDX-License-Identifier: Apache-2.0
// Passes one request and one response of a connection through libfcgi, from memory to memory: no system call, no
// waiting. Owned by a connection; loop thread. Only codec.cpp knows libfcgi.
#pragma once

#include "gateway/http/message.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

struct FCGX_Request;

namespace gatehouse::fastcgi {

/// Starts libfcgi, once per process. Afterwards all signal handlers are what they were before, but SIGPIPE is ignored.
/// Throws std::runtime_error.
void start_library();

class Codec {
  public:
    Codec();
    ~Codec();
    Codec(const Codec&) = delete;
    Codec& operator=(const Codec&) = delete;

    /// Parses one request that the gate found complete. May rewrite the bytes; needs them only during the call. False:
    /// libfcgi refused the request.
    [[nodiscard]] bool decode(std::span<char> request);
    /// The request parsed last. Its views are valid until encode() or the next decode().
    [[nodiscard]] http::Request request() const;
    /// Ends the request with this response and returns the bytes for the peer, valid until the next decode(). Returns
    /// all of them or none: throws std::bad_alloc if there is no memory.
    [[nodiscard]] std::string_view encode(const http::Response& response, bool head);
    /// After encode(): the peer asked to keep the connection, and nothing went wrong.
    [[nodiscard]] bool keep() const noexcept { return keep_; }

    /// Called by libfcgi instead of the operating system. Not for other callers.
    std::size_t serve_read(char* into, std::size_t room) noexcept;
    bool serve_write(const char* bytes, std::size_t size) noexcept;
    void serve_close() noexcept { keep_ = false; }

  private:
    bool read_body();
    void trim();

    struct Free {
        void operator()(FCGX_Request* request) const noexcept;
    };
    std::unique_ptr<FCGX_Request, Free> fcgi_;
    std::string_view input_; ///< not read by libfcgi yet
    std::string body_;
    std::string page_; ///< the response before it is cut into records
    std::string output_;
    bool keep_ = false;
    bool output_lost_ = false;
};

} // namespace gatehouse::fastcgi
