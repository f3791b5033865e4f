// SPDX-License-Identifier: Apache-2.0
// SqlIdentityStore as a ChangeFeed.
#include "storage/feed_position.h"
#include "storage/sql/store_impl.h"

#include <algorithm>
#include <limits>

namespace gatehouse {
namespace {

using boost::asio::awaitable;
using sql::Connection;
using sql::IdentityQueries;

sql::Number to_number(std::size_t limit) {
    return static_cast<sql::Number>(std::min<std::size_t>(limit, std::numeric_limits<int>::max() - 1));
}

/// Nothing found yet: where the feed stood when the rows were read.
FeedPosition position_of(const sql::FeedQueries::LookRow& row) {
    return {std::get<0>(row), std::get<1>(row), std::get<2>(row)};
}

void add_change(FeedPage& page, const sql::FeedQueries::LookRow& row) {
    const auto& [history, seq, snapshot, clock, context, session, expires_at, user, generation] = row;
    if (session) page.ended.push_back({{context.value(), *session}, expires_at.value()});
    if (user) page.users.push_back({*user, generation.value()});
}

FeedPage look_from(Connection& c, const sql::FeedQueries& q, const std::optional<FeedPosition>& from,
                   sql::Number limit) {
    const auto start = from.value_or(FeedPosition{});
    const Instant before = wall_now();
    // One more than wanted shows that there are too many; from nowhere, nothing is wanted at all.
    const auto rows = c.rows(q.look, start.seq, start.snapshot, from ? limit + 1 : 0);
    const auto position = position_of(rows.at(0));
    FeedPage page{{}, {}, position.text(), std::get<3>(rows.front()).value_or(before), false};
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
    return impl_->run(
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
    return impl_->run(
        [since, after = std::move(after), most = to_number(limit)](Connection& c, const IdentityQueries& q) {
            std::vector<ChangedUser> users;
            for (const auto& [id, generation] : c.rows(q.feed.users_since, since, after, most))
                users.push_back({id, generation});
            return users;
        },
        deadline);
}

awaitable<Result<Instant>> SqlIdentityStore::clock(Deadline deadline) {
    return impl_->run(
        [](Connection& c, const IdentityQueries& q) {
            const auto ours = std::chrono::ceil<Millis>(std::chrono::system_clock::now());
            return std::get<0>(c.row(q.feed.clock).value()).value_or(ours);
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::seen(std::string node, Instant looked_at, Deadline deadline) {
    return impl_->run(
        [node = std::move(node), looked_at](Connection& c, const IdentityQueries& q) {
            c.write([&] { return c.change(q.feed.seen, node, looked_at); });
        },
        deadline);
}

awaitable<Result<void>> SqlIdentityStore::leave(std::string node, Deadline deadline) {
    return impl_->run(
        [node = std::move(node)](Connection& c, const IdentityQueries& q) {
            c.write([&] { return c.change(q.feed.leave, node); });
        },
        deadline);
}

awaitable<Result<std::size_t>> SqlIdentityStore::nodes_behind(std::string self, Instant since, Seconds forget_after,
                                                              Deadline deadline) {
    return impl_->run(
        [self = std::move(self), since, forget_after](Connection& c, const IdentityQueries& q) {
            const auto span = Millis(forget_after).count();
            return static_cast<std::size_t>(std::get<0>(c.row(q.feed.nodes_behind, self, since, span).value()));
        },
        deadline);
}

awaitable<Result<std::size_t>> SqlIdentityStore::forget(Instant before, Instant nodes_before, std::size_t limit,
                                                        Deadline deadline) {
    return impl_->run(
        [before, nodes_before, most = to_number(limit)](Connection& c, const IdentityQueries& q) {
            const auto changes = c.write([&] { return c.change(q.feed.forget_changes, before, most); });
            return changes + c.write([&] { return c.change(q.feed.forget_nodes, nodes_before, most); });
        },
        deadline);
}

} // namespace gatehouse
