// SPDX-License-Identifier: Apache-2.0
// What the tests of the pages share: a look into HTML, and a list of devices. Test thread.
#pragma once

#include "gateway/pages/pages.h"

#include <string>
#include <string_view>

namespace gatehouse::pages {

inline Frame in(http::Language language) {
    return {language, "/auth", {}};
}

inline const Frame english = in(http::Language::en);

inline bool has(const std::string& html, std::string_view piece) {
    return html.find(piece) != html.npos;
}

inline std::size_t count(const std::string& html, std::string_view piece) {
    std::size_t found = 0;
    for (auto at = html.find(piece); at != html.npos; at = html.find(piece, at + 1))
        ++found;
    return found;
}

inline Sessions some_sessions() {
    const Instant now{Millis{1'700'000'000'000}};
    Sessions page;
    page.csrf = "the-token";
    page.now = now;
    page.rows.push_back({"h-1", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "192.0.2.1",
                         "web", now - std::chrono::hours(50), now, true});
    page.rows.push_back({"h-2", "", "", "web", now - std::chrono::hours(1), now - std::chrono::minutes(5), false});
    return page;
}

} // namespace gatehouse::pages
