// SPDX-License-Identifier: Apache-2.0
// Runs one coroutine against the stores of the configuration, on a loop of its own, and waits for it. Main thread.
#pragma once

#include "gateway/cli/command.h"
#include "gateway/stores.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

namespace gatehouse::cli {

/// `work` returns the exit code. It is called once; what it throws is thrown here. It must not be a lambda with
/// captures that is itself a coroutine. Throws CommandError(78) if the schema does not fit, (69) if the database does
/// not answer.
int with_stores(const ConfigPtr& config, const std::function<boost::asio::awaitable<int>(Stores&)>& work);

/// Runs it on the loop, and waits for it: its exit code. What it throws is thrown here.
int wait_for(boost::asio::io_context& loop, boost::asio::awaitable<int> work);

/// Returns when it is up, or at the deadline.
boost::asio::awaitable<void> wait_for_redis(RedisLink& link, Deadline until);

/// For a person at the terminal, who rather waits than hears no.
[[nodiscard]] Deadline patiently();

/// Ends the command because SQL did not answer `error`-free.
[[noreturn]] void fail_for(Stores& stores, boost::system::error_code error);

/// The value, or the end of the command.
template <class T> T need(Stores& stores, Result<T> result) {
    if (!result) fail_for(stores, result.error());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

} // namespace gatehouse::cli
