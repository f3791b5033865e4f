// SPDX-License-Identifier: Apache-2.0
// Goal: the gate lets exactly the requests through that libfcgi parses rightly, sees their end at the right byte
// however they are cut, and refuses everything that is out of order, lies about a length or is larger than the limits.
#include "gateway/fastcgi/gate.h"

#include "tests/unit/fastcgi/wire.h"

#include <boost/test/unit_test.hpp>
#include <ostream>

namespace gatehouse::fastcgi {

std::ostream& operator<<(std::ostream& out, Gate::State state) {
    return out << std::string_view(state == Gate::State::complete    ? "complete"
                                   : state == Gate::State::malformed ? "malformed"
                                                                     : "need_more");
}

namespace {

constexpr std::size_t max_bytes = 64 * 1024;
constexpr std::size_t max_params = 512;

Gate::Verdict judge(std::string_view bytes, std::size_t limit = max_bytes) {
    return Gate(limit, max_params).scan(bytes);
}

const std::string begin = wire::begin(true);
const std::string no_params = wire::stream(wire::params, {});
const std::string some_params = wire::stream(wire::params, wire::pairs(wire::usual_params()));
const std::string no_body = wire::stream(wire::stdin_data, {});

std::string with_params(std::string_view content) {
    return begin + wire::stream(wire::params, content) + no_body;
}

std::vector<wire::Pair> numbered(std::size_t count) {
    std::vector<wire::Pair> all;
    for (std::size_t i = 0; i < count; ++i)
        all.emplace_back("P" + std::to_string(i), "v");
    return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(gate)

BOOST_AUTO_TEST_CASE(whole_requests_pass_and_end_where_they_end) {
    const std::string body(3000, 'b');
    const std::string pairs = wire::pairs(wire::usual_params());
    const wire::Shape padded{.padding = 255};
    const std::pair<const char*, std::string> table[] = {
        {"nothing in it", begin + no_params + no_body},
        {"as usual", begin + some_params + no_body},
        {"with a body", begin + some_params + wire::stream(wire::stdin_data, body)},
        {"a body in many records", begin + some_params + wire::stream(wire::stdin_data, body, 7)},
        {"parameters in records of one byte", begin + wire::stream(wire::params, pairs, 1) + no_body},
        {"every record padded", wire::begin(true, 1, padded) + wire::stream(wire::params, pairs, 11, padded) +
                                    wire::stream(wire::stdin_data, body, 1000, padded)},
        {"long form of short lengths", with_params(wire::long_length(1) + wire::long_length(2) + "Nvv")},
        {"another id, unknown flags", wire::begin(true, 1, {.id = 65535}) +
                                          wire::stream(wire::params, pairs, 65535, {.id = 65535}) +
                                          wire::stream(wire::stdin_data, {}, 65535, {.id = 65535})},
        {"as many parameters as may be", with_params(wire::pairs(numbered(max_params)))},
    };
    for (const auto& [name, bytes] : table) {
        BOOST_TEST_CONTEXT(name) {
            const auto verdict = judge(bytes + "what comes next");
            BOOST_TEST(verdict.state == Gate::State::complete, verdict.why);
            BOOST_TEST(verdict.bytes == bytes.size());
        }
    }
}

BOOST_AUTO_TEST_CASE(no_beginning_of_a_request_is_complete_or_malformed) {
    const wire::Shape padded{.padding = 3};
    const auto request = wire::begin(true, 1, padded) +
                         wire::stream(wire::params, wire::pairs(wire::usual_params()), 9, padded) +
                         wire::stream(wire::stdin_data, "identifier=a&password=b", 5, padded);
    for (std::size_t size = 0; size < request.size(); ++size) {
        BOOST_TEST_CONTEXT("cut after " << size << " bytes") {
            BOOST_TEST(judge(std::string_view(request).substr(0, size)).state == Gate::State::need_more);
        }
    }
}

BOOST_AUTO_TEST_CASE(pieces_give_the_same_answer_as_the_whole) {
    const auto request = begin + wire::stream(wire::params, wire::pairs(wire::usual_params()), 9) +
                         wire::stream(wire::stdin_data, "a=b", 2);
    for (std::size_t step = 1; step <= request.size(); ++step) {
        Gate gate(max_bytes, max_params);
        for (int round = 0; round < 2; ++round) {
            for (std::size_t size = step; size < request.size(); size += step)
                BOOST_REQUIRE_EQUAL(gate.scan(std::string_view(request).substr(0, size)).state, Gate::State::need_more);
            const auto verdict = gate.scan(request);
            BOOST_TEST(verdict.state == Gate::State::complete);
            BOOST_TEST(verdict.bytes == request.size());
            gate.reset();
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_out_of_order_is_malformed) {
    using wire::record;
    const auto typed = [](unsigned type) { return record(static_cast<std::uint8_t>(type), {}); };
    const std::pair<const char*, std::string> table[] = {
        {"version 0", record(wire::begin_request, std::string(8, '\0'), {.version = 0})},
        {"version 2", begin + record(wire::params, {}, {.version = 2})},
        {"version 255", begin + some_params + record(wire::stdin_data, {}, {.version = 255})},
        {"HTTP", "GET / HTTP/1.1\r\n"},
        {"PARAMS first", record(wire::params, {})},
        {"STDIN first", record(wire::stdin_data, {})},
        {"type 0", begin + typed(0)},
        {"ABORT first", typed(wire::abort_request)},
        {"ABORT before the parameters", begin + typed(wire::abort_request)},
        {"ABORT after the parameters", begin + some_params + typed(wire::abort_request)},
        {"ABORT in the body", begin + some_params + record(wire::stdin_data, "ab") + typed(wire::abort_request)},
        {"END_REQUEST", begin + record(wire::end_request, std::string(8, '\0'))},
        {"STDOUT", begin + some_params + record(wire::stdout_data, "x")},
        {"DATA", begin + some_params + record(wire::data, "x")},
        {"DATA after the body", begin + some_params + record(wire::stdin_data, "x") + record(wire::data, "x")},
        {"STDIN before the end of PARAMS", begin + record(wire::params, wire::pair("A", "b")) + no_body},
        {"PARAMS after their end", begin + some_params + record(wire::params, wire::pair("A", "b"))},
        {"a second BEGIN", begin + begin},
        {"a second BEGIN in the body", begin + some_params + begin},
        {"PARAMS of another request", begin + record(wire::params, {}, {.id = 2})},
        {"STDIN of another request", begin + some_params + record(wire::stdin_data, {}, {.id = 256})},
        {"BEGIN with id 0", wire::begin(true, 1, {.id = 0})},
        {"BEGIN of 7 bytes", record(wire::begin_request, std::string("\0\1\0\0\0\0\0", 7))},
        {"BEGIN of 9 bytes", record(wire::begin_request, std::string("\0\1\0\0\0\0\0\0\0", 9))},
        {"BEGIN of 0 bytes", record(wire::begin_request, {})},
        {"GET_VALUES", record(9, wire::pair("FCGI_MAX_CONNS", ""), {.id = 0})},
        {"GET_VALUES in a request", begin + record(9, wire::pair("FCGI_MPXS_CONNS", ""), {.id = 0})},
        {"a malformed GET_VALUES", record(9, "\xff\xff\xff\xff\xff", {.id = 0})},
        {"role 0", wire::begin(true, 0)},
        {"role authorizer", wire::begin(true, 2)},
        {"role filter", wire::begin(true, 3)},
        {"role 257", wire::begin(true, 257)},
        {"role 65535", wire::begin(true, 65535)},
    };
    for (const auto& [name, bytes] : table) {
        BOOST_TEST_CONTEXT(name) {
            BOOST_TEST(judge(bytes).state == Gate::State::malformed);
            BOOST_TEST(!judge(bytes).why.empty());
        }
    }
    for (unsigned type = 11; type < 256; ++type) {
        BOOST_TEST(judge(typed(type)).state == Gate::State::malformed, "type " << type);
        BOOST_TEST(judge(begin + typed(type)).state == Gate::State::malformed, "type " << type);
    }
}

BOOST_AUTO_TEST_CASE(parameters_that_libfcgi_would_misread_are_malformed) {
    using wire::long_length;
    const std::string all_ones = "\xff\xff\xff\xff";
    const std::pair<const char*, std::string> table[] = {
        {"value longer than the stream", std::string("\1\5Nvvvv")},
        {"name longer than the stream", std::string("\5\1Nv")},
        {"ends after a name's length", std::string("\1")},
        {"ends in a long length", std::string("\x80\0", 2)},
        {"ends before the value", std::string("\1\1N")},
        {"one more byte", wire::pair("A", "b") + "\1"},
        {"both lengths 0x7fffffff", all_ones + all_ones + "A"},
        {"a name of 1 GiB", long_length(1U << 30) + "\1A"},
        {"a value of 1 GiB", "\1" + long_length(1U << 30) + "A"},
        {"a value just over the limit", "\1" + long_length(max_bytes + 1) + "A"},
        {"an empty name", wire::pair("", "v")},
        {"nothing at all", wire::pair("", "")},
        {"'=' in a name", wire::pair("HTTP_COOKIE=sid=x", "y")},
        {"'=' as a name", wire::pair("=", "y")},
        {"NUL in a name", wire::pair(std::string_view("A\0B", 3), "y")},
        {"NUL in a value", wire::pair("A", std::string_view("x\0y", 3))},
        {"NUL at the end of a value", wire::pair("A", std::string_view("x\0", 2))},
        {"one parameter too many", wire::pairs(numbered(max_params + 1))},
    };
    for (const auto& [name, content] : table) {
        for (const std::size_t piece : {65535U, 1U}) {
            BOOST_TEST_CONTEXT(name << ", records of " << piece) {
                std::string bytes = begin;
                bytes.append(wire::stream(wire::params, content, piece)).append(no_body);
                BOOST_TEST(judge(bytes).state == Gate::State::malformed);
            }
        }
    }
    BOOST_TEST(judge(with_params(wire::pair("A", "x=y=z"))).state == Gate::State::complete);
}

BOOST_AUTO_TEST_CASE(a_length_that_lies_is_refused_before_its_bytes_come) {
    const auto verdict = judge(begin + wire::record(wire::params, "\1" + wire::long_length(0x7fffffff)));
    BOOST_TEST(verdict.state == Gate::State::malformed);
}

BOOST_AUTO_TEST_CASE(the_limit_counts_from_begin_to_the_end_of_stdin) {
    const std::string request = begin + some_params + wire::stream(wire::stdin_data, std::string(5000, 'x'));
    BOOST_TEST(judge(request, request.size()).state == Gate::State::complete);
    BOOST_TEST(judge(request, request.size() - 1).state == Gate::State::malformed);
    // As soon as a header tells that it cannot fit; the connection's buffer could not take more either.
    const std::string announced = begin + wire::record(wire::params, std::string(65535, 'x')).substr(0, 8);
    BOOST_TEST(judge(announced).state == Gate::State::malformed);
    // Largest record, largest padding.
    const std::string large =
        begin + some_params + wire::stream(wire::stdin_data, std::string(65535, 'x'), 65535, {.padding = 255});
    BOOST_TEST(judge(large, 2 * max_bytes).state == Gate::State::complete);
    BOOST_TEST(judge(large).state == Gate::State::malformed);
}

BOOST_AUTO_TEST_CASE(a_limit_reached_without_an_end_is_malformed) {
    const std::string one = wire::record(wire::params, "\1");
    std::string endless = begin;
    while (endless.size() + one.size() <= max_bytes)
        endless += one;
    Gate gate(max_bytes, std::size_t{1} << 20);
    BOOST_TEST(gate.scan(endless).state == Gate::State::malformed);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::fastcgi
