// SPDX-License-Identifier: Apache-2.0
// Sees to it that the gateway serves on no schema but one it knows. A database that cannot be asked is no reason not to
// start: it is asked again, on a thread of its own, until it answers. Loop thread.
#pragma once

#include "gateway/config/config.h"
#include "storage/sql/migrations.h"
#include "storage/worker_pool.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace gatehouse {

class SchemaGuard {
  public:
    explicit SchemaGuard(const Config& config);

    /// Before anything else runs on the loop: what does not fit and what to do about it, or nothing. A database that
    /// does not answer within half a second counts as nothing, and is noted for keep_checking. With migrate_on_start an
    /// old schema is brought up to date first, however long that takes.
    [[nodiscard]] std::optional<std::string> check_now(boost::asio::io_context& loop);

    /// While it serves: notes in the one database that the others are in use (storage/sql/split_mark.h).
    /// If check_now could not find out: asks once a second until the database answers, and calls back if the schema
    /// does not fit.
    void keep_checking(boost::asio::any_io_executor executor, std::function<void(const std::string&)> misfit);

    bool stop(Millis grace) { return pool_.stop(grace); }

  private:
    struct Question;
    struct Answer;
    boost::asio::awaitable<Answer> ask(Answer (Question::*how)() const, Deadline deadline);
    boost::asio::awaitable<Answer> first_question();
    boost::asio::awaitable<void> note_split();
    boost::asio::awaitable<void> keep_asking(std::function<void(const std::string&)> misfit);

    std::shared_ptr<const Question> question_;
    bool answered_ = false;
    WorkerPool pool_;
};

} // namespace gatehouse
