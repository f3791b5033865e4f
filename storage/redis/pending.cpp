// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/pending.h"

#include <algorithm>
#include <boost/asio/post.hpp>

namespace gatehouse {
namespace {

void resume(PendingReplies::Handler<RedisReply>& handler, Result<RedisReply> outcome) {
    std::move(handler)(std::move(outcome));
}

void resume(const std::shared_ptr<PendingReplies::Batch>& batch, Result<RedisReply> outcome) {
    if (outcome)
        batch->replies.push_back(std::move(*outcome));
    else if (!batch->error)
        batch->error = outcome.error();
    if (--batch->missing != 0) return;
    using All = Result<std::vector<RedisReply>>;
    std::move(batch->handler)(batch->error ? All(*batch->error) : All(std::move(batch->replies)));
}

void resume(PendingReplies::Waiter& waiter, Result<RedisReply> outcome) {
    std::visit([&outcome](auto& whom) { resume(whom, std::move(outcome)); }, waiter);
}

} // namespace

void PendingReplies::settle_oldest(Result<RedisReply> outcome) {
    Waiter waiter = std::move(waiting_.front().waiter);
    waiting_.pop_front();
    ready(std::move(waiter), std::move(outcome));
}

void PendingReplies::fail_all(Deadline now) {
    for (Entry& entry : std::exchange(waiting_, {}))
        refuse(std::move(entry.waiter), entry.deadline <= now ? StoreError::timed_out : StoreError::unavailable);
}

std::optional<Deadline> PendingReplies::earliest_deadline() const {
    const auto earliest = std::min_element(waiting_.begin(), waiting_.end(),
                                           [](const Entry& a, const Entry& b) { return a.deadline < b.deadline; });
    if (earliest == waiting_.end()) return std::nullopt;
    return earliest->deadline;
}

void PendingReplies::ready(Waiter waiter, Result<RedisReply> outcome) {
    auto all = ready_.lock();
    if (all == nullptr) {
        all = std::make_shared<std::vector<Outcome>>();
        ready_ = all;
        boost::asio::post(executor_, [mine = all]() mutable {
            auto outcomes = std::move(*mine);
            mine.reset(); // outcomes that become ready meanwhile get a turn of their own
            for (auto& [whom, what] : outcomes)
                resume(whom, std::move(what));
        });
    }
    all->emplace_back(std::move(waiter), std::move(outcome));
}

} // namespace gatehouse
