// SPDX-License-Identifier: Apache-2.0
// Goal: over a real socket, a request gives one answer however it is cut and whatever came before it on the connection;
// what is not a whole request gives none and never reaches the handler; slow, mute, deaf and vanishing peers disturb
// nobody.
#include "tests/unit/fastcgi/rig.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

namespace gatehouse::fastcgi {

namespace {

const std::vector<wire::Pair> params = wire::usual_params();

std::string post(std::string_view body, bool keep = true) {
    auto all = params;
    all[0].second = "POST";
    all.emplace_back("CONTENT_LENGTH", std::to_string(body.size()));
    return wire::request(all, body, keep);
}

/// Has the bytes read by the other side before it returns.
void send_and_wait(Rig& rig, const Peer& peer, std::string_view bytes) {
    BOOST_REQUIRE(peer.send(bytes));
    BOOST_REQUIRE(rig.until([&] { return peer.taken(); }));
}

ListenerOptions deadlines(Millis span) {
    ListenerOptions options;
    options.read_deadline = options.write_deadline = options.idle_deadline = span;
    return options;
}

} // namespace

BOOST_AUTO_TEST_SUITE(connection)

BOOST_AUTO_TEST_CASE(two_pieces_at_every_offset_twice_on_one_kept_connection) {
    Rig rig;
    auto peer = rig.peer();
    const std::string request = post("identifier=a&password=b");
    for (std::size_t cut = 1; cut < request.size(); ++cut) {
        for (int round = 0; round < 2; ++round) {
            BOOST_TEST_CONTEXT("cut at " << cut << ", round " << round) {
                rig.seen.clear();
                send_and_wait(rig, peer, std::string_view(request).substr(0, cut));
                BOOST_TEST(rig.seen.empty());
                BOOST_REQUIRE(peer.send(std::string_view(request).substr(cut)));
                const auto reply = rig.reply(peer);
                BOOST_REQUIRE(reply.has_value());
                BOOST_TEST(reply->status().starts_with("Status: 200"));
                BOOST_TEST(reply->body() == "identifier=a&password=b");
                BOOST_REQUIRE(rig.seen.size() == 1U);
                BOOST_TEST(rig.seen[0].params.size() == params.size() + 1);
            }
        }
    }
    BOOST_TEST(rig.listener().stats().accepted == 1U);
}

BOOST_AUTO_TEST_CASE(byte_by_byte) {
    Rig rig;
    auto peer = rig.peer();
    auto all = params;
    all.emplace_back("HTTP_USER_AGENT", std::string(8000, 'u'));
    const std::string request = wire::request(all);
    for (const char byte : request) {
        BOOST_TEST(rig.seen.empty());
        send_and_wait(rig, peer, {&byte, 1});
    }
    BOOST_TEST(rig.reply(peer).has_value());
    BOOST_REQUIRE(rig.seen.size() == 1U);
    BOOST_TEST((rig.seen[0].params == all));
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_answered_in_order_at_any_cut) {
    Rig rig;
    const std::string requests = post("one") + post("two") + post("three", false);
    for (std::size_t cut = 1; cut < requests.size(); ++cut) {
        auto peer = rig.peer();
        send_and_wait(rig, peer, std::string_view(requests).substr(0, cut));
        BOOST_REQUIRE(peer.send(std::string_view(requests).substr(cut)));
        for (const char* body : {"one", "two", "three"}) {
            const auto reply = rig.reply(peer);
            BOOST_REQUIRE_MESSAGE(reply.has_value(), "cut at " << cut);
            BOOST_TEST(reply->body() == body);
        }
        BOOST_TEST(rig.closes(peer));
    }
}

BOOST_AUTO_TEST_CASE(large_requests_and_large_answers) {
    Rig rig;
    auto peer = rig.peer();
    const auto with_cookie = [](std::size_t size) {
        return std::vector<wire::Pair>{{"HTTP_COOKIE", std::string(size, 'c')}, {"GATE_END", "1"}};
    };
    for (const std::size_t size : {7U * 1024, 4095U, 4096U, 16384U, 60'000U, 10U}) {
        rig.seen.clear();
        BOOST_REQUIRE(peer.send(wire::request(with_cookie(size))));
        BOOST_TEST(rig.reply(peer).has_value());
        BOOST_REQUIRE(rig.seen.size() == 1U);
        BOOST_TEST((rig.seen[0].params == with_cookie(size)));
    }
    const std::string page(60'000, 'p');
    BOOST_REQUIRE(peer.send(post(page)));
    const auto reply = rig.reply(peer);
    BOOST_REQUIRE(reply.has_value());
    BOOST_TEST((reply->body() == page));
}

BOOST_AUTO_TEST_CASE(a_stream_cut_at_any_offset_reaches_no_handler) {
    Rig rig;
    const std::string request = post("a=b");
    for (std::size_t size = 1; size < request.size(); ++size) {
        auto peer = rig.peer();
        BOOST_REQUIRE(peer.send(std::string_view(request).substr(0, size)));
        peer.half_close();
        BOOST_TEST(rig.closes(peer));
        BOOST_TEST(peer.received().empty(), "answered after " << size);
    }
    BOOST_TEST(rig.until([&] { return rig.listener().requests_under_way() == 0; }));
    BOOST_TEST(rig.seen.empty());
    BOOST_TEST(rig.listener().stats().malformed == request.size() - 1);
    BOOST_TEST(rig.listener().stats().requests == 0U);
}

BOOST_AUTO_TEST_CASE(a_whole_request_is_answered_though_the_peer_sends_no_more) {
    Rig rig;
    auto peer = rig.peer();
    BOOST_REQUIRE(peer.send(post("x")));
    peer.half_close();
    BOOST_TEST(rig.reply(peer).has_value());
    BOOST_TEST(rig.closes(peer));
    BOOST_TEST(rig.listener().stats().malformed == 0U);
}

BOOST_AUTO_TEST_CASE(malformed_requests_are_closed_without_an_answer) {
    Rig rig;
    std::vector<wire::Pair> many(100'000, {"A", ""});
    const std::string table[] = {
        "GET / HTTP/1.1\r\n\r\n",
        wire::begin(true, 2),
        wire::begin(true) + wire::record(wire::params, std::string("\1") + wire::long_length(0x7fffffff)),
        wire::begin(true) + wire::stream(wire::params, "\1\5Nv") + wire::stream(wire::stdin_data, {}),
        wire::begin(true) + wire::stream(wire::params, wire::pairs(many)).substr(0, 60'000),
        post("a=b").substr(0, post("a=b").size() - 8) + wire::record(wire::abort_request, {}),
    };
    for (const std::string& bytes : table) {
        auto peer = rig.peer();
        BOOST_REQUIRE(peer.send(bytes));
        BOOST_TEST(rig.closes(peer));
        BOOST_TEST(peer.received().empty());
    }
    BOOST_TEST(rig.seen.empty());
    BOOST_TEST(rig.listener().stats().malformed == std::size(table));
}

BOOST_AUTO_TEST_CASE(junk_after_a_request_ends_the_connection_after_its_answer) {
    Rig rig;
    auto peer = rig.peer();
    BOOST_REQUIRE(peer.send(post("good") + "some twenty bytes of junk"));
    const auto reply = rig.reply(peer);
    BOOST_REQUIRE(reply.has_value());
    BOOST_TEST(reply->body() == "good");
    BOOST_TEST(rig.closes(peer));
}

BOOST_AUTO_TEST_CASE(the_peer_decides_whether_the_connection_is_kept) {
    Rig rig;
    auto kept = rig.peer();
    auto single = rig.peer();
    BOOST_REQUIRE(kept.send(post("1")) && single.send(post("1", false)));
    BOOST_TEST(rig.reply(kept).has_value());
    BOOST_TEST(rig.reply(single).has_value());
    BOOST_TEST(rig.closes(single));
    BOOST_TEST(!kept.closed());
}

BOOST_AUTO_TEST_CASE(half_open_peers_hold_nobody_up_and_are_closed_in_the_end) {
    Rig rig(deadlines(Millis{100}));
    std::vector<Peer> half_open;
    for (const std::size_t size : {1U, 8U, 18U, 60U}) {
        half_open.push_back(rig.peer());
        send_and_wait(rig, half_open.back(), post("a=b").substr(0, size));
    }
    BOOST_TEST(rig.until([&] { return rig.listener().requests_under_way() == half_open.size(); }));
    auto other = rig.peer();
    BOOST_REQUIRE(other.send(post("served")));
    BOOST_TEST(rig.reply(other).has_value());
    for (Peer& peer : half_open)
        BOOST_TEST(rig.closes(peer));
    BOOST_TEST(rig.listener().stats().timed_out >= half_open.size());
    BOOST_TEST(rig.until([&] { return rig.listener().requests_under_way() == 0; }));
    BOOST_TEST(rig.seen.size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_read_deadline_counts_from_the_first_byte) {
    ListenerOptions options;
    options.read_deadline = Millis{100};
    Rig rig(options);
    auto peer = rig.peer();
    const std::string request = post(std::string(1000, 'x'));
    std::size_t sent = 0;
    auto next = std::chrono::steady_clock::now();
    BOOST_TEST(rig.until([&] { // a byte every 5 ms: never silent for long, but not done within seconds
        if (std::chrono::steady_clock::now() >= next) {
            sent += peer.send({&request[sent], 1});
            next += Millis{5};
        }
        return peer.closed();
    }));
    BOOST_TEST(rig.seen.empty());
    BOOST_TEST(rig.listener().stats().timed_out == 1U);
}

BOOST_AUTO_TEST_CASE(mute_and_resting_connections_reach_the_idle_deadline) {
    Rig rig(deadlines(Millis{60}));
    auto mute = rig.peer();
    auto resting = rig.peer();
    BOOST_REQUIRE(resting.send(post("x")));
    BOOST_TEST(rig.reply(resting).has_value());
    BOOST_TEST(rig.closes(mute));
    BOOST_TEST(rig.closes(resting));
    BOOST_TEST(rig.listener().stats().timed_out == 2U);
}

BOOST_AUTO_TEST_CASE(a_peer_that_never_reads_reaches_the_write_deadline) {
    const auto page = [](Rig&, const http::Request&) -> boost::asio::awaitable<http::Response> {
        http::Response response(200);
        response.body("text/plain", std::string(600'000, 'x'));
        co_return response;
    };
    ListenerOptions options;
    options.write_deadline = Millis{300};
    Rig rig(options, page);
    auto deaf = rig.peer();
    BOOST_REQUIRE(deaf.send(post("x")));
    BOOST_TEST(rig.until([&] { return rig.listener().stats().timed_out == 1; }));
    BOOST_TEST(rig.until([&] { return rig.listener().requests_under_way() == 0; }));
    BOOST_TEST(!wire::reply_in(deaf.received()).ended);

    auto reading = rig.peer();
    BOOST_REQUIRE(reading.send(post("x")));
    const auto reply = rig.reply(reading);
    BOOST_REQUIRE(reply.has_value());
    BOOST_TEST(reply->body().size() == 600'000U);
}

BOOST_AUTO_TEST_CASE(a_peer_that_vanishes_before_the_answer_disturbs_nobody) {
    Rig rig({}, Rig::slowly);
    {
        auto peer = rig.peer();
        BOOST_REQUIRE(peer.send(post("x")));
        BOOST_REQUIRE(rig.until([&] { return rig.waiting == 1; }));
    }
    rig.let_go();
    BOOST_TEST(rig.until([&] { return rig.listener().requests_under_way() == 0; }));
    auto next = rig.peer();
    BOOST_REQUIRE(next.send(post("x")));
    BOOST_REQUIRE(rig.until([&] { return rig.waiting == 1; }));
    rig.let_go();
    BOOST_TEST(rig.reply(next).has_value());
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_before_the_handler_has_ended) {
    Rig rig(deadlines(Millis{50}), Rig::slowly);
    auto peer = rig.peer();
    auto mute = rig.peer(); // its end shows that every deadline has passed, which means nothing to a handler
    BOOST_REQUIRE(peer.send(post("x")));
    BOOST_REQUIRE(rig.until([&] { return rig.waiting == 1; }));
    BOOST_TEST(rig.closes(mute));
    BOOST_TEST(peer.received().empty());
    BOOST_TEST(!peer.closed());
    BOOST_TEST(rig.listener().requests_under_way() == 1U);
    rig.let_go();
    const auto reply = rig.reply(peer);
    BOOST_REQUIRE(reply.has_value());
    BOOST_TEST(reply->status().starts_with("Status: 204"));
}

BOOST_AUTO_TEST_CASE(requests_wait_side_by_side) {
    Rig rig({}, Rig::slowly);
    std::vector<Peer> peers;
    for (int i = 0; i < 50; ++i) {
        peers.push_back(rig.peer());
        BOOST_REQUIRE(peers.back().send(post("x")));
    }
    BOOST_REQUIRE(rig.until([&] { return rig.waiting == 50; }));
    rig.let_go();
    for (Peer& peer : peers)
        BOOST_TEST(rig.reply(peer).has_value());
}

BOOST_AUTO_TEST_CASE(an_exception_becomes_a_500_and_a_forgotten_decision_too) {
    struct Odd {};
    const auto handler = [](Rig&, const http::Request& request) -> boost::asio::awaitable<http::Response> {
        if (request.body() == "at once") throw std::runtime_error("secret");
        if (request.body() == "odd") throw Odd();
        co_await boost::asio::post(co_await boost::asio::this_coro::executor, boost::asio::use_awaitable);
        if (request.body() == "later") throw std::bad_alloc();
        co_return http::Response();
    };
    Rig rig({}, handler);
    for (const char* body : {"at once", "odd", "later"}) {
        auto peer = rig.peer();
        BOOST_REQUIRE(peer.send(post(body)));
        const auto reply = rig.reply(peer);
        BOOST_REQUIRE(reply.has_value());
        BOOST_TEST(reply->status().starts_with("Status: 500"));
        BOOST_TEST((reply->out.find("secret") == std::string::npos));
        BOOST_TEST(rig.closes(peer));
    }
    auto peer = rig.peer();
    BOOST_REQUIRE(peer.send(post("forgotten")));
    const auto reply = rig.reply(peer);
    BOOST_REQUIRE(reply.has_value());
    BOOST_TEST(reply->status().starts_with("Status: 500"));
}

BOOST_AUTO_TEST_CASE(head_has_no_body) {
    Rig rig;
    auto peer = rig.peer();
    BOOST_REQUIRE(peer.send(wire::request({{"REQUEST_METHOD", "HEAD"}}, "comes back to a GET")));
    const auto reply = rig.reply(peer);
    BOOST_REQUIRE(reply.has_value());
    BOOST_TEST(reply->body().empty());
    BOOST_TEST((reply->out.find("Content-Length: 19\r\n") != std::string::npos));
}

// nginx sends the length of the main request with a subrequest that has no body; and nothing is allocated by it.
BOOST_AUTO_TEST_CASE(content_length_is_only_a_parameter) {
    Rig rig;
    auto peer = rig.peer();
    for (const char* length : {"", "-1", "1e3", "0x10", "99999999999999999999", "5 ", "+5", "17"}) {
        rig.seen.clear();
        BOOST_REQUIRE(peer.send(wire::request({{"CONTENT_LENGTH", length}}, "four")));
        BOOST_TEST(rig.reply(peer).has_value());
        BOOST_REQUIRE(rig.seen.size() == 1U);
        BOOST_TEST(rig.seen[0].body == "four");
        BOOST_TEST(rig.seen[0].params[0].second == length);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::fastcgi
