// SPDX-License-Identifier: Apache-2.0
// The web server's side of FastCGI, for the tests of this room: builds records, right and wrong ones, and takes answers
// apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::fastcgi::wire {

using Pair = std::pair<std::string, std::string>;

enum : std::uint8_t {
    begin_request = 1,
    abort_request,
    end_request,
    params,
    stdin_data,
    stdout_data,
    stderr_data,
    data
};

inline char byte_of(std::size_t number, unsigned shift) {
    return static_cast<char>(number >> shift & 0xffU);
}

struct Shape {
    std::uint8_t version = 1;
    std::uint16_t id = 1;
    std::size_t padding = 0;
};

/// A record; its padding is full of 0xff, which must never be looked at.
inline std::string record(std::uint8_t type, std::string_view content, Shape shape = {}) {
    std::string out{static_cast<char>(shape.version), static_cast<char>(type)};
    out += {byte_of(shape.id, 8), byte_of(shape.id, 0)};
    out += {byte_of(content.size(), 8), byte_of(content.size(), 0), byte_of(shape.padding, 0), '\0'};
    return out.append(content).append(shape.padding, '\xff');
}

inline std::string begin(bool keep, std::uint16_t role = 1, Shape shape = {}) {
    const std::string body{byte_of(role, 8), byte_of(role, 0), static_cast<char>(keep), 0, 0, 0, 0, 0};
    return record(begin_request, body, shape);
}

inline std::string long_length(std::size_t length) {
    return {byte_of(length | 0x80000000U, 24), byte_of(length, 16), byte_of(length, 8), byte_of(length, 0)};
}

inline std::string length(std::size_t length) {
    return length < 128 ? std::string(1, byte_of(length, 0)) : long_length(length);
}

inline std::string pair(std::string_view name, std::string_view value) {
    return length(name.size()).append(length(value.size())).append(name).append(value);
}

/// A stream as records of at most `piece` bytes, with its empty record at the end.
inline std::string stream(std::uint8_t type, std::string_view content, std::size_t piece = 65535, Shape shape = {}) {
    std::string out;
    for (; !content.empty(); content.remove_prefix(std::min(piece, content.size())))
        out += record(type, content.substr(0, piece), shape);
    return out + record(type, {}, shape);
}

inline std::string pairs(const std::vector<Pair>& all) {
    std::string out;
    for (const auto& [name, value] : all)
        out += pair(name, value);
    return out;
}

inline const std::vector<Pair>& usual_params() {
    static const std::vector<Pair> usual{{"REQUEST_METHOD", "GET"},   {"DOCUMENT_URI", "/auth/verify"},
                                         {"HTTP_COOKIE", "sid=0123"}, {"EMPTY", ""},
                                         {"GATE_CONTEXT", "web"},     {"GATE_END", "1"}};
    return usual;
}

inline std::string request(const std::vector<Pair>& all, std::string_view body = {}, bool keep = true) {
    return begin(keep) + stream(params, pairs(all)) + stream(stdin_data, body);
}

struct Reply {
    std::string out;       ///< the STDOUT stream
    bool ended = false;    ///< END_REQUEST came
    std::size_t bytes = 0; ///< of the input that belong to it
    [[nodiscard]] std::string status() const { return out.substr(0, out.find("\r\n")); }
    [[nodiscard]] std::string body() const { return out.substr(out.find("\r\n\r\n") + 4); }
};

/// The first reply in `bytes`; not `ended` if it is not all there. Throws for what is no FastCGI answer to request
/// `id`.
inline Reply reply_in(std::string_view bytes, std::uint16_t id = 1) {
    Reply reply;
    const auto at = [bytes](std::size_t i) { return static_cast<std::size_t>(static_cast<std::uint8_t>(bytes[i])); };
    while (!reply.ended && bytes.size() - reply.bytes >= 8) {
        const std::size_t from = reply.bytes;
        const std::size_t size = at(from + 4) << 8 | at(from + 5);
        if (at(from) != 1 || (at(from + 2) << 8 | at(from + 3)) != id) throw std::runtime_error("not our reply");
        if (bytes.size() - from < 8 + size + at(from + 6)) break;
        if (at(from + 1) == stdout_data)
            reply.out.append(bytes.substr(from + 8, size));
        else if (at(from + 1) == end_request)
            reply.ended = true;
        else
            throw std::runtime_error("a record type that no answer has");
        reply.bytes += 8 + size + at(from + 6);
    }
    return reply;
}

} // namespace gatehouse::fastcgi::wire
