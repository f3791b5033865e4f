// SPDX-License-Identifier: Apache-2.0
// Goal: every error that Redis can answer has one meaning, a handshake makes only a serving master usable, and attempts
// to connect neither hammer a server that is away nor miss its return.
#include "storage/redis/backoff.h"
#include "storage/redis/handshake.h"
#include "storage/redis/reply.h"

#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace gatehouse;

namespace {

using Type = RedisReply::Type;

const std::string run_id(40, 'a');

RedisReply info(const std::string& id) {
    return {Type::string, 0, "# Server\r\nredis_version:7.0.15\r\nrun_id:" + id + "\r\ntcp_port:0\r\n", {}};
}
RedisReply role(const std::string& name) {
    return {Type::array, 0, {}, {{Type::string, 0, name, {}}}};
}
RedisReply status(const std::string& text) {
    return {Type::status, 0, text, {}};
}
RedisReply error(const std::string& text) {
    return {Type::error, 0, text, {}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(redis_replies)

BOOST_AUTO_TEST_CASE(errors_have_a_meaning) {
    struct Row {
        std::string text;
        std::optional<StoreError> meaning;
        bool ends;
    };
    const auto later = StoreError::unavailable;
    const auto no = StoreError::refused;
    const std::vector<Row> rows = {
        {"LOADING Redis is loading the dataset in memory", later, false},
        {"MASTERDOWN Link with MASTER is down", later, true},
        {"BUSY Redis is busy running a script", later, false},
        {"CLUSTERDOWN The cluster is down", later, false},
        {"TRYAGAIN Multiple keys request during rehashing", later, false},
        {"UNBLOCKED force unblock", later, false},
        {"EXECABORT Transaction discarded", later, false},
        {"ERR max number of clients reached", later, true},
        {"READONLY You can't write against a read only replica.", no, true},
        {"NOAUTH Authentication required.", no, true},
        {"WRONGPASS invalid username-password pair", no, true},
        {"OOM command not allowed when used memory > 'maxmemory'.", no, false},
        {"MISCONF Redis is configured to save RDB snapshots", no, false},
        {"NOREPLICAS Not enough good replicas to write.", no, false},
        {"NOPERM this user has no permissions", no, false},
        {"DENIED Redis is running in protected mode", no, false},
        {"MOVED 3999 127.0.0.1:6381", no, false},
        {"ASK 3999 127.0.0.1:6381", no, false},
        {"ERR unknown command", no, false},
        {"", no, false},
        {"LOADINGLY", no, false},
        {"WRONGTYPE Operation against a key holding the wrong kind of value", std::nullopt, false},
        {"NOSCRIPT No matching script.", std::nullopt, false},
    };
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.text) {
            BOOST_TEST((meaning_of(row.text) == row.meaning));
            BOOST_TEST(ends_connection(row.text) == row.ends);
        }
    }
    BOOST_TEST(error("WRONGTYPE Operation").is_error("WRONGTYPE"));
    BOOST_TEST(!error("WRONGTYPED").is_error("WRONGTYPE"));
    BOOST_TEST(!status("WRONGTYPE").is_error("WRONGTYPE"));
}

BOOST_AUTO_TEST_CASE(the_handshake_logs_in_only_with_a_password) {
    using Commands = std::vector<std::vector<std::string>>;
    const Commands questions = {{"INFO", "server"}, {"ROLE"}, {"PING"}};
    BOOST_TEST((handshake_commands({}) == questions));

    RedisAddress address;
    address.password = "secret\r\n";
    address.database = 2;
    Commands expected = {{"AUTH", "secret\r\n"}, {"SELECT", "2"}};
    expected.insert(expected.end(), questions.begin(), questions.end());
    BOOST_TEST((handshake_commands(address) == expected));

    address.user = "gate";
    expected[0] = {"AUTH", "gate", "secret\r\n"};
    BOOST_TEST((handshake_commands(address) == expected));
}

BOOST_AUTO_TEST_CASE(only_a_serving_master_is_usable) {
    const auto ok = status("OK");
    const auto pong = status("PONG");
    for (const auto& before : std::vector<std::vector<RedisReply>>{{}, {ok}, {ok, ok}}) {
        auto replies = before;
        for (const auto& reply : {info(run_id), role("master"), pong})
            replies.push_back(reply);
        BOOST_TEST(judge_handshake(replies).run_id == run_id);
    }
    struct Row {
        std::vector<RedisReply> replies;
        std::string trouble;
    };
    const std::string no_id = "INFO names no run_id";
    const std::vector<Row> rows = {
        {{}, "too few answers to the handshake"},
        {{ok, pong}, "too few answers to the handshake"},
        {{error("WRONGPASS no"), error("NOAUTH"), error("NOAUTH"), error("NOAUTH")}, "WRONGPASS no"},
        {{info(run_id), role("master"), error("LOADING")}, "LOADING"},
        {{info(run_id), role("slave"), pong}, "the server is not a master"},
        {{info(run_id), role("sentinel"), pong}, "the server is not a master"},
        {{info(run_id), {Type::array, 0, {}, {}}, pong}, "the server is not a master"},
        {{info(run_id), status("master"), pong}, "the server is not a master"},
        {{info(run_id), role("master"), ok}, "PING was not answered by PONG"},
        {{info(""), role("master"), pong}, no_id},
        {{info(std::string(39, 'a')), role("master"), pong}, no_id},
        {{info(std::string(40, 'G')), role("master"), pong}, no_id},
        {{status("run_id:" + run_id), role("master"), pong}, no_id},
        {{pong, info(run_id), role("master")}, no_id},
    };
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT(row.trouble << ", " << row.replies.size() << " replies") {
            const auto identity = judge_handshake(row.replies);
            BOOST_TEST(identity.run_id == "");
            BOOST_TEST(identity.trouble == row.trouble);
        }
    }
}

