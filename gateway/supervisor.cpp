// SPDX-License-Identifier: Apache-2.0
#include "gateway/supervisor.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdint>
#include <systemd/sd-daemon.h>

namespace gatehouse {

struct Supervisor::Watchdog {
    explicit Watchdog(boost::asio::any_io_executor executor) : timer(std::move(executor)) {}

    static boost::asio::awaitable<void> feed(std::shared_ptr<Watchdog> self, std::chrono::microseconds every) {
        while (!self->stopping) {
            sd_notify(0, "WATCHDOG=1");
            self->timer.expires_after(every);
            co_await self->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
    }

    boost::asio::steady_timer timer;
    bool stopping = false;
};

Supervisor::Supervisor(boost::asio::any_io_executor executor) : watchdog_(std::make_shared<Watchdog>(executor)) {
    std::uint64_t limit = 0;
    if (sd_watchdog_enabled(0, &limit) <= 0) return;
    boost::asio::co_spawn(executor, Watchdog::feed(watchdog_, std::chrono::microseconds{limit / 3}),
                          boost::asio::detached);
}

Supervisor::~Supervisor() {
    watchdog_->stopping = true;
    watchdog_->timer.cancel();
}

void Supervisor::ready(const std::string& status) {
    sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}

void Supervisor::reloading() {
    sd_notify(0, "RELOADING=1\nSTATUS=reading the configuration again");
}

void Supervisor::stopping() {
    sd_notify(0, "STOPPING=1\nSTATUS=finishing requests");
}

} // namespace gatehouse
