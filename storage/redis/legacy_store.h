// SPDX-License-Identifier: Apache-2.0
// The sessions that an old system has in Redis: <prefix><token> → JSON (legacy_value.h). They are its own: what cannot
// be read is counted and left alone. Its prefix may be ours too (identity:session:web:): a value of ours is none of its
// sessions, and never replaced or deleted here. Loop thread.
#pragma once

#include "storage/legacy/layout.h"
#include "storage/legacy/parts.h"
#include "storage/redis/legacy_value.h"
#include "storage/redis/link.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse {

class RedisLegacyKeys final : public LegacyKeys {
  public:
    /// The link outlives this.
    RedisLegacyKeys(RedisLink& link, legacy::Layout layout) : link_(link), layout_(std::move(layout)) {}

    boost::asio::awaitable<Result<LegacyKeyAnswer>> find(std::string token, Instant now, Deadline deadline) override;
    /// refused: a key of ours could have this name. So a token is not 43 letters long where the prefix is ours.
    boost::asio::awaitable<Result<void>> write(LegacyLogin login, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> clear(std::string token, Deadline deadline) override;
    /// One SCAN, so about as many keys as `limit`, whosever they are. Whoever reads everything pauses between the
    /// parts.
    boost::asio::awaitable<Result<LegacyKeyPage>> page(std::string after, std::size_t limit, Instant now,
                                                       Deadline deadline) override;
    boost::asio::awaitable<Result<std::uint64_t>> count(Deadline deadline) override;
    boost::asio::awaitable<Result<void>> ping(Deadline deadline) override;

    /// How many values could not be read.
    [[nodiscard]] std::uint64_t unreadable() const noexcept { return unreadable_; }

  private:
    [[nodiscard]] std::string key(const std::string& token) const { return layout_.redis_prefix + token; }
    [[nodiscard]] bool could_be_ours(const std::string& token) const;
    LegacyValue judge(const RedisReply& reply);
    boost::asio::awaitable<Result<void>> read(LegacyKeyPage& page, std::vector<RedisReply> keys, Instant now,
                                              Deadline deadline);

    RedisLink& link_;
    legacy::Layout layout_;
    std::uint64_t unreadable_ = 0;
};

} // namespace gatehouse
