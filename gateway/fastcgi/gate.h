// SPDX-License-Identifier: Apache-2.0
// Tells when the bytes that have arrived hold one whole request that libfcgi may be shown: BEGIN_REQUEST, PARAMS …
// empty PARAMS, STDIN … empty STDIN, all of one request id. Everything else is refused, whether FastCGI allows it or a
// peer invents it. Pure: no I/O, no allocation. It remembers how far it has looked, so bytes may come one at a time
// without extra cost.
#pragma once

#include "gateway/fastcgi/pairs.h"
#include "gateway/fastcgi/record.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse::fastcgi {

class Gate {
  public:
    enum class State : std::uint8_t { need_more, complete, malformed };
    struct Verdict {
        State state;
        std::size_t bytes = 0;  ///< if complete: the length of the request; the bytes after it belong to the next one
        std::string_view why{}; ///< if malformed: a constant text
    };

    Gate(std::size_t max_bytes, std::size_t max_params) noexcept
        : max_bytes_(max_bytes), pairs_(max_bytes, max_params) {}

    /// `bytes` starts with the request's first byte. Until reset(), each call gets the bytes of the call before, and
    /// perhaps more.
    [[nodiscard]] Verdict scan(std::string_view bytes) noexcept;
    /// Makes ready for the next request.
    void reset() noexcept;

  private:
    enum class Stage : std::uint8_t { begin, params, body, done };

    [[nodiscard]] std::string_view judge(const RecordHeader& header) const noexcept;
    [[nodiscard]] std::string_view take(const RecordHeader& header, std::string_view content) noexcept;

    std::size_t max_bytes_;
    std::size_t scanned_ = 0; ///< complete records up to here have been taken
    Pairs pairs_;
    std::uint16_t id_ = 0;
    Stage stage_ = Stage::begin;
};

} // namespace gatehouse::fastcgi
