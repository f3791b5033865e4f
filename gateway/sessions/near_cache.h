// SPDX-License-Identifier: Apache-2.0
// Sessions and users in the memory of this process. It says what it was told and until when; whether that may be
// believed now is for Freshness to say. What changes meanwhile must be dropped by whoever hears of it, and a copy that
// was asked for before is not taken in afterwards (Note). Bounded; no lock, no I/O; loop thread only.
#pragma once

#include "gateway/sessions/known.h"
#include "gateway/sessions/lookup.h"

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gatehouse {

struct NearCacheLimits {
    std::size_t entries = 0; ///< 0: remembers nothing
    std::size_t bytes = 0;   ///< of sessions and users together
};

/// A token as this process alone recognises it: a keyed hash, so that a hit need not look at the token's tag again.
using TokenMark = TokenMarker::Mark;

struct NearCacheStats {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evictions = 0; ///< dropped to stay within the limits
    std::uint64_t dropped = 0;   ///< because something had changed
    std::uint64_t too_late = 0;  ///< copies that were not taken in because something had changed meanwhile
};

class NearCache {
  public:
    explicit NearCache(NearCacheLimits limits);

    /// The state of affairs before the stores are asked. Take it before the first command, hand it back with the
    /// answer.
    struct Note {
        std::uint32_t session = 0;
        std::uint32_t everything = 0;
    };
    [[nodiscard]] Note note(const SessionDigest& id) const noexcept;
    /// Whether a change of the session itself has been heard of since.
    [[nodiscard]] bool has_changed(const SessionDigest& id, Note since) const noexcept;

    /// What is known of a session. `who.user` is null for one that is known not to live, `why` says why. Valid until
    /// the next call.
    struct Entry {
        Known who;
        Reason why = Reason::live;
        Instant good_until;
        TokenMark mark{}; ///< all zero: none yet
    };
    /// nullptr: nothing is known.
    [[nodiscard]] Entry* find(const SessionDigest& id, Instant now);
    [[nodiscard]] Entry* find(const TokenMark& mark, Instant now);
    /// From now on the session is found by this mark, too: its token was looked at, and is good.
    void recognise(Entry& entry, const TokenMark& mark);
    /// Which tokens are good may have changed.
    void forget_marks();

    /// Takes in what the stores have answered. The user is shared with its other sessions. Returns the session as it is
    /// to be used, remembered or not.
    Known fill(Note before, const Session& session, User user, Instant now);
    /// Takes in that a session does not live.
    void refuse(Note before, const SessionDigest& id, Reason why, Instant now);

    /// What was not known may be known by now.
    void forget_refusals();

    /// The session has changed, or has been ended.
    void drop(const SessionDigest& id);
    /// The user has changed; without a context, in all of them.
    void drop_user(std::string_view user_id, std::string_view context = {});
    /// Anything may have changed.
    void clear();

    [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] const NearCacheStats& stats() const noexcept { return stats_; }

  private:
    using Order = std::list<Entry>; ///< the one used last comes first

    struct MarkHash {
        std::size_t operator()(const TokenMark& mark) const noexcept;
    };

    static constexpr std::size_t counters = 1 << 14;
    static std::size_t counter_of(const SessionDigest& id) noexcept { return DigestHash{}(id) % counters; }

    [[nodiscard]] bool still(Note before, const SessionDigest& id) noexcept;
    std::shared_ptr<const KnownUser> share(const std::string& context, const User& user);
    Entry* use(Order::iterator at, Instant now);
    void insert(Entry entry);
    void erase(Order::iterator at);
    void release(const std::shared_ptr<const KnownUser>& user);
    void make_room();

    NearCacheLimits limits_;
    Order order_;
    boost::unordered_flat_map<SessionDigest, Order::iterator, DigestHash> index_;
    boost::unordered_flat_map<TokenMark, Order::iterator, MarkHash> marks_;
    /// By user id; a user has one for each context.
    std::unordered_map<std::string, std::vector<std::shared_ptr<const KnownUser>>> users_;
    std::array<std::uint32_t, counters> changes_{};
    std::uint32_t everything_ = 0;
    std::size_t bytes_ = 0;
    NearCacheStats stats_;
};

} // namespace gatehouse
