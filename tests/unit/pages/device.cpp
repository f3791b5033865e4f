// SPDX-License-Identifier: Apache-2.0
// Goal: the browsers that people use are told apart although each claims to be several others.
#include "gateway/pages/device.h"

#include <boost/test/unit_test.hpp>

using gatehouse::pages::device_name;

BOOST_AUTO_TEST_SUITE(device)

BOOST_AUTO_TEST_CASE(table) {
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"},
        {"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Windows"},
        {"Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0", "Firefox on Android"},
        {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/127.0 "
         "Mobile/15E148 Safari/605.1.15",
         "Firefox on iPhone"},
        {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
         "Safari/537.36",
         "Chrome on Windows"},
        {"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile "
         "Safari/537.36",
         "Chrome on Android"},
        {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
         "CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1",
         "Chrome on iPhone"},
        {"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
         "Safari/537.36",
         "Chrome on ChromeOS"},
        {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
         "Safari/537.36 "
         "Edg/126.0.0.0",
         "Edge on Windows"},
        {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
         "Safari/537.36 "
         "OPR/112.0.0.0",
         "Opera on Windows"},
        {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 "
         "YaBrowser/24.6.0.0 Safari/537.36",
         "Yandex Browser on Windows"},
        {"Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 "
         "Chrome/121.0.0.0 Mobile Safari/537.36",
         "Samsung Internet on Android"},
        {"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
         "Safari/605.1.15",
         "Safari on macOS"},
        {"Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 "
         "Mobile/15E148 Safari/604.1",
         "Safari on iPad"},
        {"curl/7.88.1", "curl"},
        {"python-requests/2.28.1", "Python"},
        {"Mozilla/5.0 (X11; Linux x86_64)", "Linux"},
        {"", ""},
        {"something else", ""},
        {"AcmeOrders/2.1 (iPhone; iOS 17.5)", "AcmeOrders on iPhone"},
        {"okhttp/4.12.0", "okhttp"},
        {"<b>bank</b>/1.0", ""},
        {"Your bank/1.0", ""},
        {"/1.0", ""},
        {"1password/1.0", ""},
        {"<script>", ""},
    };
    for (const auto& [agent, expected] : rows)
        BOOST_TEST(device_name(agent) == expected, agent);
}

BOOST_AUTO_TEST_CASE(a_name_leads_back_to_its_device_and_no_other_text_does) {
    using gatehouse::pages::device_called;
    for (const std::string_view agent :
         {"Firefox/128.0 Linux", "SamsungBrowser/25.0 Android", "curl/7.88.1", "iPhone"}) {
        const auto name = device_name(agent);
        const auto [browser, system] = device_called(name);
        BOOST_TEST(browser == gatehouse::pages::recognise_device(agent).browser, name);
        BOOST_TEST(system == gatehouse::pages::recognise_device(agent).system, name);
    }
    for (const std::string_view text :
         {"", "Your bank", "Firefox on ", " on Linux", "Firefox on Mars", "Linux on Firefox", "Firefox on Linux.",
          "firefox on linux", "Firefox on Linux on Linux"}) {
        const auto [browser, system] = device_called(text);
        BOOST_TEST(browser.empty(), text);
        BOOST_TEST(system.empty(), text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
