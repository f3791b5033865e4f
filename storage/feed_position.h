// SPDX-License-Identifier: Apache-2.0
// The parts of a feed's position. Readers treat a position as opaque; the format is the same for every store. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

struct FeedPosition {
    std::string history;          ///< identifies the database's history; another one after a restore or a fail-over
    std::int64_t seq = 0;         ///< the highest number of a visible change
    std::string snapshot{"1:1:"}; ///< a pg_snapshot with the visible transactions; "1:1:" for a store without snapshots

    /// nullopt: `text` is no position in Gatehouse's format.
    static std::optional<FeedPosition> parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    /// Whether `later` can come after this position.
    [[nodiscard]] bool leads_to(const FeedPosition& later) const;
};

} // namespace gatehouse
