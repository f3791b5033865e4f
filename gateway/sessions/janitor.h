// SPDX-License-Identifier: Apache-2.0
// Deletes sessions that ended long ago, a few at a time, so that no table grows for ever and nobody waits for it. Loop
// thread.
#pragma once

#include "storage/session_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <memory>

namespace gatehouse {

class Janitor {
  public:
    Janitor(boost::asio::any_io_executor executor, SessionStore& store);
    ~Janitor();
    Janitor(const Janitor&) = delete;
    Janitor& operator=(const Janitor&) = delete;

    void start();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace gatehouse
