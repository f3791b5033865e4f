// SPDX-License-Identifier: Apache-2.0
// Tells the older system what has ended or changed in Gatehouse, if the strategy writes there; for gateways and for the
// command line. What is told has happened already, and stays so if telling fails. Loop thread only.
#pragma once

#include "gateway/config/config.h"
#include "gateway/sessions/token.h"
#include "storage/legacy/legacy_store.h"
#include "storage/legacy/takeover_store.h"

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gatehouse {

class LegacyNotifier {
  public:
    enum class Reach {
        quick,     ///< for a request: only what is found by its user or its token
        everything ///< reads all of the older system's Redis, which has no list of a user's sessions; may take long
    };

    LegacyNotifier(TakeoverStore& store, LegacyStore& legacy, Reach reach)
        : store_(store), legacy_(legacy), reach_(reach) {}

    [[nodiscard]] bool informs(const Config& config) const noexcept;
    /// Whether the older system has passwords that change together with those of Gatehouse.
    [[nodiscard]] bool informs_of_passwords(const Config& config) const noexcept;

    // These functions return false if the older system could not be told, or not of everything. Telling it again does
    // no harm.

    // With `seal`, which outlives the call, the keys in the older system's Redis are also cleared if their tokens are
    // known.

    boost::asio::awaitable<bool> session_ended(std::shared_ptr<const Config> config, SessionKey session,
                                               const TokenSeal* seal, Instant now);
    /// Every session of the user has ended, except those with the stored ids in `kept`.
    boost::asio::awaitable<bool> all_ended(std::shared_ptr<const Config> config, std::string user_id,
                                           std::vector<std::string> kept, const TokenSeal* seal, Instant now);
    /// Whether a logout clears the token in a user's row.
    [[nodiscard]] static bool clears_row(const Config& config) noexcept;
    /// Call it before the token in this user's row is cleared. It notes that in the database, so that the empty row is
    /// not taken for a logout in the older system.
    boost::asio::awaitable<bool> about_to_clear(std::shared_ptr<const Config> config, std::string legacy_id);
    /// `hash` is in a form that the older system understands.
    boost::asio::awaitable<bool> password_changed(std::shared_ptr<const Config> config, std::string user_id,
                                                  std::string hash);

    /// Whether the older system has an account of this user, whom a sign-in with it would bring back.
    boost::asio::awaitable<Result<bool>> would_bring_back(std::shared_ptr<const Config> config, std::string user_id);

    /// Logs and counts the failure, and does nothing else.
    void warn_not_told(std::string_view what, boost::system::error_code error);
    /// Notifications that failed.
    [[nodiscard]] std::uint64_t not_told() const noexcept { return not_told_; }

  private:
    boost::asio::awaitable<bool> clear(std::shared_ptr<const Config> config, std::string legacy_id,
                                       LegacySelection which, Instant now);
    boost::asio::awaitable<bool> clear_keys(std::shared_ptr<const Config> config, std::vector<OlderName> names,
                                            const TokenSeal* seal, Instant now);
    boost::asio::awaitable<Result<void>> sweep(std::shared_ptr<const Config> config, std::string legacy_id,
                                               LegacySelection which, Instant now);

    TakeoverStore& store_;
    LegacyStore& legacy_;
    Reach reach_;
    std::uint64_t not_told_ = 0;
};

} // namespace gatehouse
