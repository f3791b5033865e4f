// SPDX-License-Identifier: Apache-2.0
// Talks to systemd, if it is there: ready, reloading, stopping, and the watchdog, which the loop itself feeds, so that
// a loop that hangs is noticed. Loop thread.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

namespace gatehouse {

class Supervisor {
  public:
    explicit Supervisor(boost::asio::any_io_executor executor);
    ~Supervisor();
    Supervisor(const Supervisor&) = delete;
    Supervisor& operator=(const Supervisor&) = delete;

    void ready(const std::string& status);
    void reloading();
    void stopping();

  private:
    struct Watchdog;
    std::shared_ptr<Watchdog> watchdog_;
};

} // namespace gatehouse
