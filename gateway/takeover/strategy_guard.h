// SPDX-License-Identifier: Apache-2.0
// Whether this gateway may go over to a strategy: only one step at a time, counted from its own strategy before and
// from those of the other gateways; and to production-only only after everything has been taken over. Loop thread.
#pragma once

#include "gateway/config/config.h"
#include "gateway/sessions/settings.h"
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

/// Why the step is refused, and what to do; nullopt: it is allowed. `announced`: what all gateways have announced,
/// including this one. Pure.
[[nodiscard]] std::optional<std::string> refuse_step(Strategy to, const std::vector<Announcement>& announced,
                                                     const std::string& self, Instant now);

/// A gateway that has not announced anything for this long is gone.
inline constexpr Seconds gateway_gone_after{90};

class StrategyGuard {
  public:
    StrategyGuard(boost::asio::any_io_executor executor, TakeoverStore& store, SessionStore& sessions,
                  LegacyStore& legacy, std::string node);
    ~StrategyGuard();

    /// Asks the stores. A store that does not answer forbids a change, but not a start. Before the older system is no
    /// longer asked, the sessions that ended there are ended in Gatehouse; `current` opens their sealed tokens. If
    /// `current` is null, nothing is changed.
    boost::asio::awaitable<std::optional<std::string>> may_use(std::shared_ptr<const Config> config,
                                                               SettingsPtr current, bool starting);

    /// This gateway uses this configuration from now on, and announces it again and again.
    void use(std::shared_ptr<const Config> config);

    /// A reload was refused: the reason is announced until a reload is accepted.
    void refused(std::string why);

  private:
    struct State;
    void say_at_once();
    static boost::asio::awaitable<void> keep_saying(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

} // namespace gatehouse
