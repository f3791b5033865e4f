// SPDX-License-Identifier: Apache-2.0
// Goal: the listener keeps its limits, survives a lack of descriptors, serves on descriptors beyond 1024, and drains
// without losing a request that somebody has sent.
#include "tests/unit/fastcgi/rig.h"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <sys/resource.h>

namespace gatehouse::fastcgi {

namespace {

const std::string request = wire::request(wire::usual_params(), "body");

ListenerOptions room_for(std::size_t connections) {
    ListenerOptions options;
    options.max_connections = connections;
    return options;
}

/// Descriptors that take up all numbers below a limit, or all that the process may have.
class Hoard {
  public:
    void fill(std::size_t count) {
        for (int fd = 0; fds_.size() < count && (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;)
            fds_.push_back(fd);
    }
    ~Hoard() { clear(); }
    void clear() {
        for (const int fd : fds_)
            ::close(fd);
        fds_.clear();
    }
    [[nodiscard]] int highest() const { return fds_.empty() ? -1 : fds_.back(); }

  private:
    std::vector<int> fds_;
};

/// Changes the limit of open descriptors for its lifetime.
class DescriptorLimit {
  public:
    explicit DescriptorLimit(rlim_t limit) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        const rlimit wanted{std::min(limit, before_.rlim_max), before_.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &wanted);
    }
    ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    DescriptorLimit(const DescriptorLimit&) = delete;
    DescriptorLimit& operator=(const DescriptorLimit&) = delete;

