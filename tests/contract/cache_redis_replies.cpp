// SPDX-License-Identifier: Apache-2.0
// Goal: a server that lies about lengths, types and order, or answers in crumbs, costs its connection and nothing else:
// no memory, no crash, and never an answer for the wrong caller.
#include "cache_suite.h"
#include "lying_redis.h"

#include "storage/redis/session_value.h"

#include <fstream>
#include <unistd.h>

namespace gatehouse::testing::cache_redis_replies {
namespace {

const std::string run_id = "0123456789abcdef0123456789abcdef01234567";

std::string bulk(const std::string& text) {
    return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

std::vector<std::string> crumbs(const std::string& text) {
    std::vector<std::string> pieces;
    for (const char c : text)
        pieces.emplace_back(1, c);
    return pieces;
}

std::size_t resident_bytes() {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

struct Lies {
    explicit Lies(LyingRedis::Script script)
        : server(loop.io, std::move(script)), link(loop.io.get_executor(), {.url = server.url()}), cache(link) {
        link.start();
        BOOST_REQUIRE_MESSAGE(comes_up(), link.trouble());
    }
    bool comes_up() {
        return loop.until([this] { return link.up(); }, Millis{1000});
    }
    Result<RedisReply> command(const std::string& name, Millis limit = Millis{1000}) {
        RedisLink::Command one{name};
        return loop.wait(link.command(std::move(one), deadline_in(limit)));
    }
    Result<SessionCopy> find(const Session& session) {
        return loop.wait(cache.find(session.key, CacheBench::now(), CacheBench::soon()));
    }

    LinkLoop loop;
    LyingRedis server;
    RedisLink link;
    RedisSessionCache cache;
};

} // namespace

BOOST_AUTO_TEST_SUITE(redis_replies)

BOOST_AUTO_TEST_CASE(every_kind_of_reply_is_understood_even_in_crumbs) {
    using Type = RedisReply::Type;
    struct Row {
        std::string text;
        Type type;
        std::int64_t integer;
        std::string value;
        std::size_t elements;
    };
    const std::vector<Row> rows = {
        {"$5\r\nhello\r\n", Type::string, 0, "hello", 0},
        {"$0\r\n\r\n", Type::string, 0, "", 0},
        {"$7", Type::string, 0, "", 0},
        {"$-1\r\n", Type::nil, 0, "", 0},
        {"*-1\r\n", Type::nil, 0, "", 0},
        {"+OK\r\n", Type::status, 0, "OK", 0},
        {":-42\r\n", Type::integer, -42, "", 0},
        {"*0\r\n", Type::array, 0, "", 0},
        {"*3\r\n:1\r\n$-1\r\n*1\r\n+x\r\n", Type::array, 0, "", 3},
        {"-WRONGTYPE Operation\r\n", Type::error, 0, "WRONGTYPE Operation", 0},
    };
    for (auto row : rows) {
        if (row.text.starts_with("$7")) {
            row.value = std::string("a\0b\r\n\xff\x01", 7);
            row.text = bulk(row.value);
        }
        for (const bool whole : {true, false}) {
            BOOST_TEST_CONTEXT(row.text << (whole ? " whole" : " in crumbs")) {
                Lies lies([&](const auto&) { return whole ? std::vector{row.text} : crumbs(row.text); });
                const auto reply = lies.command("X");
                BOOST_REQUIRE(reply);
                BOOST_TEST((reply->type == row.type));
                BOOST_TEST(reply->integer == row.integer);
                BOOST_TEST(reply->text == row.value);
                BOOST_TEST(reply->elements.size() == row.elements);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(errors_become_store_errors) {
    const auto later = StoreError::unavailable;
    const auto no = StoreError::refused;
    struct Row {
        std::string text;
        StoreError meaning;
        bool link_stays;
    };
    const std::vector<Row> rows = {{"LOADING Redis is loading", later, true},
                                   {"BUSY Redis is busy", later, true},
                                   {"MASTERDOWN Link with MASTER is down", later, false},
                                   {"OOM command not allowed", no, true},
                                   {"READONLY You can't write", no, false},
                                   {"NOAUTH Authentication required.", no, false},
                                   {"MOVED 1 a:1", no, true},
                                   {"ERR max number of clients reached", later, false},
                                   {"NOPERM no", no, true},
                                   {"", no, true}};
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.text) {
            Lies lies([&](const auto&) { return std::vector{"-" + row.text + "\r\n"}; });
            const auto session = cached_session(1);
            BOOST_TEST(lies.find(session).error() == make_error_code(row.meaning));
            BOOST_TEST(lies.comes_up());
            BOOST_TEST(lies.loop.wait(lies.cache.populate(session, Seconds{60}, CacheBench::soon())).error() ==
                       make_error_code(row.meaning));
            BOOST_TEST(lies.comes_up());
            BOOST_TEST(
                lies.loop.wait(lies.cache.tombstone({ended(session)}, CacheBench::now(), CacheBench::soon())).error() ==
                make_error_code(row.meaning));
            lies.loop.until([] { return false; }, Millis{20});
            BOOST_TEST((lies.link.stats().losses == 0) == row.link_stays);
        }
    }
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_ends_the_connection) {
    const std::vector<std::string> texts = {
        "$-2\r\n", "$x\r\n", "$99999999999999999999\r\n", "*1073741824\r\n", "*2147483647\r\n", "*2147483648\r\n",
        "*-5\r\n", "*1025\r\n", ":x\r\n", ":99999999999999999999\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n",
        // RESP3, and what is no protocol at all
        "_\r\n", "#t\r\n", ",1.5\r\n", "(123\r\n", "%1\r\n+a\r\n+b\r\n", "~1\r\n+a\r\n", ">2\r\n+a\r\n+b\r\n",
        "=7\r\ntxt:abc\r\n", "!5\r\nERR x\r\n", "|1\r\n+a\r\n+b\r\n", "HTTP/1.1 400 Bad Request\r\n\r\n", "\r\n",
        std::string(1, '\0'),
        std::string("*1024\r\n") + "*1024\r\n", // more in all than a reply may have
        bulk(std::string(64 * 1024 + 1, 'x')), "+" + std::string(200'000, 'x'),
        "$99999999999\r\n" + std::string(200'000, 'x')};
    const auto before = resident_bytes();
    for (const auto& text : texts) {
        BOOST_TEST_CONTEXT(text.substr(0, 40)) {
            Lies lies([&](const auto&) { return std::vector{text}; });
            BOOST_TEST(lies.command("X").error() == make_error_code(StoreError::unavailable));
            BOOST_TEST(lies.link.stats().losses == 1U);
            BOOST_TEST(lies.link.trouble() != "");
            BOOST_TEST(lies.comes_up());
        }
    }
    BOOST_TEST(resident_bytes() < before + 32 * 1024 * 1024);
}

BOOST_AUTO_TEST_CASE(what_never_ends_is_timed_out) {
    for (const std::string text : {"", "$1000\r\n0123456789", "$99999999999\r\nx", "$9223372036854775807\r\nx\r\n",
                                   "*2\r\n:1\r\n", "+OK", ":", "$"}) {
        BOOST_TEST_CONTEXT(text) {
            Lies lies([&](const auto&) { return std::vector{text}; });
            const auto start = std::chrono::steady_clock::now();
            BOOST_TEST(lies.command("X", Millis{50}).error() == make_error_code(StoreError::timed_out));
            BOOST_TEST((std::chrono::steady_clock::now() - start < Millis{200}));
            BOOST_TEST(lies.comes_up());
        }
    }
}

BOOST_AUTO_TEST_CASE(a_type_that_does_not_fit_is_no_answer) {
    for (const std::string text : {"$-1\r\n", ":1\r\n", "*0\r\n", "*1\r\n$1\r\nx\r\n", "+OK\r\n", "-NOSCRIPT x\r\n"}) {
        BOOST_TEST_CONTEXT(text) {
            Lies lies([&](const auto&) { return std::vector{text}; });
            BOOST_TEST(lies.find(cached_session(1)).error() == make_error_code(StoreError::unavailable));
            BOOST_TEST(lies.link.stats().losses == 1U);
            BOOST_TEST(lies.cache.stats().mismatched == 1U);
        }
    }
    Lies lies([](const auto&) { return std::vector<std::string>{":1\r\n"}; });
    const std::vector<EndedSession> all{ended(cached_session(1)), ended(cached_session(2))};
    BOOST_TEST(lies.loop.wait(lies.cache.tombstone(all, CacheBench::now(), CacheBench::soon())).error() ==
               make_error_code(StoreError::unavailable));
}

BOOST_AUTO_TEST_CASE(a_reply_that_nobody_asked_for_ends_the_connection) {
    for (const std::string extra : {"+OK\r\n", ":1\r\n", "$1\r\nx\r\n", "*1\r\n:1\r\n", "$-1\r\n", "-ERR x\r\n"}) {
        BOOST_TEST_CONTEXT(extra) {
            // With an answer, in one packet …
            Lies lies([&](const auto&) { return std::vector{":7\r\n" + extra}; });
            BOOST_TEST(lies.command("X").value().integer == 7);
            BOOST_TEST(lies.loop.until([&] { return lies.link.stats().losses == 1; }, Millis{1000}));
            // … and out of the blue.
            BOOST_REQUIRE(lies.comes_up());
            lies.server.blurt(extra);
            BOOST_TEST(lies.loop.until([&] { return lies.link.stats().losses == 2; }, Millis{1000}));
            BOOST_REQUIRE(lies.comes_up());
            BOOST_TEST(lies.command("X").value().integer == 7);
        }
    }
}

BOOST_AUTO_TEST_CASE(replies_shifted_by_one_give_nobody_anothers_session) {
    // Each answer is the one that the command before should have had.
    const auto first = cached_session(1);
    const auto second = cached_session(2);
    std::string late = encode_live(first, run_id);
    Lies lies([&](const LyingRedis::Command& command) {
        if (command.front() != "GETRANGE") return std::vector<std::string>{":0\r\n"};
        std::string reply = bulk(late);
        late = encode_live(second, run_id);
        return std::vector{reply};
    });
    BOOST_TEST(is_absent(lies.find(second).value()));
    BOOST_TEST(lies.cache.stats().mismatched == 1U);
    BOOST_TEST(lies.link.stats().losses == 1U);
}

BOOST_AUTO_TEST_CASE(commands_of_one_moment_leave_together) {
    Lies lies([](const LyingRedis::Command& command) { return std::vector{bulk(command.at(1))}; });
    std::vector<boost::asio::awaitable<Result<RedisReply>>> all;
    for (int i = 0; i < 200; ++i) {
        RedisLink::Command command{"ECHO", std::to_string(i)};
        all.push_back(lies.link.command(std::move(command), CacheBench::soon()));
    }
    const auto replies = lies.loop.wait_all(std::move(all));
    for (std::size_t i = 0; i < replies.size(); ++i)
        BOOST_TEST(replies[i].value().text == std::to_string(i));
    BOOST_TEST(lies.server.reads() == 1U);
}

BOOST_AUTO_TEST_CASE(a_server_that_hangs_up_is_not_hammered) {
    Lies lies([](const auto&) { return std::vector<std::string>{"$bye\r\n"}; });
    lies.server.hang_up_on_all();
    const auto before = lies.server.accepted();
    BOOST_TEST(lies.command("X").error() == make_error_code(StoreError::unavailable));
    lies.loop.until([] { return false; }, Millis{2000});
    const auto attempts = lies.server.accepted() - before;
    BOOST_TEST(attempts > 3U);   // it does try
    BOOST_TEST(attempts <= 15U); // three in quick succession, then fewer than one in 100 ms
    BOOST_TEST(!lies.link.up());
}

BOOST_AUTO_TEST_CASE(a_server_that_throws_us_out_is_not_hammered_either) {
    Lies lies([](const auto&) { return std::vector<std::string>{"-NOAUTH Authentication required.\r\n"}; });
    const auto end = deadline_in(Millis{2000});
    const auto before = lies.server.accepted();
    while (std::chrono::steady_clock::now() < end)
        lies.command("X");
    BOOST_TEST(lies.server.accepted() - before <= 15U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::testing::cache_redis_replies
