// SPDX-License-Identifier: Apache-2.0
// Deletes sessions that ended long ago, what the web databases keep beside them, changes that everybody has heard of
// and nodes that are no more, a few at a time, so that no table grows for ever and nobody waits for it. Loop thread.
#pragma once

#include "storage/change_feed.h"
#include "storage/session_store.h"
#include "storage/web_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <vector>

namespace gatehouse {

class Janitor {
  public:
    struct Pace {
        Millis rest{600'000}; ///< between rounds
        Millis breath{1000};  ///< between batches of one round
    };

    /// What it cleans. All of it outlives the janitor.
    struct House {
        SessionStore& sessions;
        ChangeFeed& feed;
        std::vector<WebStore*> web;
    };

    Janitor(boost::asio::any_io_executor executor, House house);
    Janitor(boost::asio::any_io_executor executor, House house, Pace pace);
    ~Janitor();
    Janitor(const Janitor&) = delete;
    Janitor& operator=(const Janitor&) = delete;

    void start();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace gatehouse
