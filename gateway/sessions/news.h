// SPDX-License-Identifier: Apache-2.0
// Hears of every change, from Redis at once and from the feed within a moment, and sees to it that nothing on this node
// is any longer as it was: the near cache drops it, Redis gets its tombstones. Says whether the near cache may be
// believed. Loop thread only.
#pragma once

#include "gateway/sessions/ended_lately.h"
#include "gateway/sessions/feed_reader.h"
#include "gateway/sessions/freshness.h"
#include "gateway/sessions/near_cache.h"
#include "gateway/sessions/revoker.h"
#include "gateway/sessions/settlement.h"
#include "storage/invalidation_link.h"

#include <deque>
#include <string_view>

namespace gatehouse {

class News final : public FeedReader::Audience, public InvalidationLink::Listener {
  public:
    /// `look_back`: a copy in Redis that has not been used for so long is gone.
    News(NearCache& near, EndedLately& ended, Revoker& revoker, Settlement& settlement, Seconds look_back)
        : near_(near), ended_(ended), revoker_(revoker), settlement_(settlement), look_back_(look_back) {}

    boost::asio::awaitable<void> changed(FeedPage page) override;
    void missed_changes() override;
    boost::asio::awaitable<void> looked(Moment sent) override;

    void no_answer() override { settlement_.sql_was_away(); }

    void on_changed(std::string_view key) override;
    void on_all_changed() override { near_.clear(); }
    void on_armed() override { freshness_.link_armed(BootClock::now()); }
    void on_lost() override { freshness_.link_lost(); }

    [[nodiscard]] const Freshness& freshness() const noexcept { return freshness_; }

  private:
    /// An answer that SQL gave before the change may be put into Redis for two seconds after it: by then the change is
    /// told to Redis once more.
    struct Told {
        Moment at;
        FeedPage page;
    };
    NearCache& near_;
    EndedLately& ended_;
    Revoker& revoker_;
    Settlement& settlement_;
    const Seconds look_back_;
    Freshness freshness_;
    std::deque<Told> told_;
};

} // namespace gatehouse
