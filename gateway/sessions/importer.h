// SPDX-License-Identifier: Apache-2.0
// Users and sessions of the older system on their way in, one at a time: for the visitor who comes with one, and for
// the commands that bring all of them. Loop thread.
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

/// The UUID here of a user there: the same one if it is one, else made from it, always the same.
[[nodiscard]] std::string uuid_of_legacy(std::string_view legacy_id);

/// What a session of the older system is here. Its absolute limit counts from when it began; but it lives on at least
/// as long as it would have over there without being used.
[[nodiscard]] Session taken_over(const LegacySession& found, const ContextConfig& rules, Instant now);

class Importer {
  public:
    explicit Importer(TakeoverStore& store) : store_(store) {}

    /// `token_id` and `born`: of the token by which the user came, if by one.
    boost::asio::awaitable<Result<Introduced>> introduce(std::shared_ptr<const Config> config, LegacyUser user,
                                                         std::string token_id, std::optional<Instant> born, Instant now,
                                                         Deadline deadline);

    struct TakenOver {
        Adopted outcome = Adopted::refused;
        Session session; ///< if moved
        User user;
        Reason why = Reason::live; ///< if refused
    };
    /// `id` is the stored id that the session gets here, `token_id` that of its old token.
    boost::asio::awaitable<Result<TakenOver>> take_over(std::shared_ptr<const Config> config, std::string id,
                                                        std::string token_id, LegacySession found, Instant now,
                                                        Deadline deadline);

  private:
    TakeoverStore& store_;
};

} // namespace gatehouse
