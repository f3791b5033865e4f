// SPDX-License-Identifier: Apache-2.0
// The pace of jobs that read everything that another system has. Loop thread.
#pragma once

#include "storage/instant.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gatehouse {

/// Pauses as long as the last answer took, so that half of the other system's time is left to others.
inline boost::asio::awaitable<void> pause_as_long(Deadline::duration took) {
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, took);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

} // namespace gatehouse
