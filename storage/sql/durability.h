// SPDX-License-Identifier: Apache-2.0
// What the settings of the database promise about what has been committed. A value.
#pragma once

namespace gatehouse {

struct Durability {
    bool flushes = true;             ///< commits reach the disk before they are acknowledged: fsync
    bool waits = true;               ///< so do those of other programs: synchronous_commit as it is configured
    bool synchronous_standby = true; ///< commits reach a standby, too

    friend bool operator==(const Durability&, const Durability&) = default;
};

} // namespace gatehouse
