// SPDX-License-Identifier: Apache-2.0
// Goal: a refusal of a recipient or of a text is final, everything else is tried again; and no log shows a recipient.
#include "gateway/mail/deliveries.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse::mail;
using Outcome = Delivery::Outcome;

BOOST_AUTO_TEST_SUITE(mail_deliveries)

BOOST_AUTO_TEST_CASE(only_a_recipient_or_a_text_is_refused_for_ever) {
    for (const auto phase : {Phase::recipient, Phase::text}) {
        for (const long code : {500L, 550L, 552L, 554L, 599L})
            BOOST_TEST((outcome_of(phase, code) == Outcome::refused));
        for (const long code : {0L, 250L, 354L, 421L, 450L, 452L, 499L, 600L})
            BOOST_TEST((outcome_of(phase, code) == Outcome::later));
    }
    for (const auto phase : {Phase::connect, Phase::tls, Phase::login, Phase::sender})
        for (const long code : {0L, 421L, 530L, 535L, 550L, 554L})
            BOOST_TEST((outcome_of(phase, code) == Outcome::later));
}

BOOST_AUTO_TEST_CASE(an_answer_is_one_line_without_the_recipient) {
    BOOST_TEST(readable_answer("550 5.1.1 <Ann@Example.org> no such\r\n", "ann@example.org") ==
               "550 5.1.1 <(recipient)> no such");
    BOOST_TEST(readable_answer("550 n\xC3\xB6pe\x1B[31m\n\"x\"", "") == "550 n  pe [31m \"x\"");
    BOOST_TEST(readable_answer(std::string(5000, 'x'), "").size() == 300U);
    BOOST_TEST(readable_answer("", "a@b") == "");
}

BOOST_AUTO_TEST_SUITE_END()
