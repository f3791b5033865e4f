// SPDX-License-Identifier: Apache-2.0
// MemoryIdentityStore as a ChangeFeed. Changes take effect when they are told: the order of numbers is that of commits.
#include "storage/feed_position.h"
#include "tests/memory/identity_store.h"

#include <algorithm>
#include <ranges>

namespace gatehouse {

using boost::asio::awaitable;

awaitable<Result<FeedPage>> MemoryIdentityStore::look(std::string position, std::size_t limit, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const FeedPosition here{"memory", last_seq_};
    FeedPage page{{}, {}, here.text(), wall_now(), {}, false};
    for (const auto& [node, looked_at] : nodes_)
        if (looked_at >= page.looked_at - node_gone_after) page.nodes.push_back(node);
    if (position.empty()) co_return page;
    const auto from = FeedPosition::parse(position);
    page.gap = !from || !from->leads_to(here);
    if (page.gap) co_return page;
    const auto first = std::ranges::upper_bound(changes_, from->seq, {}, &Change::seq);
    page.gap = static_cast<std::size_t>(changes_.end() - first) > limit;
    if (page.gap) co_return page;
    for (const Change& change : std::ranges::subrange(first, changes_.end())) {
        if (const auto* ended = std::get_if<EndedSession>(&change.what)) page.ended.push_back(*ended);
        if (const auto* user = std::get_if<ChangedUser>(&change.what)) page.users.push_back(*user);
    }
    co_return page;
}

awaitable<Result<std::vector<ChangedUser>>> MemoryIdentityStore::users_since(Instant since, std::string after,
                                                                             std::size_t limit, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::map<std::string, std::int64_t> latest;
    for (const Change& change : changes_) {
        const auto* user = std::get_if<ChangedUser>(&change.what);
        if (user != nullptr && change.at >= since && user->id > after) latest[user->id] = user->generation;
    }
    std::vector<ChangedUser> users;
    for (const auto& [id, generation] : latest | std::views::take(limit))
        users.push_back({id, generation});
    co_return users;
}

awaitable<Result<Instant>> MemoryIdentityStore::clock(Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    co_return std::chrono::ceil<Millis>(std::chrono::system_clock::now());
}

awaitable<Result<void>> MemoryIdentityStore::seen(std::string node, Instant looked_at, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    auto& stored = nodes_.try_emplace(node, looked_at).first->second;
    if (stored < looked_at || stored > wall_now()) stored = looked_at;
    co_return Result<void>{};
}

awaitable<Result<void>> MemoryIdentityStore::leave(std::string node, Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    nodes_.erase(node);
    co_return Result<void>{};
}

awaitable<Result<std::size_t>> MemoryIdentityStore::nodes_behind(std::string self, Instant since, Seconds forget_after,
                                                                 Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    const auto now = wall_now();
    co_return static_cast<std::size_t>(std::ranges::count_if(nodes_, [&](const auto& node) {
        const auto& [name, looked_at] = node;
        return name != self && looked_at >= now - forget_after && (looked_at < since || looked_at > now);
    }));
}

awaitable<Result<std::size_t>> MemoryIdentityStore::forget(Instant before, Instant nodes_before, std::size_t limit,
                                                           Deadline deadline) {
    if (const auto ok = co_await arrive(deadline); !ok) co_return ok.error();
    std::size_t changes = 0, nodes = 0;
    for (; changes < limit && !changes_.empty() && changes_.front().at < before; ++changes)
        changes_.pop_front();
    for (auto node = nodes_.begin(); node != nodes_.end() && nodes < limit;) {
        const bool gone = node->second < nodes_before;
        node = gone ? nodes_.erase(node) : std::next(node);
        nodes += gone ? 1 : 0;
    }
    co_return changes + nodes;
}

} // namespace gatehouse
