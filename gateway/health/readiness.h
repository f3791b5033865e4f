// SPDX-License-Identifier: Apache-2.0
// Asks the stores how they are, at most once a second however often `ready` is called. Also reports what the database
// does not promise, whether all visitors seem to come from one address, and whether mail waits for long. Loop thread.
#pragma once

#include "gateway/accounts/address_watch.h"
#include "gateway/endpoints/endpoint.h"
#include "gateway/health/durability.h"
#include "gateway/health/legacy_watch.h"
#include "gateway/stores/stores.h"

#include <functional>
#include <vector>

namespace gatehouse {

namespace mail {
class Dispatcher;
}

class StoreProbe final : public ReadinessProbe {
  public:
    using Numbers = std::function<std::vector<Readiness::Number>()>;

    /// `numbers` returns the current counters.
    StoreProbe(Stores& stores, const AddressWatch& addresses, Numbers numbers);

    /// For the warning about mail that waits for long. It outlives this object.
    void watch(const mail::Dispatcher& mail) { mail_ = &mail; }

    /// Starts the checks of what the database promises and of why the older system's database does not answer.
    void start(const boost::asio::any_io_executor& executor) {
        durability_.start(executor);
        if (stores_.legacy_tables() != nullptr) older_.start(executor);
    }

    boost::asio::awaitable<Readiness> probe() override;

  private:
    struct WebPings;

    Stores& stores_;
    const AddressWatch& addresses_;
    Numbers numbers_;
    const mail::Dispatcher* mail_ = nullptr; ///< nullptr: no mail is sent
    DurabilityWatch durability_;
    LegacyWatch older_;
    std::vector<Readiness::Store> last_;
    Deadline fresh_until_{};
};

} // namespace gatehouse
