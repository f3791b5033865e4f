// SPDX-License-Identifier: Apache-2.0
// Replies out of the bytes that a server sends, with a limit on everything that it could make large. hiredis' parser
// without hiredis' connection, for a connection on which the server speaks up by itself. Pure.
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
    /// What a reply has beyond them is left out: an array in it is empty then, a string nil. Else it is trouble.
    bool leave_out = false;
};

class RedisReplyReader {
  public:
    explicit RedisReplyReader(RedisReplyLimits limits);
    ~RedisReplyReader();
    RedisReplyReader(const RedisReplyReader&) = delete;
    RedisReplyReader& operator=(const RedisReplyReader&) = delete;

    void feed(std::string_view bytes);

    /// The next whole reply. Without one: more must be fed, or there is trouble and nothing more will come.
    std::optional<RedisReply> next();

    /// Why this is no reply, for a person; empty: none.
    [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }

  private:
    struct Hooks;
    struct Free {
        void operator()(redisReader* reader) const noexcept;
    };

    bool admits(bool whole_reply, std::size_t elements, std::size_t bytes) noexcept;

    RedisReplyLimits limits_;
    std::size_t elements_left_ = 0; ///< that the reply being read may still have
    std::size_t bytes_left_ = 0;
    std::string trouble_;
    std::unique_ptr<redisReader, Free> reader_;
};

} // namespace gatehouse
