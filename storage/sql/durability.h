// SPDX-License-Identifier: Apache-2.0
// What the settings of the database promise for a committed transaction. A value.
#pragma once

namespace gatehouse {

struct Durability {
    bool flushes = true; ///< fsync: commits reach the disk before they are acknowledged
    bool waits = true;   ///< synchronous_commit as configured: the commits of other programs reach the disk as well
    bool synchronous_standby = true; ///< commits also reach a standby

    friend bool operator==(const Durability&, const Durability&) = default;
};

} // namespace gatehouse
