// SPDX-License-Identifier: Apache-2.0
// Runs a coroutine of the loop to its end, for tests; what waits for time goes on with the next one. Test thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

namespace gatehouse {

template <class T> T await(boost::asio::io_context& loop, boost::asio::awaitable<T> work) {
    std::optional<T> result;
    boost::asio::co_spawn(loop, std::move(work), [&result](std::exception_ptr error, T value) {
        if (error) std::rethrow_exception(error);
        result.emplace(std::move(value));
    });
    loop.restart();
    while (!result)
        loop.run_one();
    loop.poll(); // what it left behind and can be done now
    return std::move(result.value());
}

} // namespace gatehouse
