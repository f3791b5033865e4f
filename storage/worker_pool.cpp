// SPDX-License-Identifier: Apache-2.0
#include "storage/worker_pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <pthread.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace gatehouse {

/// Outlives the pool while a stuck thread still runs.
struct WorkerPool::Shared {
    explicit Shared(WorkerPoolOptions o) : options(std::move(o)) {}

    void work();

    const WorkerPoolOptions options;
    std::mutex mutex;
    std::condition_variable more; ///< a job came or `stopping` was set
    std::condition_variable less; ///< a thread ended
    std::deque<std::function<void()>> queue;
    std::size_t alive = 0;
    bool stopping = false;
};

namespace {

/// On Linux the nice value belongs to the thread, and a new one has that of the loop: it counts from there.
void give_way(int by) {
    const auto thread = static_cast<id_t>(gettid());
    if (by != 0) (void)setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + by);
}

} // namespace

void WorkerPool::Shared::work() {
    pthread_setname_np(pthread_self(), options.name.substr(0, 15).c_str());
    give_way(options.nice);
    std::unique_lock lock(mutex);
    for (;;) {
        more.wait(lock, [this] { return stopping || !queue.empty(); });
        if (stopping) break;
        auto job = std::move(queue.front());
        queue.pop_front();
        lock.unlock();
        job();
        job = nullptr; // its captures end here, not while we hold the lock
        lock.lock();
    }
    --alive;
    less.notify_all();
}

WorkerPool::WorkerPool(WorkerPoolOptions options) : shared_(std::make_shared<Shared>(std::move(options))) {
    shared_->alive = shared_->options.threads;
    for (std::size_t i = 0; i < shared_->options.threads; ++i) {
        std::thread([shared = shared_] { shared->work(); }).detach();
    }
}

WorkerPool::~WorkerPool() {
    stop(Millis{0});
}

bool WorkerPool::stop(Millis grace) {
    std::deque<std::function<void()>> dropped;
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

bool WorkerPool::submit(std::function<void()> work) {
    {
        const std::lock_guard lock(shared_->mutex);
        if (shared_->stopping || shared_->queue.size() >= shared_->options.queue) return false;
        shared_->queue.push_back(std::move(work));
    }
    shared_->more.notify_one();
    return true;
}

} // namespace gatehouse
