// SPDX-License-Identifier: Apache-2.0
// What a Redis server sends: the replies are the same however their bytes are cut, keep to the limits, and survive
// being written and read again.
#include "storage/redis/reply_reader.h"

#include "tests/fuzz/promise.h"

namespace gatehouse::fuzz {
namespace {

constexpr RedisReplyLimits strict{.bulk_bytes = 100, .elements = 10, .bytes = 250};
constexpr RedisReplyLimits lenient{.bulk_bytes = 100, .elements = 10, .bytes = 250, .leave_out = true};
constexpr RedisReplyLimits wide{.bulk_bytes = 4096, .elements = 4096, .bytes = 4096};

/// As a server would send it.
std::string sent(const RedisReply& reply) {
    using Type = RedisReply::Type;
    switch (reply.type) {
    case Type::nil: return "$-1\r\n";
    case Type::integer: return ":" + std::to_string(reply.integer) + "\r\n";
    case Type::status: return "+" + reply.text + "\r\n";
    case Type::error: return "-" + reply.text + "\r\n";
    case Type::string: return "$" + std::to_string(reply.text.size()) + "\r\n" + reply.text + "\r\n";
    case Type::array: break;
    }
    std::string all = "*" + std::to_string(reply.elements.size()) + "\r\n";
    for (const auto& element : reply.elements)
        all += sent(element);
    return all;
}

struct Size {
    std::size_t elements = 0;
    std::size_t bytes = 0;
};

Size size_of(const RedisReply& reply) {
    Size size{reply.elements.size(), reply.text.size()};
    for (const auto& element : reply.elements) {
        const auto more = size_of(element);
        size.elements += more.elements;
        size.bytes += more.bytes;
    }
    return size;
}

struct Read {
    std::string replies;
    bool trouble = false;

    bool operator==(const Read&) const = default;
};

/// Fed in pieces of so many bytes.
Read read(std::string_view bytes, std::size_t piece, const RedisReplyLimits& limits) {
    RedisReplyReader reader(limits);
    Read all;
    while (!bytes.empty()) {
        reader.feed(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
        while (const auto reply = reader.next()) {
            const auto size = size_of(*reply);
            promise(size.elements <= limits.elements && size.bytes <= limits.bytes, "the limits hold");
            all.replies += sent(*reply);
        }
    }
    all.trouble = !reader.trouble().empty();
    return all;
}

} // namespace

void look_at(std::string_view input) {
    for (const auto& limits : {strict, lenient, wide}) {
        const auto whole = read(input, input.size(), limits);
        for (const std::size_t piece : {1U, 2U, 7U, 64U}) {
            const auto cut = read(input, piece, limits);
            promise(whole.replies.starts_with(cut.replies), "no other replies however they are cut");
            // What is left out if it is there at once is not waited for.
            promise(cut == whole || (limits.leave_out && cut.trouble), "nor fewer");
        }
        const auto again = read(whole.replies, whole.replies.size() + 1, limits);
        promise(again == Read{whole.replies, false}, "sent again they are the same");
    }
}

} // namespace gatehouse::fuzz
