// SPDX-License-Identifier: Apache-2.0
// The eight bytes before every FastCGI record, and the protocol's numbers (FastCGI 1.0, section 8) that this program
// uses. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>

namespace gatehouse::fastcgi {

inline constexpr std::size_t header_bytes = 8;
inline constexpr std::size_t begin_body_bytes = 8;
inline constexpr std::uint16_t responder_role = 1;

enum class RecordType : std::uint8_t { begin_request = 1, abort_request = 2, params = 4, stdin_data = 5 };

struct RecordHeader {
    std::uint8_t version;
    RecordType type; ///< any byte: a peer may send numbers that the enumeration does not name
    std::uint16_t id;
    std::size_t content;
    std::size_t padding;

    [[nodiscard]] std::size_t record_bytes() const noexcept { return header_bytes + content + padding; }
};

/// `bytes` has at least header_bytes bytes.
inline RecordHeader read_header(const char* bytes) noexcept {
    const auto at = [bytes](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
    return {.version = at(0),
            .type = static_cast<RecordType>(at(1)),
            .id = static_cast<std::uint16_t>(at(2) << 8 | at(3)),
            .content = static_cast<std::size_t>(at(4) << 8 | at(5)),
            .padding = at(6)};
}

} // namespace gatehouse::fastcgi
