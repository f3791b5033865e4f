// SPDX-License-Identifier: Apache-2.0
// Tells at once which keys of the cache were written, deleted or have expired, whoever changed them, and proves
// continuously that no change is missed. Loop thread only.
#pragma once

#include "storage/instant.h"

#include <string_view>

namespace gatehouse {

class InvalidationLink {
  public:
    /// Called on the loop, never from inside a call to the link.
    class Listener {
      public:
        virtual void on_changed(std::string_view key) = 0;
        /// Everything may have changed (FLUSHALL, a message that is too large …).
        virtual void on_all_changed() = 0;
        /// From now on every change is told. Changes before this call may have been missed.
        virtual void on_armed() = 0;
        /// From now on changes may be missed; they may also have been missed for as long as `proven` was false. Follows
        /// an on_armed. The listener is told nothing before the next on_armed.
        virtual void on_lost() = 0;
        virtual ~Listener() = default;
    };

    virtual ~InvalidationLink() = default;

    /// Whether every change that was made before `now` minus the proof's maximum age has been told: the link is armed,
    /// and its last answered heartbeat was sent no longer ago than that age. `now` must be the present. Time in which
    /// the machine was suspended counts, although `now` does not include it.
    [[nodiscard]] virtual bool proven(Deadline now) const noexcept = 0;
    /// Identifies the server and its run that the link listens to; empty while the link is not armed.
    [[nodiscard]] virtual std::string_view run_id() const noexcept = 0;
};

} // namespace gatehouse
