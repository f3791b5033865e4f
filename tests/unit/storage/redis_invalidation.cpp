// SPDX-License-Identifier: Apache-2.0
// Goal: the greeting of a Redis that tells what has changed arms only after every answer was right and in its turn,
// says why it did not, and leaves nothing over for the next connection.
#include "redis_talk.h"

#include <algorithm>

using namespace gatehouse;
using namespace gatehouse::talk;

BOOST_AUTO_TEST_SUITE(redis_invalidation)

BOOST_AUTO_TEST_CASE(what_is_said) {
    Talk talk;
    BOOST_TEST(talk.state.trouble() == "not started");
    talk.state.begin(talk.now);
    BOOST_TEST((talk.state.connected().commands == Commands{{"INFO", "server"}, {"ROLE"}, {"PING"}, {"CLIENT", "ID"}}));
    const auto replies = welcome();
    for (std::size_t at = 0; at < 3; ++at)
        BOOST_TEST(talk.hear(replies[at]).commands.empty());
    const Commands tracking = {{"CLIENT", "TRACKING", "on", "REDIRECT", "7", "BCAST", "PREFIX", "identity:"},
                               {"SUBSCRIBE", channel}};
    BOOST_TEST((talk.hear(replies[3]).commands == tracking));
    BOOST_TEST((talk.hear(replies[4]).event == Event::none));
    BOOST_TEST(talk.state.run_id() == "");
    BOOST_TEST((talk.hear(replies[5]).event == Event::armed));
    BOOST_TEST(talk.state.armed());
    BOOST_TEST(talk.state.run_id() == run_id);
    BOOST_TEST(talk.state.trouble() == "");
    BOOST_TEST(talk.state.stats().arms == 1U);
    BOOST_TEST((talk.look_after(Millis{250}).commands == Commands{{"SUBSCRIBE", channel}}));
}

BOOST_AUTO_TEST_CASE(it_logs_in_first) {
    RedisAddress address;
    address.user = "gate";
    address.password = "secret";
    address.database = 3;
    Talk talk(address);
    talk.state.begin(talk.now);
    const auto commands = talk.state.connected().commands;
    BOOST_TEST(
        (commands ==
         Commands{
             {"AUTH", "gate", "secret"}, {"SELECT", "3"}, {"INFO", "server"}, {"ROLE"}, {"PING"}, {"CLIENT", "ID"}}));
    auto replies = welcome();
    replies.insert(replies.begin(), {status("OK"), status("OK")});
    for (auto& reply : replies)
        talk.hear(std::move(reply));
    BOOST_TEST(talk.state.armed());

    Talk refused(address);
    refused.connect();
    check_over(refused, refused.hear(error("ERR unknown command 'AUTH', with args beginning with: 'gate' 'secret' ")),
               Event::none);
    BOOST_TEST(refused.state.trouble() == "ERR unknown command 'AUTH'");
}

BOOST_AUTO_TEST_CASE(only_one_order_of_the_answers_arms) {
    std::vector<std::size_t> order = {0, 1, 2, 3, 4, 5};
    int armed = 0;
    int orders = 0;
    do {
        Talk talk;
        talk.connect();
        bool over = false;
        for (const std::size_t at : order)
            over = talk.hear(welcome()[at]).over || over;
        BOOST_TEST(talk.state.armed() != over);
        BOOST_TEST((!talk.state.armed() || std::is_sorted(order.begin(), order.end())));
        armed += talk.state.armed() ? 1 : 0;
        ++orders;
    } while (std::next_permutation(order.begin(), order.end()));
    BOOST_TEST(orders == 720);
    BOOST_TEST(armed == 1);
}

