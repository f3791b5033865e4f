// SPDX-License-Identifier: Apache-2.0
// Which keys are in Redis, by namespace: how many, how many without an expiry, and how much memory they take. A key is
// counted and forgotten: no name in the result identifies a session or a person. Pure.
#pragma once

#include "storage/instant.h"

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
    std::uint64_t without_ttl = 0; ///< keys that stay until somebody deletes them
    std::uint64_t too_long = 0;    ///< keys that live longer than `longest`, or for ever
    Seconds longest{0};            ///< the longest life that this namespace allows; 0: it has no rule
    std::uint64_t bytes = 0;
};

class RedisCensus {
  public:
    /// `ttl` as PTTL returns it: -1 no expiry, -2 gone.
    void count(std::string_view key, std::int64_t ttl, std::uint64_t bytes);

    /// Gatehouse's namespaces first, then by name.
    [[nodiscard]] std::vector<RedisNamespace> namespaces() const;
    [[nodiscard]] RedisNamespace total() const;

  private:
    std::map<std::string, RedisNamespace, std::less<>> namespaces_;
};

/// identity:session:CONTEXT, identity:user:CONTEXT, identity:pending, identity:throttle; cache:APPLICATION:WHAT;
/// session, where the older system keeps its sessions under their raw tokens; else foreign.
[[nodiscard]] std::string namespace_of(std::string_view key);

/// The longest life that a key of this namespace may have: cache:web:rates 5 minutes, cache:web:orders 30,
/// cache:web:analytics 15. 0: there is no rule.
[[nodiscard]] Seconds longest_life_in(std::string_view name) noexcept;

} // namespace gatehouse
