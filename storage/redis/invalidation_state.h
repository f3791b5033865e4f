// SPDX-License-Identifier: Apache-2.0
// The conversation on the connection on which Redis tells what has changed: what to say next, what an answer means, and
// how long ago it was proven that nothing is missed. One connection after the other. Pure: no I/O, time is an argument.
//
// The connection tracks itself (RESP2): it logs in, asks for its own id, has the changes of all keys with our prefix
// redirected to that id, and subscribes to the channel on which they then arrive. Subscribing again to the same channel
// is the heartbeat. The server sends the changes of one turn of its loop before it reads what came in after that turn
// began, so the answer to a heartbeat proves that whatever was changed before it was sent has been told.
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

/// A frozen server is found after `heartbeat` and `patience` at the latest; by then the proof is too old.
struct InvalidationTiming {
    Millis connect_timeout{1000}; ///< from beginning to connect to being armed
    Millis heartbeat{250};        ///< from sending one to sending the next; at once if the answer took longer
    Millis patience{700};         ///< a heartbeat that is unanswered for so long ends the connection
    Millis proof_age{900};        ///< counted from sending the heartbeat that was answered
};

struct InvalidationStats {
    std::uint64_t arms = 0;
    std::uint64_t losses = 0;     ///< connections that were armed and ended, for whatever reason
    std::uint64_t failures = 0;   ///< connections that ended before
    std::uint64_t heartbeats = 0; ///< that were answered
    std::uint64_t keys = 0;       ///< that have been told
    std::uint64_t clears = 0;     ///< times that everything may have changed
};

/// What follows from an input: at most one event, and commands or an event, never both.
struct InvalidationStep {
    enum class Event { none, armed, changed, all_changed, lost };

    std::vector<std::vector<std::string>> commands; ///< to be sent now, together
    Event event = Event::none;
    std::vector<std::string> keys; ///< that have changed
    bool over = false;             ///< the connection is to be closed; nothing that still comes from it is of use
};

class InvalidationState {
  public:
    explicit InvalidationState(RedisAddress address, InvalidationTiming timing = {});

    /// A connection is being made. The one before is over.
    void begin(Moment now);
    InvalidationStep connected();
    InvalidationStep received(Moment now, RedisReply reply);
    /// May be called at any time, and must be at next_look().
    InvalidationStep look(Moment now);
    /// The connection has ended, or could not be made. Nothing happens if it was over already.
    InvalidationStep broken(std::string why);

    /// Nothing: only the next connection can change anything.
    [[nodiscard]] std::optional<Moment> next_look() const noexcept;
    /// There is no connection, and none is being made.
    [[nodiscard]] bool idle() const noexcept { return phase_ == Phase::idle; }
    [[nodiscard]] bool armed() const noexcept { return phase_ == Phase::armed; }
    [[nodiscard]] bool proven(Moment now) const noexcept { return armed() && now - proof_ <= timing_.proof_age; }
    /// Empty while not armed.
    [[nodiscard]] std::string_view run_id() const noexcept { return armed() ? run_id_ : std::string_view(); }
    /// Why it is not armed, for a person; never holds the password. Empty while it is.
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
    std::size_t expected_ = 0;        ///< answers to what was sent together
    std::vector<RedisReply> replies_; ///< of them
    std::string run_id_;
    Moment due_;            ///< until armed: by then it must be
    Moment sent_;           ///< the last heartbeat
    bool answered_ = false; ///< that one
    Moment proof_;          ///< when the last heartbeat was sent that was answered
    std::string trouble_ = "not started";
    InvalidationStats stats_;
};

} // namespace gatehouse
