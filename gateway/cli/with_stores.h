// SPDX-License-Identifier: Apache-2.0
// Runs one coroutine with the stores of the configuration, on a loop of its own, and waits for the result. Main thread.
#pragma once

#include "gateway/cli/command.h"
#include "storage/instant.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>

namespace gatehouse {
class RedisLink;
class Stores;
} // namespace gatehouse

namespace gatehouse::cli {

/// `work` returns the exit code. It is called once, and its exceptions are rethrown here. `work` must not be a lambda
/// with captures that is itself a coroutine. Throws CommandError(78) if the schema does not fit, (69) if the database
/// does not answer.
int with_stores(const ConfigPtr& config, const std::function<boost::asio::awaitable<int>(Stores&)>& work);

/// Runs `work` on the loop, waits, and returns the exit code. Exceptions of `work` are rethrown here.
int wait_for(boost::asio::io_context& loop, boost::asio::awaitable<int> work);

/// Returns when the link is up, or at the deadline.
boost::asio::awaitable<void> wait_for_redis(RedisLink& link, Deadline until);

/// The deadline for a person at the terminal, who would rather wait than get an error.
[[nodiscard]] Deadline patiently();

/// Ends the command, because the database answered with `error`.
[[noreturn]] void fail_for(Stores& stores, boost::system::error_code error);

/// Returns the value, or ends the command.
template <class T> T need(Stores& stores, Result<T> result) {
    if (!result) fail_for(stores, result.error());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
}

} // namespace gatehouse::cli
