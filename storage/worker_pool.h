// SPDX-License-Identifier: Apache-2.0
// A few threads with a bounded queue, for work that blocks: SQL, password hashing. The loop thread asks with `run` and
// is resumed on the loop, by the result or by the deadline, whichever comes first. A job that is stuck keeps its thread
// and nobody else waits for it; a job whose caller has gone before it began is not begun at all.
#pragma once

#include "storage/instant.h"
#include "storage/result.h"

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace gatehouse {

struct WorkerPoolOptions {
    std::string name;        ///< of the threads, as `top -H` shows it; at most 15 bytes
    std::size_t threads = 1; ///< jobs under way at the same time
    std::size_t queue = 64;  ///< jobs waiting; one more is StoreError::overloaded at once
    int nice = 0;            ///< threads of a higher number give way to the loop
};

class WorkerPool {
  public:
    explicit WorkerPool(WorkerPoolOptions options);
    ~WorkerPool(); ///< stop(0)
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Takes no more work, drops what waits, and waits up to `grace` for what runs. A thread that is still stuck then
    /// is left behind; it touches nothing but the queue it shares with us. Returns whether all of them ended.
    bool stop(Millis grace);

    [[nodiscard]] std::size_t waiting() const;

    /// Runs `job` (which returns a Result<T>) on a worker. Call it on the loop thread, inside a coroutine of the loop.
    /// overloaded: the queue is full. timed_out: the deadline came first; the job may still run to its end.
    /// What the job throws is thrown here.
    template <class Job> boost::asio::awaitable<std::invoke_result_t<Job>> run(Job job, Deadline deadline);

  private:
    struct Shared;

    [[nodiscard]] bool submit(std::function<void()> work);

    std::shared_ptr<Shared> shared_;
};

template <class Job> boost::asio::awaitable<std::invoke_result_t<Job>> WorkerPool::run(Job job, Deadline deadline) {
    using Outcome = std::invoke_result_t<Job>;
    // Shared by the coroutine and the worker; `timer`, `outcome` and `error` belong to the loop once `deliver` has been
    // posted.
    struct Call {
        explicit Call(boost::asio::any_io_executor executor, Deadline at) : timer(std::move(executor), at) {}
        boost::asio::steady_timer timer;
        std::atomic<bool> abandoned = false;
        bool delivered = false;
        std::optional<Outcome> outcome;
        std::exception_ptr error;
    };
    const auto executor = co_await boost::asio::this_coro::executor;
    auto call = std::make_shared<Call>(executor, deadline);
    const bool queued = submit([call, executor, job = std::make_shared<Job>(std::move(job))]() mutable {
        if (call->abandoned) return;
        std::optional<Outcome> outcome;
        std::exception_ptr error;
        try {
            outcome.emplace((*job)());
        } catch (...) {
            error = std::current_exception();
        }
        job.reset();
        boost::asio::post(executor, [call, outcome = std::move(outcome), error]() mutable {
            call->outcome = std::move(outcome);
            call->error = error;
            call->delivered = true;
            call->timer.cancel();
        });
    });
    if (!queued) co_return Outcome(boost::system::in_place_error, make_error_code(StoreError::overloaded));
    if (!call->delivered) co_await call->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    if (!call->delivered) {
        call->abandoned = true;
        co_return Outcome(boost::system::in_place_error, make_error_code(StoreError::timed_out));
    }
    if (call->error) std::rethrow_exception(call->error);
    co_return std::move(*call->outcome);
}

} // namespace gatehouse
