// SPDX-License-Identifier: Apache-2.0
// SqlIdentityStore as a ChangeFeed.
#include "storage/feed_position.h"
#include "storage/sql/store_impl.h"

#include <algorithm>
#include <boost/algorithm/string/split.hpp>
#include <limits>

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using sql::Connection;
using sql::IdentityQueries;

sql::Number to_number(std::size_t limit) {
    return static_cast<sql::Number>(std::min<std::size_t>(limit, std::numeric_limits<int>::max() - 1));
}

void add_change(FeedPage& page, const sql::FeedQueries::LookRow& row) {
    if (row.session) page.ended.push_back({{row.context.value(), *row.session}, row.expires_at.value()});
    if (row.user) page.users.push_back({*row.user, row.generation.value()});
}

FeedPage look_from(Connection& c, const sql::FeedQueries& q, const std::optional<FeedPosition>& from,
                   sql::Number limit) {
    const auto start = from.value_or(FeedPosition{});
    const Instant before = wall_now();
    // One row more than `limit` shows that there are too many. Without a start position, no changes are wanted.
    const auto rows = c.rows(q.look, start.seq, start.snapshot, from ? limit + 1 : 0);
    const auto& first = rows.at(0);
    const FeedPosition position{first.history, first.seq, first.snapshot};
    FeedPage page{{}, {}, position.text(), first.clock.value_or(before), {}, false};
    if (!first.nodes.empty()) boost::split(page.nodes, first.nodes, [](char letter) { return letter == '\n'; });
    if (!from) return page;
    for (const auto& row : rows)
        add_change(page, row);
    page.gap = !from->leads_to(position) || std::cmp_greater(page.ended.size() + page.users.size(), limit);
    if (page.gap) {
        page.ended.clear();
        page.users.clear();
    }
    return page;
}

} // namespace

awaitable<Result<FeedPage>> SqlIdentityStore::look(std::string position, std::size_t limit, Deadline deadline) {
    return impl_->decide(
        [position = std::move(position), most = to_number(limit)](Connection& c, const IdentityQueries& q) {
            const auto from = FeedPosition::parse(position);
            auto page = look_from(c, q.feed, from, most);
            if (!from && !position.empty()) page.gap = true;
            return page;
        },
        deadline);
}

awaitable<Result<std::vector<ChangedUser>>> SqlIdentityStore::users_since(Instant since, std::string after,
                                                                          std::size_t limit, Deadline deadline) {
    return impl_->decide(
        [since, after = std::move(after), most = to_number(limit)](Connection& c, const IdentityQueries& q) {
            std::vector<ChangedUser> users;
            for (const auto& [id, generation] : c.rows(q.feed.users_since, since, after, most))
                users.push_back({id, generation});
            return users;
        },
        deadline);
}

awaitable<Result<Instant>> SqlIdentityStore::clock(Deadline deadline) {
    return impl_->decide(
        [](Connection& c, const IdentityQueries& q) {
            const auto ours = std::chrono::ceil<Millis>(std::chrono::system_clock::now());
            return c.value(q.feed.clock).value().value_or(ours);
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::seen(std::string node, Instant looked_at, Deadline deadline) {
    return impl_->decide(
        [node = std::move(node), looked_at](Connection& c, const IdentityQueries& q) {
            c.write([&] { return c.change(q.feed.seen, node, looked_at); });
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::leave(std::string node, Deadline deadline) {
    return impl_->decide(
        [node = std::move(node)](Connection& c, const IdentityQueries& q) {
            c.write([&] { return c.change(q.feed.leave, node); });
        },
        deadline);
}

awaitable<Result<std::size_t>> SqlIdentityStore::nodes_behind(std::string self, Instant since, Seconds forget_after,
                                                              Deadline deadline) {
    return impl_->decide(
        [self = std::move(self), since, forget_after](Connection& c, const IdentityQueries& q) {
            const auto span = Millis(forget_after).count();
            return static_cast<std::size_t>(c.value(q.feed.nodes_behind, self, since, span).value());
        },
        deadline);
}

awaitable<Result<std::size_t>> SqlIdentityStore::forget(Instant before, Instant nodes_before, std::size_t limit,
                                                        Deadline deadline) {
    return impl_->serve(
        [before, nodes_before, most = to_number(limit)](Connection& c, const IdentityQueries& q) {
            const auto changes = c.write([&] { return c.change(q.feed.forget_changes, before, most); });
            const auto lost = c.write([&] { return c.change(q.feed.forget_lost, before, most); });
            return changes + lost + c.write([&] { return c.change(q.feed.forget_nodes, nodes_before, most); });
        },
        deadline);
}

} // namespace gatehouse
