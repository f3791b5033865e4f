// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/news.h"

#include "storage/keys.h"

namespace gatehouse {
namespace {

constexpr Millis once_more_after{2500};

} // namespace

boost::asio::awaitable<void> News::changed(FeedPage page) {
    for (const auto& session : page.ended)
        if (const auto digest = to_digest(session.key.id)) {
            ended_.note(*digest, BootClock::now());
            near_.drop(*digest);
        }
    for (const auto& user : page.users)
        near_.drop_user(user.id);
    std::vector<EndedSession> ended = page.ended;
    std::vector<ChangedUser> users = page.users;
    told_.push_back({BootClock::now(), std::move(page)});
    co_await revoker_.bury(std::move(ended));
    co_await revoker_.outdate(std::move(users));
}

boost::asio::awaitable<void> News::looked(Moment sent) {
    freshness_.looked(sent);
    while (!told_.empty() && sent - told_.front().at >= once_more_after) {
        FeedPage page = std::move(told_.front().page);
        told_.pop_front();
        co_await revoker_.bury(std::move(page.ended));
        co_await revoker_.outdate(std::move(page.users));
    }
}

void News::missed_changes() {
    near_.clear();
    revoker_.start(look_back_);
}

void News::on_changed(std::string_view key) {
    const auto name = keys::parse(key);
    if (!name) return;
    if (name->kind == keys::Name::Kind::user) {
        near_.drop_user(name->id, name->context);
    } else if (const auto digest = to_digest(name->id)) {
        near_.drop(*digest);
    }
}

} // namespace gatehouse
