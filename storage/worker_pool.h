// SPDX-License-Identifier: Apache-2.0
// A few threads with a bounded queue, for work that blocks: SQL, password hashing. The loop thread asks with `run` and
// is resumed on the loop, by the result or by the deadline, whichever comes first. A stuck job occupies only its own
// thread. A job whose caller has gone before the job began is not begun. Jobs that decide who is let in go first, and
// have threads and places in the queue that other jobs cannot take.
#pragma once

#include "storage/instant.h"
#include "storage/result.h"

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace gatehouse {

enum class JobKind {
    decides, ///< jobs that decide who is let in: checks, ends of sessions, and the feed that reports those ends
    serves,  ///< everything else: logins, pages, upkeep
};

struct WorkerPoolOptions {
    std::string name;             ///< of the threads, as `top -H` shows them; at most 15 bytes
    std::size_t threads = 1;      ///< jobs under way at the same time
    std::size_t queue = 64;       ///< waiting jobs; one more is refused at once
    std::size_t kept_threads = 0; ///< of `threads`, reserved for jobs that decide; less than all
    std::size_t kept_queue = 0;   ///< of `queue`, reserved for jobs that decide
    bool background = false;      ///< the threads give way to all others (background.h)
};

class WorkerPool {
  public:
    explicit WorkerPool(WorkerPoolOptions options);
    ~WorkerPool(); ///< stop(0)
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// Takes no more work, drops the waiting jobs, and waits up to `grace` for the running ones. A thread that is still
    /// stuck then is left behind; it touches only the queue that it shares with this object. Returns whether all
    /// threads ended.
    bool stop(Millis grace);

    [[nodiscard]] std::size_t waiting() const;

    /// Runs `job` (which returns a Result<T>) on a worker. Call this on the loop thread, inside a coroutine of the
    /// loop. overloaded: the queue is full, but jobs finish. timed_out: the deadline came first, and the job may still
    /// run to its end; or the queue is full because each thread has been busy with one job for long, which means that
    /// the store behind them does not answer. An exception of the job is rethrown here.
    template <class Job>
    boost::asio::awaitable<std::invoke_result_t<Job>> run(Job job, Deadline deadline, JobKind kind = JobKind::decides) {
        using Outcome = std::invoke_result_t<Job>;
        // Wrapped in a copyable function, so that one coroutine is compiled for each type of outcome and not for each
        // job.
        std::function<Outcome()> shared = [kept = std::make_shared<Job>(std::move(job))] { return (*kept)(); };
        return run_shared(std::move(shared), deadline, kind);
    }

  private:
    struct Shared;

    struct Task {
        std::function<void()> job;
        std::function<void()> deliver; ///< hands the outcome to the caller
    };

    template <class Outcome>
    boost::asio::awaitable<Outcome> run_shared(std::function<Outcome()> job, Deadline deadline, JobKind kind) {
        auto outcome = std::make_shared<std::optional<Outcome>>();
        std::function<void()> work = [outcome, job = std::move(job)] { outcome->emplace(job()); };
        const auto failed = co_await run_any(std::move(work), deadline, kind);
        if (failed) co_return Outcome(boost::system::in_place_error, make_error_code(*failed));
        co_return std::move(**outcome);
    }
    /// nullopt: the job was done.
    boost::asio::awaitable<std::optional<StoreError>> run_any(std::function<void()> job, Deadline deadline,
                                                              JobKind kind);
    /// Why the job was refused; nullopt if it was taken.
    [[nodiscard]] std::optional<StoreError> submit(Task task, JobKind kind);
    /// When a waiting caller must look again whether background jobs are starved.
    [[nodiscard]] Deadline next_look() const;
    void call_back_the_starved();

    std::shared_ptr<Shared> shared_;
};

} // namespace gatehouse
