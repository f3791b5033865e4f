// SPDX-License-Identifier: Apache-2.0
#include "storage/worker_pool.h"

#include "storage/background.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace gatehouse {
namespace {

/// A background job that runs longer is starved, and its thread is called back. A hash takes a fraction of this time,
/// even on a processor with other load.
constexpr Millis starved_after{250};
/// A job that runs longer counts as stuck. Shorter than any caller waits for a store, so that callers learn that the
/// store does not answer.
constexpr Millis stuck_after{300};
/// While both kinds wait, one job that serves begins after this number of jobs that decide.
constexpr std::size_t most_in_a_row = 3;

} // namespace

/// Outlives the pool while a stuck thread still runs.
struct WorkerPool::Shared {
    explicit Shared(WorkerPoolOptions o) : options(std::move(o)) {}

    struct Worker {
        pid_t thread = 0;
        std::optional<Deadline> busy_since;
    };

    void work(Worker& worker);
    /// Call these with the lock held.
    [[nodiscard]] std::size_t waiting() const { return deciding.size() + serving.size(); }
    [[nodiscard]] bool may_serve() const;
    [[nodiscard]] bool has_room(JobKind kind) const;
    [[nodiscard]] bool is_stuck() const;
    std::pair<Task, JobKind> next();

    const WorkerPoolOptions options;
    std::mutex mutex;
    std::condition_variable more; ///< a job came, or `stopping` was set
    std::condition_variable less; ///< a thread ended
    std::deque<Task> deciding;    ///< waiting jobs
    std::deque<Task> serving;
    std::size_t serving_now = 0;
    std::size_t in_a_row = 0; ///< jobs that decide begun since the last job that serves
    std::vector<Worker> workers;
    std::size_t alive = 0;
    bool stopping = false;
};

void WorkerPool::Shared::work(Worker& worker) {
    pthread_setname_np(pthread_self(), options.name.substr(0, 15).c_str());
    const bool in_background = options.background && background::become_nicer();
    std::unique_lock lock(mutex);
    worker.thread = gettid();
    for (;;) {
        more.wait(lock, [this] { return stopping || !deciding.empty() || may_serve(); });
        if (stopping) break;
        auto [task, kind] = next();
        worker.busy_since = std::chrono::steady_clock::now();
        lock.unlock();
        // Only the job itself runs in the background: a background thread may have to wait long, and must not hold a
        // lock meanwhile.
        if (in_background) background::go();
        task.job();
        if (in_background) background::call_back(worker.thread);
        task.deliver();
        task = {}; // destroys the job's captures here and not under the lock
        lock.lock();
        worker.busy_since.reset();
        if (kind == JobKind::serves) --serving_now; // this thread checks at once whether the next job may begin
    }
    --alive;
    less.notify_all();
}

bool WorkerPool::Shared::may_serve() const {
    return !serving.empty() && serving_now + options.kept_threads < options.threads;
}

bool WorkerPool::Shared::has_room(JobKind kind) const {
    if (waiting() >= options.queue) return false;
    return kind == JobKind::decides || serving.size() + options.kept_queue < options.queue;
}

bool WorkerPool::Shared::is_stuck() const {
    const auto long_ago = std::chrono::steady_clock::now() - stuck_after;
    return !options.background &&
           std::ranges::all_of(workers, [&](const Worker& w) { return w.busy_since && *w.busy_since <= long_ago; });
}

std::pair<WorkerPool::Task, JobKind> WorkerPool::Shared::next() {
    const bool serve = deciding.empty() || (may_serve() && in_a_row >= most_in_a_row);
    auto& queue = serve ? serving : deciding;
    auto task = std::move(queue.front());
    queue.pop_front();
    in_a_row = serve ? 0 : std::min(in_a_row + 1, most_in_a_row);
    if (serve) ++serving_now;
    return {std::move(task), serve ? JobKind::serves : JobKind::decides};
}

WorkerPool::WorkerPool(WorkerPoolOptions options) : shared_(std::make_shared<Shared>(std::move(options))) {
    shared_->alive = shared_->options.threads;
    shared_->workers.resize(shared_->options.threads);
    for (auto& worker : shared_->workers) {
        std::thread([shared = shared_, &worker] { shared->work(worker); }).detach();
    }
}

WorkerPool::~WorkerPool() {
    stop(Millis{0});
}

bool WorkerPool::stop(Millis grace) {
    std::deque<Task> dropped[2];
    std::unique_lock lock(shared_->mutex);
    shared_->stopping = true;
    dropped[0].swap(shared_->deciding);
    dropped[1].swap(shared_->serving);
    shared_->more.notify_all();
    return shared_->less.wait_for(lock, grace, [this] { return shared_->alive == 0; });
}

std::size_t WorkerPool::waiting() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->waiting();
}

boost::asio::awaitable<std::optional<StoreError>> WorkerPool::run_any(std::function<void()> job, Deadline deadline,
                                                                      JobKind kind) {
    // Shared by the coroutine and the worker: `timer` and `delivered` belong to the loop, `job` and `error` to the
    // worker until they are delivered.
    struct Call {
        Call(boost::asio::any_io_executor executor, std::function<void()> what)
            : timer(std::move(executor)), job(std::move(what)) {}
        boost::asio::steady_timer timer;
        std::atomic<bool> abandoned = false;
        bool delivered = false;
        std::function<void()> job;
        std::exception_ptr error;
    };
    const auto executor = co_await boost::asio::this_coro::executor;
    auto call = std::make_shared<Call>(executor, std::move(job));
    const auto work = [call] {
        if (call->abandoned) return;
        try {
            call->job();
        } catch (...) {
            call->error = std::current_exception();
        }
    };
    const auto deliver = [call, executor] {
        call->job = nullptr;
        if (call->abandoned) return;
        boost::asio::post(executor, [call] {
            call->delivered = true;
            call->timer.cancel();
        });
    };
    const auto refused = submit({work, deliver}, kind);
    if (refused) co_return refused;
    while (!call->delivered && std::chrono::steady_clock::now() < deadline) {
        call->timer.expires_at(std::min(deadline, next_look()));
        co_await call->timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (!call->delivered) call_back_the_starved();
    }
    if (!call->delivered) {
        call->abandoned = true;
        co_return StoreError::timed_out;
    }
    if (call->error) std::rethrow_exception(call->error);
    co_return std::nullopt;
}

std::optional<StoreError> WorkerPool::submit(Task task, JobKind kind) {
    {
        const std::lock_guard lock(shared_->mutex);
        if (shared_->stopping) return StoreError::overloaded;
        if (!shared_->has_room(kind)) return shared_->is_stuck() ? StoreError::timed_out : StoreError::overloaded;
        (kind == JobKind::decides ? shared_->deciding : shared_->serving).push_back(std::move(task));
    }
    shared_->more.notify_one();
    return std::nullopt;
}

Deadline WorkerPool::next_look() const {
    return shared_->options.background ? deadline_in(starved_after) : Deadline::max();
}

void WorkerPool::call_back_the_starved() {
    const auto now = std::chrono::steady_clock::now();
    const std::lock_guard lock(shared_->mutex);
    for (const auto& worker : shared_->workers)
        if (worker.busy_since && now - *worker.busy_since >= starved_after) background::call_back(worker.thread);
}

} // namespace gatehouse
