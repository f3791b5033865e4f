// SPDX-License-Identifier: Apache-2.0
// What people like of the web pages, in memory, with the meaning of the SQL store: for tests of what stands on it. Loop
// thread. It can be told to fail and to answer late.
#pragma once

#include "storage/web_store.h"

#include <cstddef>
#include <map>

namespace gatehouse {

class MemoryWebStore final : public WebStore {
  public:
    /// From now on every call ends with this error and changes nothing; nullopt: works again.
    void set_failure(std::optional<StoreError> failure) { failure_ = failure; }
    /// From now on every answer takes so long; calls whose deadline comes first end then, timed_out, and change
    /// nothing.
    void set_delay(Millis delay) { delay_ = delay; }

    /// How many calls have been made, failed ones included.
    [[nodiscard]] std::size_t calls() const noexcept { return calls_; }
    /// What is kept beside a session; nullptr: nothing.
    [[nodiscard]] const Preferences* of_session(const std::string& id) const;

    boost::asio::awaitable<Result<std::optional<Preferences>>> find(std::string user_id, Deadline deadline) override;
    boost::asio::awaitable<Result<Preferences>> save(WebSession session, PreferencesChange change, Instant now,
                                                     Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<Preferences>>> begin(WebSession session, Instant now,
                                                                     Deadline deadline) override;
    boost::asio::awaitable<Result<void>> forget(std::string user_id, Deadline deadline) override;
    boost::asio::awaitable<Result<std::size_t>> purge(Instant before, std::size_t limit, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> ping(Deadline deadline) override;

  private:
    struct Row {
        WebSession session;
        Preferences preferences;
    };

    boost::asio::awaitable<Result<void>> arrive(Deadline deadline);

    std::map<std::string, Preferences> people_; ///< by user
    std::map<std::string, Row> sessions_;       ///< by id
    std::optional<StoreError> failure_;
    Millis delay_{0};
    std::size_t calls_ = 0;
};

} // namespace gatehouse
