// SPDX-License-Identifier: Apache-2.0
// Goal: every way in which a database can say no becomes the right StoreError, and the text for the operator holds no
// values.
#include "storage/sql/failure.h"
#include "storage/sql/pool.h"

#include <boost/test/unit_test.hpp>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

using namespace gatehouse;
using namespace gatehouse::sql;

BOOST_AUTO_TEST_SUITE(sql_failure)

BOOST_AUTO_TEST_CASE(sqlstates) {
    struct Row {
        const char* state;
        StoreError error;
        bool repeat;
    };
    for (const auto& [state, error, repeat] : {
             Row{"23505", StoreError::conflict, false},    Row{"08000", StoreError::unavailable, false},
             Row{"08006", StoreError::unavailable, false}, Row{"57P01", StoreError::unavailable, false},
             Row{"57P03", StoreError::unavailable, false}, Row{"53300", StoreError::unavailable, false},
             Row{"53100", StoreError::unavailable, false}, Row{"28P01", StoreError::unavailable, false},
             Row{"", StoreError::unavailable, false},      Row{"57014", StoreError::timed_out, false},
             Row{"55P03", StoreError::timed_out, false},   Row{"40001", StoreError::unavailable, true},
             Row{"40P01", StoreError::unavailable, true},  Row{"25006", StoreError::refused, false},
             Row{"42501", StoreError::refused, false},     Row{"42P01", StoreError::refused, false},
             Row{"22021", StoreError::refused, false},     Row{"22001", StoreError::refused, false},
             Row{"23503", StoreError::refused, false},
         }) {
        BOOST_TEST_CONTEXT(state) {
            const auto failure = from_sqlstate(state);
            BOOST_TEST((failure.error == error));
            BOOST_TEST(failure.repeat == repeat);
        }
    }
}

BOOST_AUTO_TEST_CASE(sqlite_codes) {
    for (const auto& [code, error] : {std::pair{SQLITE_CONSTRAINT_UNIQUE, StoreError::conflict},
                                      {SQLITE_CONSTRAINT_PRIMARYKEY, StoreError::conflict},
                                      {SQLITE_CONSTRAINT_CHECK, StoreError::refused},
                                      {SQLITE_CONSTRAINT_FOREIGNKEY, StoreError::refused},
                                      {SQLITE_CONSTRAINT_NOTNULL, StoreError::refused},
                                      {SQLITE_BUSY, StoreError::timed_out},
                                      {SQLITE_BUSY_SNAPSHOT, StoreError::timed_out},
                                      {SQLITE_LOCKED, StoreError::timed_out},
                                      {SQLITE_CANTOPEN, StoreError::unavailable},
                                      {SQLITE_IOERR_FSYNC, StoreError::unavailable},
                                      {SQLITE_FULL, StoreError::unavailable},
                                      {SQLITE_READONLY, StoreError::refused},
                                      {SQLITE_ERROR, StoreError::refused},
                                      {SQLITE_CORRUPT, StoreError::corrupt},
                                      {SQLITE_NOTADB, StoreError::corrupt}}) {
        BOOST_TEST_CONTEXT(code) {
            BOOST_TEST((from_sqlite(code).error == error));
        }
    }
}

BOOST_AUTO_TEST_CASE(texts_hold_no_values) {
    const auto text = [](const char* message, const char* state) {
        return describe(std::make_exception_ptr(soci::postgresql_soci_error(message, state))).text;
    };
    BOOST_TEST(text("ERROR:  relation \"users\" does not exist\nLINE 1: …", "42P01") ==
               "SQLSTATE 42P01: ERROR:  relation \"users\" does not exist");
    BOOST_TEST(text("ERROR:  invalid input syntax for type uuid: \"anna@example.org\"", "22P02") == "SQLSTATE 22P02");
    BOOST_TEST(text("ERROR:  duplicate key\nDETAIL:  Key (email)=(anna@example.org) exists", "23505") ==
               "SQLSTATE 23505");
}

BOOST_AUTO_TEST_CASE(our_own_refusals_keep_their_meaning) {
    const auto failure = describe(std::make_exception_ptr(Refusal(StoreError::corrupt, "why")));
    BOOST_TEST((failure.error == StoreError::corrupt));
    BOOST_TEST(failure.text == "why");
    BOOST_TEST((describe(std::make_exception_ptr(soci::soci_error("Null value"))).error == StoreError::corrupt));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(sql_reconnect_gate)

const Deadline start{std::chrono::hours{1}};

BOOST_AUTO_TEST_CASE(while_all_is_well_everybody_may_connect) {
    ReconnectGate gate;
    for (int i = 0; i < 10; ++i)
        BOOST_TEST(gate.enter(start));
    for (int i = 0; i < 10; ++i)
        gate.leave(start, start, true);
    BOOST_TEST(gate.enter(start));
}

BOOST_AUTO_TEST_CASE(after_a_failure_one_tries_now_and_then) {
    ReconnectGate gate;
    Deadline now = start;
    int tries = 0;
    // Somebody asks every millisecond for ten seconds, and each try fails at once.
    for (; now < start + std::chrono::seconds{10}; now += Millis{1}) {
        if (!gate.enter(now)) continue;
        ++tries;
        gate.leave(now, now, false);
    }
    BOOST_TEST(tries >= 20); // at least one in 500 ms: recovery within 1 s
    BOOST_TEST(tries <= 30);
    now += Millis{400};
    BOOST_TEST(gate.enter(now));
    BOOST_TEST(!gate.enter(now + Millis{10})); // one at a time
    gate.leave(now, now + Millis{20}, true);
    BOOST_TEST(gate.enter(now + Millis{20}));
    BOOST_TEST(gate.enter(now + Millis{20}));
}

BOOST_AUTO_TEST_CASE(tries_that_hang_do_not_take_all_threads) {
    ReconnectGate gate;
    std::vector<Deadline> hanging;
    for (Deadline now = start; now < start + Millis{5000}; now += Millis{10}) {
        if (now == start || now > start + Millis{100}) { // after a burst at the very beginning nobody for a while
            if (gate.enter(now)) hanging.push_back(now);
        }
    }
    // Before anything looks bad everybody is let in; then one each second.
    const auto late = std::ranges::count_if(hanging, [](Deadline at) { return at > start + Millis{600}; });
    BOOST_TEST(late >= 3);
    BOOST_TEST(late <= 5);
}

BOOST_AUTO_TEST_SUITE_END()
