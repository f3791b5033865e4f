// SPDX-License-Identifier: Apache-2.0
// Sees to it that the gateway serves on no schema but one it knows. A database that cannot be asked is no reason not to
// start: it is asked again, on a thread of its own, until it answers. Loop thread, but for `check_now`, which blocks
// before the loop runs.
#pragma once

#include "gateway/config/config.h"
#include "storage/sql/migrations.h"
#include "storage/worker_pool.h"

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace gatehouse {

class SchemaGuard {
  public:
    explicit SchemaGuard(const Config& config);

    /// What does not fit and what to do about it, or nothing. A database that does not answer counts as nothing, and is
    /// noted for keep_checking. With migrate_on_start, brings the schema up to date first.
    [[nodiscard]] std::optional<std::string> check_now();

    /// If check_now could not find out: asks once a second until the database answers, and calls back if the schema
    /// does not fit.
    void keep_checking(boost::asio::any_io_executor executor, std::function<void(const std::string&)> misfit);

    bool stop(Millis grace) { return pool_.stop(grace); }

  private:
    struct Question;
    std::shared_ptr<const Question> question_;
    bool answered_ = false;
    WorkerPool pool_;
};

} // namespace gatehouse
