// SPDX-License-Identifier: Apache-2.0
// Goal: while a Redis tells what has changed, the past is never taken for proof, a loss is told once, and nothing is
// told of a connection that is over.
#include "redis_talk.h"

using namespace gatehouse;
using namespace gatehouse::talk;

BOOST_AUTO_TEST_SUITE(redis_invalidation)

BOOST_AUTO_TEST_CASE(the_age_of_the_proof_counts_from_sending) {
    Talk talk;
    talk.connect();
    auto replies = welcome();
    for (std::size_t at = 0; at < 4; ++at)
        talk.hear(replies[at]);
    const auto first = talk.now; // the first SUBSCRIBE is sent
    talk.now += Millis{300};
    talk.hear(replies[4]);
    talk.hear(replies[5]);
    BOOST_TEST(talk.state.proven(first + Millis{900}));
    BOOST_TEST(!talk.state.proven(first + Millis{900} + nanoseconds{1}));

    const auto second = talk.now; // that was too slow, so the next one is due at once
    BOOST_TEST((*talk.state.next_look() <= second));
    BOOST_TEST(talk.look_after(nanoseconds{0}).commands.size() == 1U);
    BOOST_TEST(talk.look_after(Millis{600}).commands.empty()); // one at a time
    BOOST_TEST(talk.state.proven(second + Millis{600}));
    BOOST_TEST(!talk.state.proven(second + Millis{601})); // not before it is answered
    BOOST_TEST(!talk.hear(subscribed()).over);
    BOOST_TEST(talk.state.proven(second + Millis{900}));
    BOOST_TEST(!talk.state.proven(second + Millis{901}));
    BOOST_TEST(talk.state.stats().heartbeats == 1U);
}

BOOST_AUTO_TEST_CASE(heartbeats_go_on_for_ever) {
    Talk talk;
    talk.arm();
    for (std::uint64_t beat = 1; beat <= 1000; ++beat) {
        BOOST_TEST((talk.state.next_look() == talk.now + Millis{250}));
        BOOST_TEST(talk.look_after(Millis{249}).commands.empty());
        BOOST_TEST(talk.look_after(Millis{1}).commands.size() == 1U);
        BOOST_TEST((talk.hear(subscribed()).event == Event::none));
        BOOST_TEST(talk.proven_in(Millis{900}));
        BOOST_TEST(talk.state.stats().heartbeats == beat);
    }
    BOOST_TEST(talk.state.stats().arms == 1U);
    BOOST_TEST(talk.state.stats().losses == 0U);
}

BOOST_AUTO_TEST_CASE(a_heartbeat_without_an_answer_ends_it) {
    Talk talk;
    talk.arm().look_after(Millis{250});
    BOOST_TEST((talk.state.next_look() == talk.now + Millis{700}));
    for (int i = 0; i < 3; ++i) // changes that are told are no answer
        BOOST_TEST((talk.hear(message(list({text("identity:x")}))).event == Event::changed));
    BOOST_TEST(!talk.look_after(Millis{699}).over);
    BOOST_TEST(!talk.proven_in(nanoseconds{0})); // it is 949 ms old: the proof ends before the connection does
    check_over(talk, talk.look_after(Millis{1}), Event::lost);
    BOOST_TEST(talk.state.trouble() == "a heartbeat was not answered in time");
}

BOOST_AUTO_TEST_CASE(a_late_answer_proves_only_the_past) {
    for (const Millis late : {Millis{0}, Millis{650}, Millis{701}, Millis{900}, Millis{901}, Millis{5000}}) {
        BOOST_TEST_CONTEXT(late.count()) {
            Talk talk;
            talk.arm().look_after(Millis{250});
            talk.now += late;
            BOOST_TEST(!talk.hear(subscribed()).over);
            BOOST_TEST(talk.proven_in(nanoseconds{0}) == (late <= Millis{900}));
            talk.look_after(Millis{250});
            BOOST_TEST(!talk.hear(subscribed()).over);
            BOOST_TEST(talk.proven_in(Millis{900}));
        }
    }
}

BOOST_AUTO_TEST_CASE(an_answer_to_no_heartbeat_ends_it) {
    Talk first;
    first.arm();
    check_over(first, first.hear(subscribed()), Event::lost);
    Talk second;
    second.arm().look_after(Millis{250});
    BOOST_TEST(!second.hear(subscribed()).over);
    check_over(second, second.hear(subscribed()), Event::lost);
}

