// SPDX-License-Identifier: Apache-2.0
// Sessions and users in the memory of this gateway, with their expiry. Freshness decides whether they may be used. The
// caller must drop what changes. An answer that was requested before a change is not stored after it (Note). Bounded;
// no lock, no I/O; loop thread only.
#pragma once

#include "gateway/sessions/cached_session.h"
#include "gateway/sessions/verdict.h"

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

struct NearCacheStats {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    std::uint64_t evictions = 0; ///< entries dropped to stay within the limits
    std::uint64_t dropped = 0;   ///< entries dropped because something had changed
    std::uint64_t too_late = 0;  ///< answers that were not stored because something had changed meanwhile
};

class NearCache {
  public:
    explicit NearCache(NearCacheLimits limits);

    /// The state of the cache before the stores are asked. Take it before the first command, and hand it back with the
    /// answer.
    struct Note {
        std::uint32_t session = 0;
        std::uint32_t everything = 0;
    };
    [[nodiscard]] Note note(const SessionDigest& id) const noexcept;
    /// Whether a change of the session itself has been heard of since `since`.
    [[nodiscard]] bool has_changed(const SessionDigest& id, Note since) const noexcept;

    /// What is known of a session. If the session does not live, `who.user` is null and `why` says why. Valid until the
    /// next call.
    struct Entry {
        CachedSession who;
        Reason why = Reason::live;
        Instant good_until;
        TokenMark mark{}; ///< all zero: none yet
    };
    /// nullptr: nothing is known.
    [[nodiscard]] Entry* find(const SessionDigest& id, Instant now);
    /// Of a token with this mark the tag need not be checked again.
    [[nodiscard]] Entry* find(const TokenMark& mark, Instant now);
    /// The token with this mark was checked and is good: from now on the session is also found by this mark.
    void recognise(Entry& entry, const TokenMark& mark);
    /// The set of good tokens may have changed.
    void forget_marks();

    /// Stores an answer and returns the session to use, whether or not it was stored. The user is shared with the
    /// user's other sessions. The entry is remembered until `until` at the latest.
    CachedSession fill(Note before, const Session& session, User user, Instant now, Instant until = Instant::max());
    /// Stores that a session does not live.
    void refuse(Note before, const SessionDigest& id, Reason why, Instant now);

    /// The session has changed, or has been ended.
    void drop(const SessionDigest& id);
    /// The user has changed: in this context, or in all contexts if `context` is empty.
    void drop_user(std::string_view user_id, std::string_view context = {});
    /// Anything may have changed.
    void clear();

    [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
    [[nodiscard]] const NearCacheStats& stats() const noexcept { return stats_; }

  private:
    using Order = std::list<Entry>; ///< the most recently used comes first

    struct MarkHash {
        std::size_t operator()(const TokenMark& mark) const noexcept;
    };

    static constexpr std::size_t counters = 1 << 14;
    static std::size_t counter_of(const SessionDigest& id) noexcept { return DigestHash{}(id) % counters; }

    [[nodiscard]] bool still(Note before, const SessionDigest& id) noexcept;
    std::shared_ptr<const CachedUser> share(const std::string& context, const User& user);
    Entry* use(Order::iterator at, Instant now);
    void insert(Entry entry);
    void erase(Order::iterator at);
    void release(const std::shared_ptr<const CachedUser>& user);
    void make_room();

    NearCacheLimits limits_;
    Order order_;
    boost::unordered_flat_map<SessionDigest, Order::iterator, DigestHash> index_;
    boost::unordered_flat_map<TokenMark, Order::iterator, MarkHash> marks_;
    /// By user id; a user has one element for each context.
    std::unordered_map<std::string, std::vector<std::shared_ptr<const CachedUser>>> users_;
    std::array<std::uint32_t, counters> changes_{};
    std::uint32_t everything_ = 0;
    std::size_t bytes_ = 0;
    NearCacheStats stats_;
};

} // namespace gatehouse
