// SPDX-License-Identifier: Apache-2.0
// Goal: libfcgi, fed from memory, gives the request that was sent and frames the response whole; it touches no
// descriptor, and it leaves the process's signals alone.
#include "gateway/fastcgi/codec.h"

#include "tests/unit/fastcgi/wire.h"

#include <boost/test/unit_test.hpp>
#include <csignal>

namespace gatehouse::fastcgi {

namespace {

std::vector<wire::Pair> copied(const http::Request& request) {
    std::vector<wire::Pair> all;
    for (const auto& [name, value] : request.params())
        all.emplace_back(name, value);
    return all;
}

http::Response page(std::string text) {
    http::Response response(200);
    response.body("text/plain", std::move(text));
    return response;
}

} // namespace

BOOST_AUTO_TEST_SUITE(codec)

BOOST_AUTO_TEST_CASE(a_request_comes_back_as_it_was_sent) {
    const std::vector<wire::Pair> large{{"HTTP_COOKIE", std::string(7000, 'c')}, {"GATE_END", "1"}};
    const std::vector<wire::Pair> odd{{"A", "x=y=z"}, {"A", "twice"}, {"E", ""}, {"U", "\xff\x01\r\n"}};
    const std::vector<std::vector<wire::Pair>> tables{{}, wire::usual_params(), large, odd};
    Codec codec;
    for (const auto& params : tables) {
        for (const std::size_t body_size : {0U, 1U, 4095U, 4096U, 4097U, 40000U}) {
            for (const std::size_t padding : {0U, 1U, 255U}) {
                BOOST_TEST_CONTEXT(params.size() << " parameters, body of " << body_size << ", padding " << padding) {
                    const std::string body(body_size, 'b');
                    const wire::Shape shape{.padding = padding};
                    std::string bytes = wire::begin(true, 1, shape) +
                                        wire::stream(wire::params, wire::pairs(params), 1000, shape) +
                                        wire::stream(wire::stdin_data, body, 8191, shape);
                    BOOST_REQUIRE(codec.decode(bytes));
                    BOOST_TEST((copied(codec.request()) == params));
                    BOOST_TEST(codec.request().body() == body);
                    const auto reply = wire::reply_in(codec.encode(http::Response(204), false));
                    BOOST_TEST(reply.ended);
                    BOOST_TEST(codec.keep());
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_response_is_framed_whole_whatever_its_size) {
    Codec codec;
    for (std::size_t size = 0; size < 70'000; size = size * 2 + 1) {
        std::string text(size, 't');
        std::string bytes = wire::request(wire::usual_params());
        BOOST_REQUIRE(codec.decode(bytes));
        std::string expected;
        page(text).write_to(expected);
        const std::string output(codec.encode(page(text), false));
        const auto reply = wire::reply_in(output);
        BOOST_TEST(reply.ended);
        BOOST_TEST(reply.bytes == output.size(), "nothing follows END_REQUEST");
        BOOST_TEST((reply.out == expected), "page of " << size);
    }
}

// libfcgi's buffer is 8 KiB: every place where the end of the output can fall near its end.
BOOST_AUTO_TEST_CASE(a_response_around_libfcgis_buffer_size_is_framed_whole) {
    Codec codec;
    std::string empty_page;
    page("").write_to(empty_page);
    for (std::size_t total = 8192 - 64; total < 8192 + 64; ++total) {
        std::string bytes = wire::request(wire::usual_params());
        BOOST_REQUIRE(codec.decode(bytes));
        std::string expected;
        const auto response = page(std::string(total - empty_page.size(), 't'));
        response.write_to(expected);
        BOOST_TEST((wire::reply_in(codec.encode(response, false)).out == expected), "output of about " << total);
    }
}

BOOST_AUTO_TEST_CASE(an_undecided_response_is_a_500_and_head_has_no_body) {
    Codec codec;
    std::string bytes = wire::request(wire::usual_params());
    BOOST_REQUIRE(codec.decode(bytes));
    BOOST_TEST(wire::reply_in(codec.encode({}, false)).status().starts_with("Status: 500"));

    bytes = wire::request({{"REQUEST_METHOD", "HEAD"}});
    BOOST_REQUIRE(codec.decode(bytes));
    const auto reply = wire::reply_in(codec.encode(page("twelve bytes"), true));
    BOOST_TEST(reply.status().starts_with("Status: 200"));
    BOOST_TEST(reply.body().empty());
    BOOST_TEST((reply.out.find("Content-Length: 12\r\n") != std::string::npos));
}

BOOST_AUTO_TEST_CASE(the_request_id_and_keep_conn_are_the_peers) {
    for (const bool keep : {true, false}) {
        for (const std::uint16_t id : std::initializer_list<std::uint16_t>{1, 255, 256, 65535}) {
            const wire::Shape shape{.id = id};
            std::string bytes = wire::begin(keep, 1, shape) + wire::stream(wire::params, {}, 1, shape) +
                                wire::stream(wire::stdin_data, {}, 1, shape);
            Codec codec;
            BOOST_REQUIRE(codec.decode(bytes));
            BOOST_TEST(wire::reply_in(codec.encode(http::Response(204), false), id).ended);
            BOOST_TEST(codec.keep() == keep);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_the_gate_would_refuse_does_no_harm_either) {
    const std::string whole = wire::request(wire::usual_params(), "body");
    for (const std::string& wrong : {std::string(), wire::begin(true), wire::begin(true, 9),
                                     wire::begin(true) + wire::record(wire::params, "\1\5Nv")}) {
        Codec codec;
        std::string bytes = wrong;
        BOOST_TEST(!codec.decode(bytes));
        bytes = whole;
        BOOST_TEST(codec.decode(bytes), "and the next one works");
        BOOST_TEST(codec.request().body() == "body");
    }
}

BOOST_AUTO_TEST_CASE(a_request_may_be_left_without_an_answer) {
    std::string first = wire::request({{"A", "1"}}, "first");
    std::string second = wire::request({{"B", "2"}}, "second");
    Codec codec;
    BOOST_REQUIRE(codec.decode(first));
    BOOST_REQUIRE(codec.decode(second));
    BOOST_TEST(codec.request().param("B") == "2");
    BOOST_TEST(codec.request().body() == "second");
    const std::string output(codec.encode(page("answer"), false));
    const auto reply = wire::reply_in(output);
    BOOST_TEST(reply.body() == "answer");
    BOOST_TEST(reply.bytes == output.size());
}

BOOST_AUTO_TEST_CASE(signals_stay_as_they_were_but_sigpipe_is_ignored) {
    const auto handler_of = [](int signal) {
        struct sigaction action {};
        sigaction(signal, nullptr, &action);
        return action.sa_handler;
    };
    start_library();
    BOOST_TEST((handler_of(SIGPIPE) == SIG_IGN));
    BOOST_TEST((handler_of(SIGTERM) == SIG_DFL));
    BOOST_TEST((handler_of(SIGUSR1) == SIG_DFL));
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    BOOST_TEST(sigismember(&mask, SIGTERM) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::fastcgi
