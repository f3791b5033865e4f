// SPDX-License-Identifier: Apache-2.0
// What the position of a change feed is made of. Opaque to readers; the same for every store. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

struct FeedPosition {
    std::string history;          ///< names the history of the authority; another one after a restore or a fail-over
    std::int64_t seq = 0;         ///< the highest number of a change that could be seen
    std::string snapshot{"1:1:"}; ///< a pg_snapshot: the transactions that could be seen. "1:1:": needs none

    /// nullopt: `text` was not made by us.
    static std::optional<FeedPosition> parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    /// Whether `later` can come after this one.
    [[nodiscard]] bool leads_to(const FeedPosition& later) const;
};

} // namespace gatehouse
