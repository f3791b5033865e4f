// SPDX-License-Identifier: Apache-2.0
// Makes sure that the gateway serves only on a schema that it knows. A database that cannot be asked does not prevent
// the start: it is asked again, on a thread of its own, until it answers. Loop thread.
#pragma once

#include "gateway/config/config.h"
#include "storage/admin/migrations.h"
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

    /// Call it before anything else runs on the loop. Returns what does not fit and what to do about it, or nothing. If
    /// a database does not answer within half a second, it returns nothing, and keep_checking asks again. With
    /// migrate_on_start, an old schema is migrated first, however long that takes.
    [[nodiscard]] std::optional<std::string> check_now(boost::asio::io_context& loop);

    /// While the gateway serves: notes in the one database that the other databases are in use
    /// (storage/admin/split_mark.h). If check_now got no answer: asks once a second until the database answers, and
    /// calls back if the schema does not fit.
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