  private:
    rlimit before_{};
};

} // namespace

BOOST_AUTO_TEST_SUITE(listener)

BOOST_AUTO_TEST_CASE(one_connection_too_many_ends_the_longest_idle_one) {
    Rig rig(room_for(3));
    std::vector<Peer> peers;
    for (int i = 0; i < 3; ++i) {
        peers.push_back(rig.peer());
        BOOST_REQUIRE(peers.back().send(request));
        BOOST_REQUIRE(rig.reply(peers.back()).has_value());
    }
    BOOST_REQUIRE(peers[0].send(request)); // now the second one is the longest idle
    BOOST_REQUIRE(rig.reply(peers[0]).has_value());
    auto more = rig.peer();
    BOOST_REQUIRE(more.send(request));
    BOOST_TEST(rig.reply(more).has_value());
    BOOST_TEST(rig.closes(peers[1]));
    BOOST_TEST(!peers[0].closed());
    BOOST_TEST(!peers[2].closed());
}

BOOST_AUTO_TEST_CASE(if_all_are_busy_the_new_one_goes) {
    Rig rig(room_for(2), Rig::slowly);
    auto busy = rig.peer();
    auto half = rig.peer();
    BOOST_REQUIRE(busy.send(request) && half.send(request.substr(0, 20)));
    BOOST_REQUIRE(rig.until([&] { return rig.waiting == 1 && rig.listener().requests_under_way() == 2; }));
    auto more = rig.peer();
    BOOST_TEST(rig.closes(more));
    BOOST_TEST(!busy.closed());
    BOOST_TEST(!half.closed());
    rig.let_go();
    BOOST_TEST(rig.reply(busy).has_value());
}

BOOST_AUTO_TEST_CASE(many_mute_connections_keep_nobody_out) {
    Rig rig(room_for(50));
    std::vector<Peer> mute;
    mute.reserve(200);
    for (int i = 0; i < 200; ++i)
        mute.push_back(rig.peer());
    auto peer = rig.peer();
    BOOST_REQUIRE(peer.send(request));
    BOOST_TEST(rig.reply(peer).has_value());
    BOOST_TEST(rig.until([&] { return rig.listener().stats().accepted == 201; }));
    BOOST_TEST(rig.closes(mute.front()));
}

BOOST_AUTO_TEST_CASE(descriptors_beyond_1024_work) {
    const DescriptorLimit limit(8192);
    Hoard hoard;
    hoard.fill(3000);
    BOOST_REQUIRE_GT(hoard.highest(), 1024);
    Rig rig;
    auto peer = rig.peer();
    for (int round = 0; round < 2; ++round) {
        BOOST_REQUIRE(peer.send(request));
        const auto reply = rig.reply(peer);
        BOOST_REQUIRE(reply.has_value());
        BOOST_TEST(reply->body() == "body");
    }
}

BOOST_AUTO_TEST_CASE(without_descriptors_it_waits_and_goes_on_when_there_are_some) {
    Rig rig;
    auto waiting = rig.peer();
    BOOST_REQUIRE(waiting.send(request));
    std::size_t turns = 0;
    {
        const DescriptorLimit limit(64);
        Hoard hoard;
        hoard.fill(1000);
        const auto end = std::chrono::steady_clock::now() + Millis{300};
        while (std::chrono::steady_clock::now() < end)
            turns += rig.loop().run_one_until(end);
    }
    BOOST_TEST(turns < 50U, "a busy loop: " << turns);
    BOOST_TEST(rig.reply(waiting).has_value());
}

BOOST_AUTO_TEST_CASE(without_descriptors_an_idle_connection_makes_room) {
    Rig rig;
    auto resting = rig.peer();
    BOOST_REQUIRE(resting.send(request));
    BOOST_REQUIRE(rig.reply(resting).has_value());
    auto next = rig.peer();
    const DescriptorLimit limit(64);
    Hoard hoard;
    hoard.fill(1000);
    BOOST_REQUIRE(next.send(request));
    BOOST_TEST(rig.reply(next).has_value());
    BOOST_TEST(rig.closes(resting));
}

BOOST_AUTO_TEST_CASE(drain_answers_what_is_under_way_and_ends_the_rest) {
    Rig rig({}, [](Rig& r, const http::Request& asked) {
        return asked.param("FAST").empty() ? Rig::slowly(r, asked) : Rig::echo(r, asked);
    });
    auto resting = rig.peer();
    auto fresh = rig.peer();
    auto half = rig.peer();
    auto busy = rig.peer();
    BOOST_REQUIRE(resting.send(wire::request({{"FAST", "1"}})));
    BOOST_REQUIRE(rig.reply(resting).has_value());
    BOOST_REQUIRE(busy.send(request));
    BOOST_REQUIRE(half.send(request.substr(0, 40)));
    BOOST_REQUIRE(rig.until([&] { return rig.waiting == 1 && rig.listener().requests_under_way() == 2; }));

    const auto cut_off = rig.drain(Millis{5000});
    BOOST_TEST(rig.closes(resting));
    BOOST_TEST(rig.closes(fresh));
    BOOST_TEST(!cut_off->has_value());
    BOOST_CHECK_THROW(static_cast<void>(rig.peer()), std::system_error);
    BOOST_TEST(half.send(request.substr(40)), "the rest of a request that had begun is still taken");
    BOOST_REQUIRE(rig.until([&] { return rig.waiting == 2; }));
    rig.let_go();
    BOOST_TEST(rig.reply(busy).has_value());
    BOOST_TEST(rig.reply(half).has_value());
    BOOST_TEST(rig.closes(busy));
    BOOST_TEST(rig.closes(half));
    BOOST_REQUIRE(rig.until([&] { return cut_off->has_value(); }));
    BOOST_TEST(**cut_off == 0U);
}

BOOST_AUTO_TEST_CASE(drain_loses_no_request_that_was_sent_before_it) {
    Rig rig;
    auto resting = rig.peer();
    auto other = rig.peer();
    for (Peer* peer : {&resting, &other}) {
        BOOST_REQUIRE(peer->send(request));
        BOOST_REQUIRE(rig.reply(*peer).has_value());
    }
    // Four that the loop has not seen: on kept connections, before the drain and in its middle, on one that nobody has
    // accepted, and on one that sends later.
    BOOST_REQUIRE(resting.send(request));
    auto queued = rig.peer();
    BOOST_REQUIRE(queued.send(request));
    auto late = rig.peer();
    const auto cut_off = rig.drain(Millis{5000});
    boost::asio::post(rig.loop(), [&] { BOOST_TEST(other.send(request)); });
    BOOST_REQUIRE(rig.until([&] { return rig.listener().stats().accepted == 4; }));
    BOOST_REQUIRE(late.send(request));
    for (Peer* peer : {&resting, &other, &queued, &late}) {
        BOOST_TEST(rig.reply(*peer).has_value());
        BOOST_TEST(rig.closes(*peer));
    }
    BOOST_REQUIRE(rig.until([&] { return cut_off->has_value(); }));
    BOOST_TEST(**cut_off == 0U);
}

BOOST_AUTO_TEST_CASE(drain_does_not_end_before_a_connection_that_is_just_being_accepted) {
    Rig rig;
    auto peer = rig.peer();
    BOOST_REQUIRE(peer.send(request));
    const auto cut_off = rig.drain(Millis{5000});
    BOOST_REQUIRE(rig.until([&] { return cut_off->has_value(); }));
    BOOST_TEST(peer.reply().has_value());
}

BOOST_AUTO_TEST_CASE(while_draining_a_kept_connection_refuses_to_take_more) {
    Rig rig({}, Rig::slowly);
    auto peer = rig.peer();
    auto mute = rig.peer();
    BOOST_REQUIRE(peer.send(request));
    BOOST_REQUIRE(rig.until([&] { return rig.waiting == 1; }));
    const auto cut_off = rig.drain(Millis{30'000});
    BOOST_REQUIRE(rig.closes(mute)); // so the drain has looked at every connection
    rig.let_go();
    BOOST_REQUIRE(rig.reply(peer).has_value());
    BOOST_REQUIRE(rig.until([&] { return cut_off->has_value(); }));
    BOOST_TEST(!peer.send(request), "a request into nothing must fail where it is sent");
}

BOOST_AUTO_TEST_CASE(drain_ends_after_its_grace_and_counts_what_it_cut_off) {
    Rig rig({}, Rig::slowly);
    auto busy = rig.peer();
    auto half = rig.peer();
    BOOST_REQUIRE(busy.send(request) && half.send(request.substr(0, 40)));
    BOOST_REQUIRE(rig.until([&] { return rig.waiting == 1 && rig.listener().requests_under_way() == 2; }));
    const auto cut_off = rig.drain(Millis{50});
    BOOST_REQUIRE(rig.until([&] { return cut_off->has_value(); }));
    BOOST_TEST(**cut_off == 2U);
    BOOST_TEST(rig.closes(busy));
    BOOST_TEST(busy.received().empty());
    rig.let_go(); // the handler ends long after its connection
    BOOST_TEST(rig.until([&] { return rig.listener().requests_under_way() == 0; }));
}

BOOST_AUTO_TEST_CASE(drain_with_nobody_there_ends_at_once) {
    Rig rig;
    const auto begin = std::chrono::steady_clock::now();
    const auto cut_off = rig.drain(Millis{8000});
    BOOST_REQUIRE(rig.until([&] { return cut_off->has_value(); }));
    BOOST_TEST(**cut_off == 0U);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < Millis{4000}));
    BOOST_TEST(!std::filesystem::exists(rig.path()));
}

BOOST_AUTO_TEST_CASE(it_may_end_with_requests_under_way_and_without_a_drain) {
    Rig rig({}, Rig::slowly);
    auto busy = rig.peer();
    BOOST_REQUIRE(busy.send(request));
    BOOST_REQUIRE(rig.until([&] { return rig.waiting == 1; }));
    auto unseen = rig.peer();
    rig.end_listener();
    BOOST_TEST(rig.closes(busy));
    BOOST_TEST(rig.closes(unseen));
    BOOST_TEST(busy.received().empty());
}

BOOST_AUTO_TEST_CASE(after_its_end_it_calls_no_handler) {
    Rig rig;
    auto first = rig.peer();
    auto second = rig.peer();
    BOOST_REQUIRE(first.send(request) && second.send(request));
    // It ends when the first one's bytes and the second one's connection have been taken from the kernel, but not
    // looked at.
    boost::asio::post(rig.loop(), [&] { boost::asio::post(rig.loop(), [&] { rig.end_listener(); }); });
    BOOST_TEST(rig.closes(first));
    BOOST_TEST(rig.closes(second));
    BOOST_TEST(rig.seen.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::fastcgi
