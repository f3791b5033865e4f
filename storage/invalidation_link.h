// SPDX-License-Identifier: Apache-2.0
// Tells at once which keys of the cache were written, deleted or have expired, whoever did it, and proves all the time
// that it would. Loop thread only.
#pragma once

#include "storage/instant.h"

#include <string_view>

namespace gatehouse {

class InvalidationLink {
  public:
    /// Called on the loop, never from within a call to the link.
    class Listener {
      public:
        virtual void on_changed(std::string_view key) = 0;
        /// Everything may have changed (FLUSHALL, a message that is too large …).
        virtual void on_all_changed() = 0;
        /// From now on every change is told. Whatever happened before may have been missed.
        virtual void on_armed() = 0;
        /// Changes may be missed from now on, or have been for as long as `proven` was false. Follows an on_armed;
        /// nothing is told before the next one.
        virtual void on_lost() = 0;
        virtual ~Listener() = default;
    };

    virtual ~InvalidationLink() = default;

    /// Every change that was made before `now` minus the proof's age has been told: the link is armed, and its last
    /// heartbeat that was answered had been sent no longer ago than the configured age. `now` is the present; time in
    /// which the machine was suspended counts, although `now` does not show it.
    [[nodiscard]] virtual bool proven(Deadline now) const noexcept = 0;
    /// Which run of which server it listens to; empty while not armed.
    [[nodiscard]] virtual std::string_view run_id() const noexcept = 0;
};

} // namespace gatehouse
