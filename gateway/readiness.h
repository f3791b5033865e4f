// SPDX-License-Identifier: Apache-2.0
// Asks the stores how they are, at most once a second however often `ready` is called. Loop thread.
#pragma once

#include "gateway/endpoints/endpoint.h"
#include "gateway/stores.h"

#include <functional>
#include <vector>

namespace gatehouse {

class StoreProbe final : public ReadinessProbe {
  public:
    using Numbers = std::function<std::vector<std::pair<std::string_view, std::int64_t>>()>;

    /// `numbers` is asked for the counters of the moment.
    StoreProbe(Stores& stores, Numbers numbers) : stores_(stores), numbers_(std::move(numbers)) {}

    boost::asio::awaitable<Readiness> probe() override;

  private:
    Stores& stores_;
    Numbers numbers_;
    std::vector<Readiness::Store> last_;
    Deadline fresh_until_{};
};

} // namespace gatehouse
