// SPDX-License-Identifier: Apache-2.0
// Takes over users and sessions of the older system, one at a time: for a visitor who comes with an older token, and
// for the commands that take over all of them. Loop thread.
#pragma once

#include "gateway/config/config.h"
#include "gateway/sessions/lookup.h"
#include "storage/legacy/legacy_store.h"
#include "storage/legacy/takeover_store.h"

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace gatehouse {

/// The UUID in Gatehouse of a user of the older system: the same UUID if the older id is one, else one derived from the
/// older id. Always the same.
[[nodiscard]] std::string uuid_of_legacy(std::string_view legacy_id);

/// The session of Gatehouse for a session of the older system. Its absolute limit counts from its beginning, but it
/// lives at least as long as it would in the older system without being used.
[[nodiscard]] Session taken_over(const LegacySession& found, const ContextConfig& rules, Instant now);

class Importer {
  public:
    explicit Importer(TakeoverStore& store) : store_(store) {}

    /// The account whose password counts for this user, without writing anything (TakeoverStore::preview).
    boost::asio::awaitable<Result<std::optional<Account>>> preview(std::shared_ptr<const Config> config,
                                                                   LegacyUser user, Instant now, Deadline deadline);
    /// `token_id` and `born`: of the token by which the user came; empty if none.
    boost::asio::awaitable<Result<Introduced>> introduce(std::shared_ptr<const Config> config, LegacyUser user,
                                                         std::string token_id, std::optional<Instant> born, Instant now,
                                                         Deadline deadline);

    struct TakenOver {
        Adopted outcome = Adopted::refused;
        Session session; ///< if outcome is moved
        User user;
        Reason why = Reason::live; ///< if outcome is refused
    };
    /// The older token that identifies the session in the older system.
    struct OldToken {
        std::string id;     ///< as it is stored
        std::string sealed; ///< in the form of OlderName::sealed
    };
    /// `id` is the stored id of the new session.
    boost::asio::awaitable<Result<TakenOver>> take_over(std::shared_ptr<const Config> config, std::string id,
                                                        OldToken token, LegacySession found, Instant now,
                                                        Deadline deadline);

  private:
    TakeoverStore& store_;
};

} // namespace gatehouse
