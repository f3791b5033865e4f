// SPDX-License-Identifier: Apache-2.0
// A Lua script that Redis runs as one step. Its text is constant: data goes in only as keys and arguments. Loop thread.
#pragma once

#include "storage/redis/link.h"

#include <string>
#include <string_view>

namespace gatehouse {

class RedisScript {
  public:
    explicit RedisScript(std::string_view source);

    /// Runs the script with one key, by its hash. Sends the text if Redis does not know the hash (any more).
    boost::asio::awaitable<Result<RedisReply>> run(RedisLink& link, std::string key, std::vector<std::string> arguments,
                                                   Deadline deadline) const;

    [[nodiscard]] const std::string& sha1() const noexcept { return sha1_; }

  private:
    std::string source_;
    std::string sha1_; ///< Redis' name for the script
};

} // namespace gatehouse
