// SPDX-License-Identifier: Apache-2.0
// The older system's sessions in Redis: <prefix><token> → JSON (value.h). The keys belong to the older system: an
// unreadable value is counted and left unchanged. The prefix may be Gatehouse's own (identity:session:web:): a value of
// Gatehouse is not a session of the older system, and is never replaced or deleted here. Loop thread.
#pragma once

#include "storage/legacy/layout.h"
#include "storage/legacy/parts.h"
#include "storage/legacy/redis/value.h"
#include "storage/redis/link.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gatehouse {

class RedisLegacyKeys final : public LegacyKeys {
  public:
    /// The link must outlive this object.
    RedisLegacyKeys(RedisLink& link, legacy::Layout layout) : link_(link), layout_(std::move(layout)) {}

    boost::asio::awaitable<Result<LegacyKeyAnswer>> find(std::string token, Instant now, Deadline deadline) override;
    /// refused: a key of Gatehouse could have this name. So a token must not be 43 letters long where the prefix is
    /// Gatehouse's own.
    boost::asio::awaitable<Result<void>> write(LegacyLogin login, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> extend(std::string token, Instant until, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> clear(std::string token, Deadline deadline) override;
    /// One SCAN, so it reads about `limit` keys, whatever application they belong to. A caller that reads all pages
    /// must pause between them.
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