BOOST_AUTO_TEST_CASE(pauses_between_attempts) {
    constexpr std::size_t quick = 3;
    BOOST_TEST(pause_before_attempt(0, quick, 1.0).count() == 0);
    for (std::size_t failures = 1; failures <= quick; ++failures)
        BOOST_TEST(pause_before_attempt(failures, quick, 0.5).count() == 20);
    const std::vector<std::pair<std::size_t, int>> longest = {{4, 100}, {5, 200}, {6, 400},
                                                              {7, 500}, {8, 500}, {1'000'000, 500}};
    for (const auto& [failures, pause] : longest) {
        BOOST_TEST_CONTEXT(failures) {
            BOOST_TEST(pause_before_attempt(failures, quick, 0.0).count() == pause);
            BOOST_TEST(pause_before_attempt(failures, quick, 1.0).count() == pause / 2);
            BOOST_TEST(pause_before_attempt(failures, quick, -7.0).count() == pause);
        }
    }
}

BOOST_AUTO_TEST_CASE(failures_in_a_row) {
    Backoff backoff(100, 1); // far too many
    for (int failure = 0; failure < 10; ++failure)
        BOOST_TEST(backoff.after(Millis{failure * 100}).count() == 20);
    const auto then = backoff.after(Millis{0}).count();
    BOOST_TEST((then >= 50 && then <= 100));
    BOOST_TEST(backoff.after(Millis{1000}).count() == 0);
    BOOST_TEST(backoff.after(Millis{999}).count() == 20);
}

BOOST_AUTO_TEST_CASE(an_error_is_shown_without_the_arguments) {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"ERR unknown command 'AUTH', with args beginning with: 'secret' ", "ERR unknown command 'AUTH'"},
        {"WRONGPASS invalid username-password pair", "WRONGPASS invalid username-password pair"},
        {"", "an error without a word"},
    };
    for (const auto& [text, shown] : rows)
        BOOST_TEST(without_arguments(text) == shown);
    BOOST_TEST(judge_handshake({error(rows[0].first)}).trouble == rows[0].second);
}

BOOST_AUTO_TEST_SUITE_END()
