// SPDX-License-Identifier: Apache-2.0
// The gate and the codec: a request is judged the same however its bytes arrive, and what the gate lets pass libfcgi
// reads as a reader of the protocol does that has nothing in common with it.
#include "gateway/fastcgi/codec.h"
#include "gateway/fastcgi/gate.h"
#include "tests/fuzz/promise.h"
#include "tests/unit/fastcgi/wire.h"

#include <algorithm>

namespace gatehouse::fuzz {
namespace {

using fastcgi::Gate;
using State = Gate::State;

constexpr std::size_t max_bytes = 1024; // small, so that inputs reach them
constexpr std::size_t max_params = 16;

std::size_t byte(std::string_view bytes, std::size_t at) {
    return static_cast<std::uint8_t>(bytes[at]);
}

/// The content of all records of one type.
std::string stream_of(std::string_view bytes, std::size_t type) {
    std::string stream;
    while (!bytes.empty()) {
        const auto size = byte(bytes, 4) << 8 | byte(bytes, 5);
        if (byte(bytes, 1) == type) stream.append(bytes.substr(8, size));
        bytes.remove_prefix(8 + size + byte(bytes, 6));
    }
    return stream;
}

std::size_t take_length(std::string_view& stream) {
    const auto first = byte(stream, 0);
    const std::size_t bytes = first < 128 ? 1 : 4;
    std::size_t length = first & 127U;
    for (std::size_t at = 1; at < bytes; ++at)
        length = length << 8 | byte(stream, at);
    stream.remove_prefix(bytes);
    return length;
}

std::vector<fastcgi::wire::Pair> pairs_of(std::string_view stream) {
    std::vector<fastcgi::wire::Pair> pairs;
    while (!stream.empty()) {
        const auto name = take_length(stream);
        const auto value = take_length(stream);
        pairs.emplace_back(stream.substr(0, name), stream.substr(name, value));
        stream.remove_prefix(name + value);
    }
    return pairs;
}

/// As the bytes come one at a time, and how many of them had come when it was decided.
Gate::Verdict judged_slowly(std::string_view bytes) {
    Gate gate(max_bytes, max_params);
    Gate::Verdict verdict{.state = State::need_more};
    for (std::size_t size = 0; size <= bytes.size() && verdict.state == State::need_more; ++size) {
        verdict = gate.scan(bytes.substr(0, size));
        promise(verdict.state != State::complete || verdict.bytes == size, "complete with its last byte");
    }
    return verdict;
}

void decode(fastcgi::Codec& codec, std::string_view request) {
    std::string bytes(request);
    promise(codec.decode(bytes), "libfcgi reads what the gate found complete");
    const auto read = codec.request();
    const auto expected = pairs_of(stream_of(request, fastcgi::wire::params));
    promise(expected.size() <= max_params, "not too many parameters");
    promise(std::ranges::equal(read.params(), expected,
                               [](const auto& param, const auto& pair) {
                                   return param.name == pair.first && param.value == pair.second;
                               }),
            "the parameters are those that were sent");
    promise(read.body() == stream_of(request, fastcgi::wire::stdin_data), "the body is the one that was sent");

    http::Response response(200);
    response.header("X-Body", read.body()).body("text/plain", std::string(read.body()));
    const auto id = static_cast<std::uint16_t>(byte(request, 2) << 8 | byte(request, 3));
    const auto answer = codec.encode(response, false);
    const auto reply = fastcgi::wire::reply_in(answer, id);
    promise(reply.ended && reply.bytes == answer.size(), "one whole answer");
    promise(reply.body() == read.body(), "the body of the answer is the one that was given");
    promise(codec.keep() == ((byte(request, 10) & 1U) != 0), "the connection stays if the peer asked for it");
}

} // namespace

void look_at(std::string_view input) {
    Gate gate(max_bytes, max_params);
    const auto verdict = gate.scan(input);
    const auto slow = judged_slowly(input);
    promise(verdict.state == slow.state && verdict.bytes == slow.bytes, "the same verdict however the bytes arrive");
    promise((verdict.state == State::malformed) == !verdict.why.empty(), "a refusal has its reason, and nothing else");
    if (verdict.state != State::complete) return;
    promise(verdict.bytes <= max_bytes, "not larger than the limit");
    static fastcgi::Codec kept; // as of a connection that goes on
    fastcgi::Codec fresh;
    decode(kept, input.substr(0, verdict.bytes));
    decode(fresh, input.substr(0, verdict.bytes));
    gate.reset();
    const auto again = gate.scan(input.substr(0, verdict.bytes));
    promise(again.state == State::complete && again.bytes == verdict.bytes, "what follows changes nothing");
}

} // namespace gatehouse::fuzz
