// SPDX-License-Identifier: Apache-2.0
// Whether this process may go over to a strategy: one step at a time, counted from what it did before and from what the
// other gateways do, and to production-only not before everything has been taken over. Loop thread.
#pragma once

#include "gateway/config/config.h"
#include "storage/legacy/legacy_store.h"
#include "storage/legacy/takeover_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {

/// Why not, with what to do; nullopt: it may. `announced` is what all gateways have said, this one too. Pure.
[[nodiscard]] std::optional<std::string> refuse_step(Strategy to, const std::vector<Announcement>& announced,
                                                     const std::string& self, Instant now);

/// A gateway that has not spoken for so long is gone.
inline constexpr Seconds gateway_gone_after{90};

class StrategyGuard {
  public:
    /// `legacy` may be null: then every strategy is as good as another.
    StrategyGuard(boost::asio::any_io_executor executor, TakeoverStore& store, LegacyStore* legacy, std::string node);
    ~StrategyGuard();

    /// Asks the stores. A store that does not answer is a reason against a change, and none against a start.
    boost::asio::awaitable<std::optional<std::string>> may_use(std::shared_ptr<const Config> config, bool starting);

    /// From now on this is what we do, and we go on saying so.
    void use(std::shared_ptr<const Config> config);

  private:
    struct State;
    static boost::asio::awaitable<void> keep_saying(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

} // namespace gatehouse
