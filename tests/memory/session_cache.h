// SPDX-License-Identifier: Apache-2.0
// The session cache in memory, with the meaning of the one in Redis: for tests of what stands on it. Loop thread.
// Its clock is the latest instant that any call has shown it, so tests may live in any year. It can be told to fail and
// to answer late.
#pragma once

#include "storage/invalidation_link.h"
#include "storage/session_cache.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse {

class MemorySessionCache final : public SessionCache {
  public:
    /// From now on every call ends with this error and changes nothing; nullopt: works again.
    void set_failure(std::optional<StoreError> failure) { failure_ = failure; }

    /// From now on every answer takes so long; calls whose deadline comes first end then, timed_out, and change
    /// nothing.
    void set_delay(Millis delay) { delay_ = delay; }

    /// From now on another run of a server answers, or one of before. What it holds stays.
    void set_run(std::string run) { run_ = std::move(run); }

    /// From now on it is told the key of each announcement.
    void announce_to(InvalidationLink::Listener& listener) { listeners_.push_back(&listener); }
    void announce_to_nobody() { listeners_.clear(); }

    /// How many calls have been made, failed ones included.
    [[nodiscard]] std::size_t calls() const noexcept { return calls_; }

    /// Forgets everything, tombstones too.
    void clear();

    boost::asio::awaitable<Result<SessionCopy>> find(SessionKey key, Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> populate(Session session, Seconds ttl, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> put_user(User user, std::string context, Instant now,
                                                  Deadline deadline) override;
    boost::asio::awaitable<Result<void>> outdate_user(std::string user_id, std::int64_t generation,
                                                      std::vector<std::string> contexts, Instant now,
                                                      Deadline deadline) override;
    boost::asio::awaitable<Result<void>> tombstone(std::vector<EndedSession> ended, Instant now,
                                                   Deadline deadline) override;
    boost::asio::awaitable<Result<std::int64_t>> end_before_sql(PendingEnd end, Instant now,
                                                                Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<PendingEnd>>> pending_ends(std::size_t limit, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> settled(std::vector<SessionKey> keys, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> report(NodeReport report, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<NodeReport>>> reports(Deadline deadline) override;
    boost::asio::awaitable<Result<void>> extend(Session session, Seconds ttl, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> ping(Deadline deadline) override;
    [[nodiscard]] std::string_view run_id() const noexcept override { return failure_ ? std::string_view() : run_; }

  private:
    struct SessionEntry {
        std::optional<Session> live; ///< nullopt: a tombstone
        Instant dies_at;
    };
    struct UserEntry {
        User user;
        Instant at;
    };

    boost::asio::awaitable<Result<void>> arrive(Deadline deadline);
    void show(Instant instant);
    SessionEntry* entry(const SessionKey& key);
    [[nodiscard]] Instant end_of(const Session& session, Seconds ttl) const;
    [[nodiscard]] std::optional<User> fresh_user(const std::string& context, const std::string& id, Instant now) const;

    std::map<std::string, SessionEntry> sessions_; ///< by Redis key
    std::map<std::string, UserEntry> users_;       ///< by Redis key
    std::map<std::string, PendingEnd> pending_;    ///< by Redis key
    std::map<std::string, NodeReport> reports_;    ///< by node
    std::int64_t announcements_ = 0;
    std::vector<InvalidationLink::Listener*> listeners_;
    std::optional<StoreError> failure_;
    Millis delay_{0};
    std::string run_ = "memory";
    std::size_t calls_ = 0;
    Instant clock_{};
};

} // namespace gatehouse
