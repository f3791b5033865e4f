// SPDX-License-Identifier: Apache-2.0
// Goal: replies are the same however their bytes are cut, and nothing that a server sends grows beyond the limits or
// reads as something that it is not.
#include "storage/redis/reply_reader.h"

#include <boost/test/unit_test.hpp>
#include <vector>

using namespace gatehouse;

namespace {

using Type = RedisReply::Type;

constexpr RedisReplyLimits limits{.bulk_bytes = 100, .elements = 10, .bytes = 250};

std::string shown(const RedisReply& reply) {
    switch (reply.type) {
    case Type::nil: return "nil";
    case Type::integer: return std::to_string(reply.integer);
    case Type::string: return "'" + reply.text + "'";
    case Type::status: return "+" + reply.text;
    case Type::error: return "-" + reply.text;
    default: break;
    }
    std::string all = "[";
    for (const auto& element : reply.elements)
        all += shown(element) + " ";
    return all + "]";
}

std::string bulk(std::size_t size) {
    return "$" + std::to_string(size) + "\r\n" + std::string(size, 'x') + "\r\n";
}

/// Everything that comes out of the pieces, and the trouble behind it.
std::string read(const std::vector<std::string>& pieces, const RedisReplyLimits& within = limits) {
    RedisReplyReader reader(within);
    std::string all;
    for (const auto& piece : pieces) {
        reader.feed(piece);
        while (const auto reply = reader.next())
            all += shown(*reply) + ";";
    }
    return all + reader.trouble();
}

} // namespace

BOOST_AUTO_TEST_SUITE(redis_reply_reader)

BOOST_AUTO_TEST_CASE(cut_anywhere_it_reads_the_same) {
    const std::string bytes = "+OK\r\n-ERR no\r\n:-12\r\n$-1\r\n*-1\r\n$0\r\n\r\n*0\r\n$4\r\na\r\nb\r\n"
                              "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n*2\r\n$1\r\nk\r\n$-1\r\n*2\r\n*1\r\n:1\r\n+x\r\n";
    const std::string meaning = "+OK;-ERR no;-12;nil;nil;'';[];'a\r\nb';['message' 'c' ['k' nil ] ];[[1 ] +x ];";
    BOOST_TEST(read({bytes}) == meaning);
    for (std::size_t at = 1; at < bytes.size(); ++at)
        BOOST_TEST(read({bytes.substr(0, at), bytes.substr(at)}) == meaning, "cut at " << at);
    std::vector<std::string> single;
    for (const char byte : bytes)
        single.emplace_back(1, byte);
    BOOST_TEST(read(single) == meaning);
}

BOOST_AUTO_TEST_CASE(limits_hold) {
    const std::string large = "a message that is too large";
    struct Row {
        std::string bytes;
        bool fits;
    };
    const std::vector<Row> rows = {
        {bulk(100), true},
        {bulk(101), false},
        {"*2\r\n" + bulk(100) + bulk(100), true},
        {"*3\r\n" + bulk(100) + bulk(100) + bulk(51), false},
        {"*2\r\n*8\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n*0\r\n", true},
        {"*11\r\n", false},
        {"*2\r\n*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n*4\r\n", false},
        {"*2147483647\r\n", false},
        {"$536870912\r\n" + std::string(200, 'x'), false}, // long before its end
        {"+" + std::string(200, 'x'), false},
    };
    for (std::size_t at = 0; at < rows.size(); ++at) {
        BOOST_TEST_CONTEXT("row " << at) {
            const auto result = read({rows[at].bytes});
            BOOST_TEST(result.ends_with(large) == !rows[at].fits);
            BOOST_TEST(result.ends_with(";") == rows[at].fits);
            if (!rows[at].fits) BOOST_TEST(read({rows[at].bytes, "+OK\r\n"}) == large); // it stays with that
        }
    }
    std::string many; // the limits are those of one reply
    std::string all;
    for (int i = 0; i < 100; ++i) {
        many += bulk(100) + "*10\r\n" + std::string(10 * 4, ' ');
        for (std::size_t at = many.size() - 40; at < many.size(); at += 4)
            many.replace(at, 4, ":1\r\n");
        all += "'" + std::string(100, 'x') + "';[1 1 1 1 1 1 1 1 1 1 ];";
    }
    BOOST_TEST(read({many}) == all);
}

BOOST_AUTO_TEST_CASE(what_goes_beyond_the_limits_may_be_left_out) {
    auto within = limits;
    within.leave_out = true;
    const std::string x(100, 'x');
    std::string long_list = "*11\r\n";
    for (int i = 0; i < 5; ++i)
        long_list += bulk(3) + "*2\r\n:1\r\n+x\r\n";
    long_list += "$-1\r\n";
    const std::vector<std::pair<std::string, std::string>> rows = {
        {bulk(100), "'" + x + "';"},
        {"*3\r\n" + bulk(100) + bulk(100) + bulk(51), "['" + x + "' '" + x + "' nil ];"},
        {"*2\r\n:1\r\n" + long_list, "[1 [] ];"},
        {"*3\r\n:1\r\n" + long_list + ":2\r\n", "[1 [] 2 ];"},
        {"*2\r\n*5\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n", "[[1 1 1 1 1 ] [] ];"},
    };
    for (const auto& [bytes, meaning] : rows) {
        BOOST_TEST(read({bytes, "+OK\r\n"}, within) == meaning + "+OK;");
        std::vector<std::string> single;
        for (const char byte : bytes)
            single.emplace_back(1, byte);
        BOOST_TEST(read(single, within) == meaning);
    }
    // Not a reply as a whole, nor what would have to be waited for.
    for (const auto& bytes : {bulk(101), long_list, "*2\r\n$536870912\r\n" + std::string(200, 'x')})
        BOOST_TEST(read({bytes}, within) == "a message that is too large");
}

BOOST_AUTO_TEST_CASE(garbage_is_trouble) {
    const std::vector<std::string> rows = {
        "HTTP/1.1 200 OK\r\n",
        std::string(1, '\0'),
        "\r\n",
        "$-2\r\n",
        "*-2\r\n",
        "$x\r\n",
        "*1\r\n$1\r\nx\r\n%1\r\n",
        "$99999999999999999999\r\n",
        "*4294967296\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
    };
    for (const auto& row : rows) {
        RedisReplyReader reader(limits);
        reader.feed(row);
        while (reader.next()) {
        }
        BOOST_TEST(reader.trouble() != "", row);
        reader.feed("+OK\r\n");
        BOOST_TEST(!reader.next().has_value(), row);
    }
}

BOOST_AUTO_TEST_SUITE_END()
