// SPDX-License-Identifier: Apache-2.0
// Talks to systemd, if it is there: ready, reloading, stopping, and the watchdog. The loop itself feeds the watchdog,
// so that systemd notices a loop that hangs. Loop thread.
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
