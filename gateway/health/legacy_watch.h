// SPDX-License-Identifier: Apache-2.0
// Logs why the older system's database does not answer: each reason once, and again while it lasts, but not for every
// request. Loop thread.
#pragma once

#include "storage/instant.h"

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse {

/// Remembers which reasons were logged lately. Pure.
class ToldLately {
  public:
    /// Whether to log this reason now: not twice in ten minutes, and only a few reasons in that time.
    [[nodiscard]] bool is_worth_telling(const std::string& reason, Deadline now);

  private:
    struct Told {
        std::string reason;
        Deadline at;
    };
    std::vector<Told> told_;
};

class LegacyWatch {
  public:
    /// Returns the latest error and forgets it; empty: no error since the last call.
    using Take = std::function<std::string()>;

    explicit LegacyWatch(Take take);
    ~LegacyWatch();
    LegacyWatch(const LegacyWatch&) = delete;
    LegacyWatch& operator=(const LegacyWatch&) = delete;

    void start(boost::asio::any_io_executor executor);

  private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace gatehouse