BOOST_AUTO_TEST_CASE(what_is_told) {
    struct Row {
        RedisReply payload;
        Event event;
        std::vector<std::string> keys;
    };
    const std::string one = "identity:session:web:1";
    const std::string two = "identity:user:web:2";
    const std::vector<Row> rows = {
        {list({text(one)}), Event::changed, {one}},
        {list({text(one), text(two)}), Event::changed, {one, two}},
        {list({text("web:session:1"), text(one), text("identity")}), Event::changed, {one}},
        {list({text("identity:")}), Event::changed, {"identity:"}},
        {list({text(std::string("identity:\0\r\n", 12))}), Event::changed, {std::string("identity:\0\r\n", 12)}},
        {list({text("Identity:x"), text(" identity:x"), text("")}), Event::none, {}},
        {{}, Event::all_changed, {}},       // FLUSHALL
        {list({}), Event::all_changed, {}}, // it was too long
        {text(one), Event::all_changed, {}},
        {number(1), Event::all_changed, {}},
        {list({text(one), {}}), Event::all_changed, {}},
        {list({text(one), number(3)}), Event::all_changed, {}},
        {list({list({text(one)})}), Event::all_changed, {}},
        {list({status(one)}), Event::all_changed, {}},
    };
    for (std::size_t at = 0; at < rows.size(); ++at) {
        BOOST_TEST_CONTEXT("row " << at) {
            Talk talk;
            talk.arm();
            const auto step = talk.hear(message(rows[at].payload));
            BOOST_TEST(!step.over);
            BOOST_TEST((step.event == rows[at].event));
            BOOST_TEST((step.keys == rows[at].keys));
            BOOST_TEST(step.commands.empty());
            BOOST_TEST(talk.state.stats().keys == rows[at].keys.size());
            BOOST_TEST(talk.state.stats().clears == (rows[at].event == Event::all_changed ? 1U : 0U));
            BOOST_TEST(talk.proven_in(Millis{900}));
        }
    }
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_ends_it) {
    const auto other = text("another");
    const std::vector<RedisReply> rows = {
        error("NOPERM this user has no permissions"),
        error("BUSY Redis is busy running a script"),
        error("ERR Can't execute 'subscribe'"),
        error(""),
        status("PONG"),
        status("OK"),
        number(1),
        text("message"),
        {},
        list({}),
        list({text("pong"), text("")}),
        list({text("message"), other, list({text("identity:x")})}),
        list({text("pmessage"), text("*"), text(channel), list({})}),
        list({text("unsubscribe"), text(channel), number(0)}),
        list({text("subscribe"), other, number(2)}),
        list({text("subscribe"), text(channel), number(0)}),
        list({text("message"), text(channel)}),
        list({status("message"), text(channel), {}}),
    };
    for (std::size_t at = 0; at < rows.size(); ++at)
        for (const bool waiting : {false, true}) {
            BOOST_TEST_CONTEXT("row " << at << (waiting ? ", heartbeat under way" : "")) {
                Talk talk;
                talk.arm();
                if (waiting) talk.look_after(Millis{250});
                check_over(talk, talk.hear(rows[at]), Event::lost);
            }
        }
}

BOOST_AUTO_TEST_CASE(after_a_suspend_nothing_is_proven) {
    Talk idle; // no heartbeat was under way: the first one after it proves anew that nothing was missed
    idle.arm();
    idle.now += minutes{10};
    BOOST_TEST(!idle.proven_in(nanoseconds{0}));
    BOOST_TEST((idle.hear(message({})).event == Event::all_changed));
    BOOST_TEST(!idle.proven_in(nanoseconds{0}));
    BOOST_TEST(idle.look_after(nanoseconds{0}).commands.size() == 1U);
    BOOST_TEST(!idle.proven_in(nanoseconds{0}));
    BOOST_TEST((idle.hear(subscribed()).event == Event::none));
    BOOST_TEST(idle.proven_in(Millis{900}));

    Talk waiting; // the answer lay in the socket all the time
    waiting.arm().look_after(Millis{250});
    waiting.now += minutes{10};
    BOOST_TEST(!waiting.hear(subscribed()).over);
    BOOST_TEST(!waiting.proven_in(nanoseconds{0}));

    Talk silent;
    silent.arm().look_after(Millis{250});
    check_over(silent, silent.look_after(minutes{10}), Event::lost);

    Talk connecting;
    connecting.connect();
    check_over(connecting, connecting.look_after(minutes{10}), Event::none);
}

BOOST_AUTO_TEST_SUITE_END()
