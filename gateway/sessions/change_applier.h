// SPDX-License-Identifier: Apache-2.0
// Applies every change, which it hears from Redis at once and from the feed within a moment: drops the changed session
// or user from the near cache, and has tombstones written to Redis. Says whether the near cache may be believed. Loop
// thread only.
#pragma once

#include "gateway/sessions/ended_lately.h"
#include "gateway/sessions/feed_reader.h"
#include "gateway/sessions/freshness.h"
#include "gateway/sessions/near_cache.h"
#include "gateway/sessions/pending_revocations.h"
#include "gateway/sessions/revoker.h"
#include "storage/invalidation_link.h"

#include <deque>
#include <string_view>

namespace gatehouse {

class ChangeApplier final : public FeedReader::Audience, public InvalidationLink::Listener {
  public:
    /// `look_back`: a copy in Redis that has not been used for this long has expired.
    ChangeApplier(NearCache& near, EndedLately& ended, Revoker& revoker, PendingRevocations& settlement,
                  Seconds look_back)
        : near_(near), ended_(ended), revoker_(revoker), pending_revocations_(settlement), look_back_(look_back) {}

    boost::asio::awaitable<void> changed(FeedPage page) override;
    void missed_changes() override;
    boost::asio::awaitable<void> looked(Moment sent) override;
    void met(std::vector<std::string> nodes) override { pending_revocations_.met(std::move(nodes)); }

    void tried(Moment sent) override { freshness_.tried(sent); }
    void no_answer() override { pending_revocations_.sql_was_away(); }

    void on_changed(std::string_view key) override;
    void on_all_changed() override { near_.clear(); }
    void on_armed() override {
        freshness_.link_armed(BootClock::now());
        pending_revocations_.armed();
    }
    void on_lost() override { freshness_.link_lost(); }

    [[nodiscard]] const Freshness& freshness() const noexcept { return freshness_; }

  private:
    /// Changes to tell Redis (again) from `from` on. If Redis could not be told, that is at the next look. Otherwise
    /// `from` is 2.5 s after the change, because an answer that the database gave before the change may be written to
    /// Redis up to 2 s after it.
    struct ToTell {
        Moment from;
        std::vector<EndedSession> ended;
        std::vector<ChangedUser> users;
        [[nodiscard]] std::size_t size() const noexcept { return ended.size() + users.size(); }
    };
    boost::asio::awaitable<bool> tell_redis(ToTell changes);
    void tell_later(ToTell changes, std::deque<ToTell>::iterator before);
    NearCache& near_;
    EndedLately& ended_;
    Revoker& revoker_;
    PendingRevocations& pending_revocations_;
    const Seconds look_back_;
    Freshness freshness_;
    std::deque<ToTell> to_tell_;   ///< in the order in which Redis is told
    std::size_t to_tell_size_ = 0; ///< changes in all of them
};

} // namespace gatehouse
