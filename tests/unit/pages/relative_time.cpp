// SPDX-License-Identifier: Apache-2.0
// Goal: spans of time read naturally at every border, and nobody is told to come back too early.
#include "gateway/pages/relative_time.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse;
using namespace gatehouse::pages;
using http::Language;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(relative_time)

BOOST_AUTO_TEST_CASE(how_long_ago) {
    const Instant now{Millis{1'700'000'000'123}};
    const std::pair<Millis, std::string_view> table[] = {
        {-1h, "just now"},      {0ms, "just now"},       {59'999ms, "just now"},    {1min, "1 minute ago"},
        {119s, "1 minute ago"}, {2min, "2 minutes ago"}, {59min, "59 minutes ago"}, {1h, "1 hour ago"},
        {23h, "23 hours ago"},  {24h, "1 day ago"},      {47h, "1 day ago"},        {720h, "30 days ago"},
    };
    for (const auto& [span, expected] : table)
        BOOST_TEST(time_ago(Language::en, now - span, now) == expected);
    BOOST_TEST(time_ago(Language::ru, now - 3h, now) == "3 часа назад");
    BOOST_TEST(time_ago(Language::uk, now - 49h, now) == "2 дні тому");
}

BOOST_AUTO_TEST_CASE(when_to_try_again) {
    const std::pair<Seconds, std::string_view> table[] = {
        {-5s, "Try again in 1 second."},   {0s, "Try again in 1 second."},     {1s, "Try again in 1 second."},
        {40s, "Try again in 40 seconds."}, {59s, "Try again in 59 seconds."},  {60s, "Try again in 1 minute."},
        {61s, "Try again in 2 minutes."},  {119s, "Try again in 2 minutes."},  {120s, "Try again in 2 minutes."},
        {121s, "Try again in 3 minutes."}, {900s, "Try again in 15 minutes."},
    };
    for (const auto& [wait, expected] : table)
        BOOST_TEST(try_again_in(Language::en, wait) == expected);
    BOOST_TEST(try_again_in(Language::ru, 5min) == "Попробуйте через 5 минут.");
}

BOOST_AUTO_TEST_CASE(how_long_somebody_stays_signed_in) {
    const std::pair<Seconds, std::string_view> table[] = {
        {720h, "Keep me signed in for 30 days"},     {49h, "Keep me signed in for 2 days"},
        {24h, "Keep me signed in for 24 hours"},     {2h, "Keep me signed in for 2 hours"},
        {90min, "Keep me signed in for 90 minutes"}, {1min, "Keep me signed in for 1 minute"},
    };
    for (const auto& [span, expected] : table)
        BOOST_TEST(keep_me_for(Language::en, span) == expected);
    BOOST_TEST(keep_me_for(Language::ru, 720h) == "Оставаться в системе 30 дней");
    BOOST_TEST(keep_me_for(Language::uk, 720h) == "Залишатися в системі 30 днів");
}

BOOST_AUTO_TEST_SUITE_END()
