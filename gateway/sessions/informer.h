// SPDX-License-Identifier: Apache-2.0
// Tells the older system what has ended or changed here, as far as the strategy writes there; for gateways and for the
// command line alike. Loop thread only. Whatever is said here has happened before, and stays so if it cannot be told.
#pragma once

#include "gateway/config/config.h"
#include "storage/legacy/legacy_store.h"
#include "storage/legacy/takeover_store.h"

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse {

class Informer {
  public:
    enum class Reach {
        quick,     ///< for a request: what can be found by its user or its token
        everything ///< reads all of its Redis, which has no list of a user's sessions; takes as long as that does
    };

    /// `legacy` may be null: nothing is being replaced, and there is nobody to be told.
    Informer(TakeoverStore& store, LegacyStore* legacy, Reach reach) : store_(store), legacy_(legacy), reach_(reach) {}

    [[nodiscard]] bool informs(const Config& config) const noexcept;
    /// Whether it has passwords that are to change with ours.
    [[nodiscard]] bool informs_of_passwords(const Config& config) const noexcept;

    // False: it could not be told, or not all of it. Telling it again does no harm.

    boost::asio::awaitable<bool> session_ended(std::shared_ptr<const Config> config, SessionKey session, Instant now);
    /// All of the user's, but those with these stored ids.
    boost::asio::awaitable<bool> all_ended(std::shared_ptr<const Config> config, std::string user_id,
                                           std::vector<std::string> kept, Instant now);
    /// `hash` is one that it understands.
    boost::asio::awaitable<bool> password_changed(std::shared_ptr<const Config> config, std::string user_id,
                                                  std::string hash);

    /// In the log, and in nobody's way.
    void warn_not_told(std::string_view what, boost::system::error_code error);
    /// How often it has been said that it could not be told.
    [[nodiscard]] std::uint64_t not_told() const noexcept { return not_told_; }

  private:
    boost::asio::awaitable<bool> clear(std::shared_ptr<const Config> config, std::string legacy_id,
                                       LegacySelection which, Instant now);
    boost::asio::awaitable<Result<void>> sweep(std::shared_ptr<const Config> config, std::string legacy_id,
                                               LegacySelection which, Instant now);

    TakeoverStore& store_;
    LegacyStore* legacy_;
    Reach reach_;
    std::uint64_t not_told_ = 0;
};

} // namespace gatehouse
