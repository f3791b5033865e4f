// SPDX-License-Identifier: Apache-2.0
// Asks the stores how they are, at most once a second however often `ready` is called, and knows what the database
// does not promise. Loop thread.
#pragma once

#include "gateway/durability.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/stores.h"

#include <functional>
#include <vector>

namespace gatehouse {

class StoreProbe final : public ReadinessProbe {
  public:
    using Numbers = std::function<std::vector<Readiness::Number>()>;

    /// `numbers` is asked for the counters of the moment.
    StoreProbe(Stores& stores, Numbers numbers)
        : stores_(stores),
          numbers_(std::move(numbers)),
          durability_([&stores](Deadline deadline) { return stores.sql().durability(deadline); }) {}

    /// Begins to look at what the database promises.
    void start(boost::asio::any_io_executor executor) { durability_.start(std::move(executor)); }

    boost::asio::awaitable<Readiness> probe() override;

  private:
    struct WebPings;

    Stores& stores_;
    Numbers numbers_;
    DurabilityWatch durability_;
    std::vector<Readiness::Store> last_;
    Deadline fresh_until_{};
};

} // namespace gatehouse
