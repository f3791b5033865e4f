// SPDX-License-Identifier: Apache-2.0
#include "storage/worker_pool.h"

#include "storage/background.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <pthread.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace gatehouse {
namespace {

/// A hash takes a fraction of that, even where it gets only what others leave.
constexpr Millis starved_after{250};

} // namespace

/// Outlives the pool while a stuck thread still runs.
struct WorkerPool::Shared {
    explicit Shared(WorkerPoolOptions o) : options(std::move(o)) {}

    struct Worker {
        pid_t thread = 0;
        std::optional<Deadline> busy_since;
    };

    void work(Worker& worker);

    const WorkerPoolOptions options;
    std::mutex mutex;
    std::condition_variable more; ///< a job came or `stopping` was set
    std::condition_variable less; ///< a thread ended
    std::deque<Task> queue;
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
        more.wait(lock, [this] { return stopping || !queue.empty(); });
        if (stopping) break;
        auto task = std::move(queue.front());
        queue.pop_front();
        worker.busy_since = std::chrono::steady_clock::now();
        lock.unlock();
        // Nothing but the job itself: whoever waits for a lock should not wait as long as this thread may have to.
        if (in_background) background::go();
        task.job();
        if (in_background) background::call_back(worker.thread);
        task.deliver();
        task = {}; // its captures end here, not while we hold the lock
        lock.lock();
        worker.busy_since.reset();
    }
    --alive;
    less.notify_all();
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
    std::deque<Task> dropped;
    std::unique_lock lock(shared_->mutex);
    shared_->stopping = true;
    dropped.swap(shared_->queue);
    shared_->more.notify_all();
    return shared_->less.wait_for(lock, grace, [this] { return shared_->alive == 0; });
}

std::size_t WorkerPool::waiting() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->queue.size();
}

bool WorkerPool::submit(Task task) {
    {
        const std::lock_guard lock(shared_->mutex);
        if (shared_->stopping || shared_->queue.size() >= shared_->options.queue) return false;
        shared_->queue.push_back(std::move(task));
    }
    shared_->more.notify_one();
    return true;
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
