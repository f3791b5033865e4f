// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/change_applier.h"

#include "storage/keys.h"
#include "storage/planted.h"

namespace gatehouse {
namespace {

constexpr Millis once_more_after{2500};
constexpr std::size_t most_to_tell = 50'000; ///< changes; Redis is away for long, or very much has changed at once

} // namespace

boost::asio::awaitable<void> ChangeApplier::changed(FeedPage page) {
    const auto now = BootClock::now();
    for (const auto& session : page.ended)
        if (const auto digest = to_digest(session.key.id)) {
            ended_.note(*digest, now);
            near_.drop(*digest);
        }
    for (const auto& user : page.users)
        near_.drop_user(user.id);
    ToTell changes{now + once_more_after, std::move(page.ended), std::move(page.users)};
    const bool told = co_await tell_redis(changes);
    if (told) {
        tell_later(std::move(changes), to_tell_.end());
    } else if (!planted(Bug::replay_ignores_deleted_rows)) {
        changes.from = now;
        tell_later(std::move(changes), to_tell_.begin());
    }
}

boost::asio::awaitable<void> ChangeApplier::looked(Moment sent) {
    freshness_.looked(sent);
    // Changes stay here until Redis has them: a replay by date would miss a change that was committed late.
    for (auto left = to_tell_.size(); left > 0 && sent >= to_tell_.front().from; --left) {
        if (!co_await tell_redis(to_tell_.front())) break;
        to_tell_size_ -= to_tell_.front().size();
        to_tell_.pop_front();
    }
}

/// False: Redis could not be told, and is in doubt now.
boost::asio::awaitable<bool> ChangeApplier::tell_redis(ToTell changes) {
    const bool buried = co_await revoker_.bury(std::move(changes.ended));
    const bool outdated = co_await revoker_.outdate(std::move(changes.users));
    co_return buried&& outdated;
}

/// Beyond the limit, everything that ended lately is read from the database again.
void ChangeApplier::tell_later(ToTell changes, std::deque<ToTell>::iterator before) {
    to_tell_size_ += changes.size();
    to_tell_.insert(before, std::move(changes));
    if (to_tell_size_ <= most_to_tell) return;
    to_tell_.clear();
    to_tell_size_ = 0;
    revoker_.start(look_back_);
}

void ChangeApplier::missed_changes() {
    near_.clear();
    revoker_.start(look_back_);
}

void ChangeApplier::on_changed(std::string_view key) {
    if (auto announced = keys::parse_announcement(key)) {
        if (const auto digest = to_digest(announced->end.session.key.id)) {
            if (!planted(Bug::hearer_without_journal)) ended_.note(*digest, BootClock::now());
            near_.drop(*digest);
            pending_revocations_.heard(*std::move(announced));
        }
        return;
    }
    const auto name = keys::parse(key);
    if (!name) return;
    if (name->kind == keys::Name::Kind::user) {
        near_.drop_user(name->id, name->context);
    } else if (const auto digest = to_digest(name->id)) {
        near_.drop(*digest);
    }
}

} // namespace gatehouse
