// SPDX-License-Identifier: Apache-2.0
// A few threads with a bounded queue, for work that blocks: SQL, password hashing. The loop thread asks with `run` and
// is resumed on the loop, by the result or by the deadline, whichever comes first. A job that is stuck keeps its thread
// and nobody else waits for it; a job whose caller has gone before it began is not begun at all.
#pragma once

#include "storage/instant.h"
#include "storage/result.h"

#include <algorithm>
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
    bool background = false; ///< its threads hold up nobody else (background.h)
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

    struct Task {
        std::function<void()> job;
        std::function<void()> deliver; ///< what came of it
    };

    [[nodiscard]] bool submit(Task task);
    /// Whoever waits for a job sees to it that those in the background get on.
    [[nodiscard]] Deadline next_look() const;
    void call_back_the_starved();

    std::shared_ptr<Shared> shared_;
};

template <class Job> boost::asio::awaitable<std::invoke_result_t<Job>> WorkerPool::run(Job job, Deadline deadline) {
    using Outcome = std::invoke_result_t<Job>;
    // Shared by the coroutine and the worker: `timer` and `delivered` belong to the loop, `job` to the worker, and what
    // came of it to the worker until it is delivered.
    struct Call {
        Call(boost::asio::any_io_executor executor, Job what) : timer(std::move(executor)), job(std::move(what)) {}
        boost::asio::steady_timer timer;
        std::atomic<bool> abandoned = false;
        bool delivered = false;
        std::optional<Job> job;
        std::optional<Outcome> outcome;
        std::exception_ptr error;
    };
    const auto executor = co_await boost::asio::this_coro::executor;
    auto call = std::make_shared<Call>(executor, std::move(job));
    const auto work = [call] {
        if (call->abandoned) return;
        try {
            call->outcome.emplace((*call->job)());
        } catch (...) {
            call->error = std::current_exception();
        }
    };
    const auto deliver = [call, executor] {
        call->job.reset();
        if (call->abandoned) return;
        boost::asio::post(executor, [call] {
            call->delivered = true;
            call->timer.cancel();
        });
    };
    const bool queued = submit({work, deliver});
    if (!queued) co_return Outcome(boost::system::in_place_error, make_error_code(StoreError::overloaded));
    while (!call->delivered && std::chrono::steady_clock::now() < deadline) {
        call->timer.expires_at(std::min(deadline, next_look()));
        co_await call->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (!call->delivered) call_back_the_starved();
    }
    if (!call->delivered) {
        call->abandoned = true;
        co_return Outcome(boost::system::in_place_error, make_error_code(StoreError::timed_out));
    }
    if (call->error) std::rethrow_exception(call->error);
    co_return std::move(*call->outcome);
}

} // namespace gatehouse
