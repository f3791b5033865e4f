// SPDX-License-Identifier: Apache-2.0
// The web database on PostgreSQL or SQLite, with connections and threads of its own: a failure of the web database
// occupies no thread of another store. Loop thread; otherwise as SqlIdentityStore.
#pragma once

#include "storage/sql/options.h"
#include "storage/web_store.h"

#include <memory>
#include <string>

namespace gatehouse {

class SqlWebStore final : public WebStore {
  public:
    /// Opens nothing yet. Throws std::runtime_error if the URL is malformed. The message never shows a password.
    explicit SqlWebStore(const SqlOptions& options);
    ~SqlWebStore() override;

    /// Takes no more work and waits for the running jobs. Returns false if a thread was stuck and was left behind.
    bool stop(Millis grace);

    /// The last failure in the database's words, without a password. Empty after a success. Any thread.
    [[nodiscard]] std::string last_failure() const;

    boost::asio::awaitable<Result<std::optional<Preferences>>> find(std::string user_id, Deadline deadline) override;
    boost::asio::awaitable<Result<Preferences>> save(WebSession session, PreferencesChange change, Instant now,
                                                     Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<Preferences>>> begin(WebSession session, Instant now,
                                                                     Deadline deadline) override;
    boost::asio::awaitable<Result<void>> forget(std::string user_id, Deadline deadline) override;
    boost::asio::awaitable<Result<std::size_t>> purge(Instant before, std::size_t limit, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> ping(Deadline deadline) override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace gatehouse
