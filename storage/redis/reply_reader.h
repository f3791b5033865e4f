// SPDX-License-Identifier: Apache-2.0
// Replies from the bytes that a server sends, with a limit on everything that the server could make large. hiredis'
// parser without hiredis' connection, for the connection on which the server sends messages unasked. Pure.
#pragma once

#include "storage/redis/reply.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct redisReader;

namespace gatehouse {

struct RedisReplyLimits {
    std::size_t bulk_bytes; ///< of one string
    std::size_t elements;   ///< of all arrays in one reply
    std::size_t bytes;      ///< of all strings in one reply
    /// true: parts beyond the limits are left out (an array becomes empty, a string nil). false: they are an error
    /// (trouble()).
    bool leave_out = false;
};

class RedisReplyReader {
  public:
    explicit RedisReplyReader(RedisReplyLimits limits);
    ~RedisReplyReader();
    RedisReplyReader(const RedisReplyReader&) = delete;
    RedisReplyReader& operator=(const RedisReplyReader&) = delete;

    void feed(std::string_view bytes);

    /// The next whole reply. nullopt: feed more bytes, or, after trouble(), no reply will come any more.
    std::optional<RedisReply> next();

    /// Why the bytes are no reply, as text for people; empty: no trouble.
    [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }

  private:
    struct Hooks;
    struct Free {
        void operator()(redisReader* reader) const noexcept;
    };

    bool admits(bool whole_reply, std::size_t elements, std::size_t bytes) noexcept;

    RedisReplyLimits limits_;
    std::size_t elements_left_ = 0; ///< elements that the current reply may still have
    std::size_t bytes_left_ = 0;
    std::string trouble_;
    std::unique_ptr<redisReader, Free> reader_;
};

} // namespace gatehouse
