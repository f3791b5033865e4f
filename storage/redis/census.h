// SPDX-License-Identifier: Apache-2.0
// Which keys there are in Redis, by namespace: how many, how many of them for ever, and what they take. A key is
// counted and forgotten: what identifies a session or a person is in no name that comes out of here. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

struct RedisNamespace {
    std::string name;
    bool ours = false;
    std::uint64_t keys = 0;
    std::uint64_t without_ttl = 0; ///< these stay until somebody deletes them
    std::uint64_t bytes = 0;
};

class RedisCensus {
  public:
    /// `ttl` as PTTL says it: -1 for ever, -2 gone.
    void count(std::string_view key, std::int64_t ttl, std::uint64_t bytes);

    /// Ours first, then by name.
    [[nodiscard]] std::vector<RedisNamespace> namespaces() const;
    [[nodiscard]] RedisNamespace total() const;

  private:
    std::map<std::string, RedisNamespace, std::less<>> namespaces_;
};

/// identity:session:CONTEXT, identity:user:CONTEXT, identity:pending, identity:throttle; cache:APPLICATION:WHAT;
/// session, where the application of before has its sessions under their raw ids; else foreign.
[[nodiscard]] std::string namespace_of(std::string_view key);

} // namespace gatehouse
