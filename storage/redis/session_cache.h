// SPDX-License-Identifier: Apache-2.0
// The session cache in Redis (storage/session_cache.h has the contract, session_value.h the format). Loop thread. Every
// value carries its key's names and the run_id of the server that it was written to: a value that was copied, restored
// or failed over is not believed. A tombstone is believed whatever run it was written to.
#pragma once

#include "storage/redis/link.h"
#include "storage/redis/owner_guess.h"
#include "storage/redis/session_value.h"
#include "storage/session_cache.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gatehouse {

struct RedisCacheOptions {
    Seconds user_soft_age{3600}; ///< an older record of a user is not used …
    Seconds user_ttl{24 * 3600}; ///< … but is kept this long, for its generation
};

struct RedisCacheStats {
    std::uint64_t corrupt = 0;     ///< unreadable values found (and deleted)
    std::uint64_t mismatched = 0;  ///< readable values under the wrong key, or replies to another command
    std::uint64_t foreign_run = 0; ///< values that were written to another run of the server
};

class RedisSessionCache final : public SessionCache {
  public:
    /// The link must outlive this object.
    explicit RedisSessionCache(RedisLink& link, RedisCacheOptions options = {});

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
    /// Extends only what `populate` or `extend` wrote for this session to this run of the server. Any other value stays
    /// unchanged, with its time to live.
    boost::asio::awaitable<Result<void>> extend(Session session, Seconds ttl, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> ping(Deadline deadline) override;

    [[nodiscard]] std::string_view run_id() const noexcept override { return link_.run_id(); }

    [[nodiscard]] const RedisCacheStats& stats() const noexcept { return stats_; }

  private:
    boost::asio::awaitable<Result<std::vector<RedisReply>>> ask(const SessionKey& key, const std::string& guess,
                                                                Deadline deadline);
    Result<std::string> text_of(RedisReply& reply);
    boost::asio::awaitable<Result<std::optional<User>>> judge_user(RedisReply record, UserKey key, Instant now,
                                                                   Deadline deadline);
    boost::asio::awaitable<void> discard(std::string key, std::string seen, std::size_t limit, Deadline deadline);
    bool believed(Belief belief, std::string_view run);

    RedisLink& link_;
    RedisCacheOptions options_;
    RedisCacheStats stats_;
    OwnerGuess owners_;
};

} // namespace gatehouse
