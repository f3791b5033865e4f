// SPDX-License-Identifier: Apache-2.0
// Activity on its way to SQL: noted at once, written in batches by a coroutine of its own. If SQL does not answer the
// notes stay and are tried again; while it is away, idle time is judged with the outage as grace. Loop thread only.
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

    /// Notes kept through an outage. Each costs some 300 bytes, so they are 30 MB at most: the shipped service may use
    /// 512 MB, and a hash 19 MB. One more session is not noted, and is judged with the outage as grace all the same.
    static constexpr std::size_t most_notes = 100'000;

    void note(const SessionKey& key, Instant at);

    /// What has been noted but not been written, if anything.
    [[nodiscard]] std::optional<Instant> pending(const SessionKey& key) const;

    /// How late activity may have reached SQL because of an outage of SQL: the whole of one that lasts, the length of
    /// the last one for a minute after it ended (other nodes may still be writing), zero otherwise.
    [[nodiscard]] Millis outage_grace(Deadline now) const noexcept;

    void start();
    /// Writes what is there, once, and stops.
    boost::asio::awaitable<void> stop(Deadline deadline);

  private:
    struct State;
    static boost::asio::awaitable<void> run(std::shared_ptr<State> state);
    static boost::asio::awaitable<bool> flush(std::shared_ptr<State> state, Deadline deadline);

    std::shared_ptr<State> state_;
};

} // namespace gatehouse
