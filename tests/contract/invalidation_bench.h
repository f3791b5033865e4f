// SPDX-License-Identifier: Apache-2.0
// An invalidation link, and a listener that writes down what it is told. Test thread only.
#pragma once

#include "cache_suite.h"
#include "storage/redis/invalidation_link.h"

#include <algorithm>

namespace gatehouse::testing {

/// Also watches that the listener is told things in an order that makes sense.
class Ear final : public InvalidationLink::Listener {
  public:
    std::vector<std::string> heard; ///< "armed", "lost", "all", or a key
    std::function<void()> then;     ///< after each

    void on_changed(std::string_view key) override { note(std::string(key), armed_); }
    void on_all_changed() override { note("all", armed_); }
    void on_armed() override { note("armed", !std::exchange(armed_, true)); }
    void on_lost() override { note("lost", std::exchange(armed_, false)); }

    [[nodiscard]] auto count(std::string_view what) const { return std::count(heard.begin(), heard.end(), what); }

  private:
    void note(std::string what, bool fits) {
        BOOST_TEST(fits, what << " was told while the link was " << (armed_ ? "armed" : "lost"));
        heard.push_back(std::move(what));
        if (then) then();
    }

    bool armed_ = false;
};

class InvalidationBench {
  public:
    explicit InvalidationBench(const std::string& url) : link(loop.io.get_executor(), {.url = url}) { link.start(ear); }

    LinkLoop loop;
    Ear ear;
    RedisInvalidationLink link;

    [[nodiscard]] bool proven() const { return link.proven(std::chrono::steady_clock::now()); }
    bool comes_up(Millis limit = Millis{1000}) {
        return loop.until([this] { return link.armed(); }, limit);
    }
    bool hears(std::string_view what, Millis limit = Millis{1000}) {
        return loop.until([this, what] { return ear.count(what) > 0; }, limit);
    }
    /// What has been told since the last call.
    std::vector<std::string> news() { return std::exchange(ear.heard, {}); }
};

} // namespace gatehouse::testing
