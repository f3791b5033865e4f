// SPDX-License-Identifier: Apache-2.0
#include "storage/sql/pool.h"

#include <algorithm>
#include <sodium.h>
#include <thread>

namespace gatehouse::sql {
namespace {

constexpr int max_attempts = 3;
constexpr Millis first_wait{50};
constexpr Millis longest_wait{400};
constexpr Millis hanging{500}; ///< an attempt to connect that takes longer counts as hanging
constexpr Millis between_hanging{1000};

/// Waits 5…25 ms on a worker thread, so that jobs that blocked each other do not collide again.
void pause_before_repeat() {
    std::this_thread::sleep_for(Millis(5 + randombytes_uniform(20)));
}

} // namespace

bool ReconnectGate::enter(Deadline now) {
    if (now < next_) return false;
    if (!under_way_.empty() && (wait_ != Millis{0} || now - *under_way_.begin() > hanging) &&
        now - *under_way_.rbegin() < between_hanging) {
        return false;
    }
    under_way_.insert(now);
    return true;
}

void ReconnectGate::leave(Deadline entered, Deadline now, bool connected) {
    under_way_.erase(under_way_.find(entered));
    if (connected) {
        wait_ = Millis{0};
        next_ = now;
        return;
    }
    wait_ = std::clamp(wait_ * 2, first_wait, longest_wait);
    next_ = now + wait_;
}

Pool::Pool(Target target, std::size_t connections) : shared_(std::move(target)) {
    for (std::size_t i = 0; i < connections; ++i)
        idle_.push_back(std::make_unique<Connection>(shared_));
}

std::optional<StoreError> Pool::attempt(const std::function<void(Connection&)>& work, Deadline deadline) noexcept {
    Lease lease(*this);
    Connection& connection = *lease;
    for (int attempt = 1;; ++attempt) {
        std::exception_ptr error;
        try {
            make_ready(connection, deadline);
            work(connection);
            if (connection.in_doubt()) throw Refusal(StoreError::timed_out, "not confirmed by the standby");
            succeeded();
            return std::nullopt;
        } catch (...) {
            error = std::current_exception();
        }
        if (const auto answer = failed(connection, error, attempt)) return answer;
    }
}

std::unique_ptr<Connection> Pool::take() {
    const std::lock_guard lock(mutex_);
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
}

void Pool::give_back(std::unique_ptr<Connection> connection) noexcept {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(connection)); // does not allocate: the capacity was reserved at the beginning
}

void Pool::make_ready(Connection& connection, Deadline deadline) {
    if (!connection.is_open()) {
        const auto entered = std::chrono::steady_clock::now();
        {
            const std::lock_guard lock(mutex_);
            if (!gate_.enter(entered)) throw Refusal(StoreError::unavailable, last_failure_);
        }
        const auto leave = [&](bool connected) {
            const std::lock_guard lock(mutex_);
            gate_.leave(entered, std::chrono::steady_clock::now(), connected);
        };
        try {
            connection.open();
        } catch (...) {
            leave(false);
            throw;
        }
        leave(true);
    }
    // The caller has gone: do not begin a job that nobody waits for.
    if (std::chrono::steady_clock::now() > deadline) throw Refusal(StoreError::timed_out, "the deadline has passed");
}

void Pool::succeeded() {
    const std::lock_guard lock(mutex_);
    last_failure_.clear();
}

std::optional<StoreError> Pool::failed(Connection& connection, const std::exception_ptr& error, int attempt) {
    Failure failure = describe(error);
    const bool lost = connection.is_lost();
    const bool in_doubt = connection.in_doubt();
    if (lost) {
        connection.close();
        failure.error = StoreError::unavailable;
        failure.repeat = true; // lost before the commit: rolled back, or one statement that may be repeated
    } else {
        connection.settle();
    }
    if (in_doubt) failure = {StoreError::timed_out, false, failure.text};
    if (failure.error != StoreError::conflict) {
        const std::lock_guard lock(mutex_);
        last_failure_ = without_secret(std::move(failure.text), shared_.target);
        const bool answered = failure.error == StoreError::refused || failure.error == StoreError::timed_out;
        if (!failure.own || !answered) trouble_ = last_failure_;
    }
    if (!failure.repeat || attempt == max_attempts) return failure.error;
    if (!lost) pause_before_repeat();
    return std::nullopt;
}

std::string Pool::last_failure() const {
    const std::lock_guard lock(mutex_);
    return last_failure_;
}

std::string Pool::take_trouble() {
    const std::lock_guard lock(mutex_);
    return std::exchange(trouble_, {});
}

} // namespace gatehouse::sql
