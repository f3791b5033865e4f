// SPDX-License-Identifier: Apache-2.0
// The conversation on the connection on which Redis announces changed keys: what to send next, what a reply means, and
// how old the last proof is that no change was missed. One connection after the other. Pure: no I/O, time is an
// argument.
//
// The connection tracks itself (RESP2): it logs in, asks for its own id, has the changes of all keys with Gatehouse's
// prefix redirected to this id, and subscribes to the channel on which the changes then arrive. Subscribing again to
// the same channel is the heartbeat. The server sends the changes of one turn of its loop before it reads what came in
// after this turn began. So the reply to a heartbeat proves that every change before the heartbeat was sent has been
// announced.
#pragma once

#include "storage/boot_clock.h"
#include "storage/instant.h"
#include "storage/redis/address.h"
#include "storage/redis/reply.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

/// A frozen server is found after `heartbeat` and `patience` at the latest; by then the proof has expired.
struct InvalidationTiming {
    Millis connect_timeout{1000}; ///< from beginning to connect to being armed
    Millis heartbeat{250}; ///< from sending one heartbeat to sending the next; if the reply took longer, the next one
                           ///< follows at once
    Millis patience{700};  ///< a heartbeat without a reply for this time ends the connection
    Millis proof_age{900}; ///< counted from sending the last answered heartbeat
};

struct InvalidationStats {
    std::uint64_t arms = 0;
    std::uint64_t losses = 0;     ///< connections that were armed and ended, for whatever reason
    std::uint64_t failures = 0;   ///< connections that ended before they were armed
    std::uint64_t heartbeats = 0; ///< answered heartbeats
    std::uint64_t keys = 0;       ///< announced keys
    std::uint64_t clears = 0;     ///< how often "everything may have changed" was reported
};

/// What follows from an input: at most one event, and commands or an event, never both.
struct InvalidationStep {
    enum class Event { none, armed, changed, all_changed, lost };

    std::vector<std::vector<std::string>> commands; ///< to be sent now, together
    Event event = Event::none;
    std::vector<std::string> keys; ///< changed keys
    bool over = false;             ///< close the connection; ignore what still comes from it
};

class InvalidationState {
  public:
    explicit InvalidationState(RedisAddress address, InvalidationTiming timing = {});

    /// A connection is being made. The connection before has ended.
    void begin(Moment now);
    InvalidationStep connected();
    InvalidationStep received(Moment now, RedisReply reply);
    /// May be called at any time, and must be at next_look().
    InvalidationStep look(Moment now);
    /// The connection has ended, or could not be made. Does nothing if the connection has ended already.
    InvalidationStep broken(std::string why);

    /// nullopt: only the next connection can change anything.
    [[nodiscard]] std::optional<Moment> next_look() const noexcept;
    /// There is no connection, and none is being made.
    [[nodiscard]] bool idle() const noexcept { return phase_ == Phase::idle; }
    [[nodiscard]] bool armed() const noexcept { return phase_ == Phase::armed; }
    [[nodiscard]] bool proven(Moment now) const noexcept { return armed() && now - proof_ <= timing_.proof_age; }
    /// Empty while not armed.
    [[nodiscard]] std::string_view run_id() const noexcept { return armed() ? run_id_ : std::string_view(); }
    /// Why the link is not armed, as text for people; never holds the password. Empty while the link is armed.
    [[nodiscard]] const std::string& trouble() const noexcept { return trouble_; }
    [[nodiscard]] const InvalidationStats& stats() const noexcept { return stats_; }

  private:
    enum class Phase { idle, connecting, greeting, arming, armed };

    InvalidationStep greeted(Moment now, RedisReply reply);
    InvalidationStep arming(RedisReply reply);
    InvalidationStep told(RedisReply reply);
    InvalidationStep changed(RedisReply keys);

    RedisAddress address_;
    InvalidationTiming timing_;
    Phase phase_ = Phase::idle;
    std::size_t expected_ = 0;        ///< replies to the commands that were sent together
    std::vector<RedisReply> replies_; ///< those replies that have arrived
    std::string run_id_;
    Moment due_;            ///< until the link is armed: the moment by which it must be
    Moment sent_;           ///< when the last heartbeat was sent
    bool answered_ = false; ///< whether the last heartbeat was answered
    Moment proof_;          ///< when the last answered heartbeat was sent
    std::string trouble_ = "not started";
    InvalidationStats stats_;
};

} // namespace gatehouse
