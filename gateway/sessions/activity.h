// SPDX-License-Identifier: Apache-2.0
// Notes activity at once; a coroutine of its own writes it to the database in batches. If the database does not answer,
// the notes stay and are tried again. During such an outage, its length is added to the idle time as grace. Loop thread
// only.
#pragma once

#include "storage/session_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

namespace gatehouse {

class ActivityWriter {
  public:
    ActivityWriter(boost::asio::any_io_executor executor, SessionStore& store, Millis interval);

    /// Notes kept through an outage. A note costs some 300 bytes, so all notes are 30 MB at most: the shipped service
    /// may use 512 MB, and a hash takes 19 MB. Beyond this number a session is not noted; the outage is its grace all
    /// the same.
    static constexpr std::size_t most_notes = 100'000;

    void note(const SessionKey& key, Instant at);

    /// The latest activity that has been noted but not written, if any.
    [[nodiscard]] std::optional<Instant> pending(const SessionKey& key) const;

    /// How late activity may have reached the database because of an outage: the length of the present outage; for a
    /// minute after an outage its length, because other gateways may still be writing; zero otherwise.
    [[nodiscard]] Millis outage_grace(Deadline now) const noexcept;

    void start();
    /// Writes the waiting notes once, and stops.
    boost::asio::awaitable<void> stop(Deadline deadline);

  private:
    struct State;
    static boost::asio::awaitable<void> run(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> flush(std::shared_ptr<State> state, Deadline deadline);

    std::shared_ptr<State> state_;
};

} // namespace gatehouse
