// SPDX-License-Identifier: Apache-2.0
// Deletes sessions that ended long ago, what the web databases keep for them, changes that every gateway has read,
// gateways that are gone, one-time tokens that nobody has used in time, and mail that was sent or given up long ago.
// Deletes a few rows at a time, so that no table grows for ever and no request waits. Loop thread.
#pragma once

#include "storage/change_feed.h"
#include "storage/mail_store.h"
#include "storage/one_time_store.h"
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

    /// What it cleans. Every store outlives the janitor.
    struct House {
        SessionStore& sessions;
        ChangeFeed& feed;
        OneTimeStore& one_time;
        std::vector<WebStore*> web;
        MailStore* mail = nullptr; ///< nullptr: not cleaned
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