BOOST_AUTO_TEST_CASE(whatever_is_wrong_before_it_is_armed_ends_it) {
    struct Row {
        std::size_t at; ///< the answer that is replaced
        RedisReply by;
        std::string trouble;
    };
    const std::string nonsense = "an answer that makes no sense";
    const std::string no_client = "CLIENT ID names no client";
    const std::string not_allowed = "NOPERM this user has no permissions to run the 'client|tracking' command";
    const std::vector<Row> rows = {
        {0, error("NOAUTH Authentication required."), "NOAUTH Authentication required."},
        {0, error("ERR max number of clients reached"), "ERR max number of clients reached"},
        {0, text("no id here"), "INFO names no run_id"},
        {0, {}, "INFO names no run_id"},
        {1, role("slave"), "the server is not a master"},
        {1, error("ERR unknown command 'ROLE'"), "ERR unknown command 'ROLE'"},
        {2, error("LOADING Redis is loading"), "LOADING Redis is loading"},
        {2, error("MASTERDOWN Link down"), "MASTERDOWN Link down"},
        {2, status("OK"), "PING was not answered by PONG"},
        {3, error("ERR unknown subcommand 'ID'. Try CLIENT HELP."), "ERR unknown subcommand 'ID'. Try CLIENT HELP."},
        {3, number(0), no_client},
        {3, number(-1), no_client},
        {3, text("7"), no_client},
        {3, {}, no_client},
        {4, error(not_allowed), not_allowed},
        {4, error("ERR The client ID you want redirect to does not exist"),
         "ERR The client ID you want redirect to does not exist"},
        {4, status("QUEUED"), nonsense},
        {4, text("OK"), nonsense},
        {4, message({}), nonsense},
        {5, error("NOPERM this user has no permissions to access one of the channels used as arguments"),
         "NOPERM this user has no permissions to access one of the channels used as arguments"},
        {5, list({text("subscribe"), text("another"), number(1)}), nonsense},
        {5, list({text("psubscribe"), text(channel), number(1)}), nonsense},
        {5, list({text("subscribe"), text(channel), number(2)}), nonsense},
        {5, list({text("subscribe"), text(channel), text("1")}), nonsense},
        {5, list({text("subscribe"), text(channel)}), nonsense},
        {5, list({number(0), number(0), number(1)}), nonsense},
        {5, message(list({text("identity:x")})), nonsense},
        {5, status("OK"), nonsense},
        {5, list({}), nonsense},
        {5, {}, nonsense},
    };
    for (const auto& row : rows) {
        BOOST_TEST_CONTEXT("answer " << row.at << ": " << row.trouble) {
            Talk talk;
            talk.connect();
            auto replies = welcome();
            replies[row.at] = row.by;
            InvalidationStep step;
            for (auto& reply : replies)
                if (!step.over) step = talk.hear(std::move(reply));
            BOOST_TEST(talk.state.trouble() == row.trouble);
            check_over(talk, step, Event::none);
        }
    }
}

BOOST_AUTO_TEST_CASE(it_must_be_armed_in_time) {
    for (std::size_t answers = 0; answers < welcome().size(); ++answers) {
        BOOST_TEST_CONTEXT(answers) {
            Talk talk;
            talk.connect();
            for (std::size_t at = 0; at < answers; ++at)
                talk.hear(welcome()[at]);
            const auto due = talk.now + Millis{1000};
            BOOST_TEST((talk.state.next_look() == due));
            BOOST_TEST(!talk.look_after(Millis{999}).over);
            check_over(talk, talk.look_after(Millis{1}), Event::none);
            BOOST_TEST(talk.state.trouble() == "no answer in time");
        }
    }
    Talk talk;
    talk.state.begin(talk.now);
    check_over(talk, talk.look_after(Millis{1000}), Event::none);
    BOOST_TEST(talk.state.connected().over); // the connect came through after all
    BOOST_TEST(talk.state.connected().commands.empty());
}

BOOST_AUTO_TEST_CASE(an_answer_before_anything_was_said) {
    Talk talk;
    talk.state.begin(talk.now);
    check_over(talk, talk.hear(status("OK")), Event::none);
    Talk denied;
    denied.state.begin(denied.now);
    check_over(denied, denied.hear(error("DENIED Redis is running in protected mode")), Event::none);
    BOOST_TEST(denied.state.trouble() == "DENIED Redis is running in protected mode");
}

BOOST_AUTO_TEST_CASE(the_next_connection_begins_with_nothing) {
    for (std::size_t answers = 0; answers <= welcome().size(); ++answers) {
        BOOST_TEST_CONTEXT(answers) {
            Talk talk;
            talk.connect();
            for (std::size_t at = 0; at < answers; ++at)
                talk.hear(welcome()[at]);
            const bool was_armed = talk.state.armed();
            check_over(talk, talk.state.broken("connection closed"), was_armed ? Event::lost : Event::none);
            BOOST_TEST(talk.state.trouble() == "connection closed");
            talk.connect();
            BOOST_TEST(talk.state.run_id() == "");
            for (std::size_t at = 0; at + 1 < welcome().size(); ++at) {
                BOOST_TEST((talk.hear(welcome()[at]).event == Event::none));
                BOOST_TEST(!talk.proven_in(nanoseconds{0}));
            }
            BOOST_TEST((talk.hear(welcome().back()).event == Event::armed));
            BOOST_TEST(talk.proven_in(Millis{900}));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
