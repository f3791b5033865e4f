// SPDX-License-Identifier: Apache-2.0
// Checks now and then whether the database keeps what it has acknowledged, even after a crash. Logs each change of the
// answer, and tells `ready`. Loop thread.
#pragma once

#include "storage/instant.h"
#include "storage/result.h"
#include "storage/sql/durability.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace gatehouse {

class DurabilityWatch {
  public:
    using Ask = std::function<boost::asio::awaitable<Result<Durability>>(Deadline)>;
    struct Pace {
        Millis known{60'000};  ///< between checks
        Millis unknown{1'000}; ///< until the first answer
    };

    explicit DurabilityWatch(Ask ask);
    DurabilityWatch(Ask ask, Pace pace);
    ~DurabilityWatch();
    DurabilityWatch(const DurabilityWatch&) = delete;
    DurabilityWatch& operator=(const DurabilityWatch&) = delete;

    void start(boost::asio::any_io_executor executor);

    /// From the latest answer; empty before the first one.
    [[nodiscard]] std::vector<std::string_view> warnings() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

} // namespace gatehouse
