// SPDX-License-Identifier: Apache-2.0
// The system that is being replaced: its tokens, its users, and what it is told, as the strategy says (strategy.h).
// A session of it that is used is taken over: its token becomes another name of a session of ours, and the browser gets
// a token of ours beside it. Knows nothing of HTTP. Loop thread only; every coroutine resumes there and ends within the
// store deadlines.
#pragma once

#include "gateway/sessions/importer.h"
#include "gateway/sessions/informer.h"
#include "gateway/sessions/miss_limit.h"
#include "gateway/sessions/service.h"
#include "gateway/sessions/strategy.h"
#include "storage/legacy/legacy_store.h"
#include "storage/legacy/takeover_store.h"
#include "storage/user_store.h"

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

/// Who comes with an old token, and when.
struct OldVisit {
    SettingsPtr settings; ///< one configuration from beginning to end
    std::string token;
    std::string context;
    Origin origin;
    std::string place; ///< of the client, as misses are counted by it
    Instant now;
};

class Takeover {
  public:
    /// `legacy` may be null: nothing is being replaced, and every strategy means our own store.
    Takeover(SessionService& sessions, UserStore& users, TakeoverStore& store, LegacyStore* legacy)
        : sessions_(sessions),
          users_(users),
          store_(store),
          legacy_(legacy),
          importer_(store),
          informer_(store, legacy, Informer::Reach::quick) {}

    /// Whether this context has old tokens that may be worth something now.
    [[nodiscard]] bool concerns(const Config& config, std::string_view context, Instant now) const noexcept;
    /// Whether our own tokens count in this context.
    [[nodiscard]] bool reads_ours(const Config& config, std::string_view context) const noexcept;
    /// A token that could be one of the older system.
    [[nodiscard]] static bool is_old_token(std::string_view token) noexcept;

    boost::asio::awaitable<Lookup> check(OldVisit visit);

    /// Since the start.
    struct Stats {
        std::uint64_t questions = 0;  ///< the older system was asked about a token
        std::uint64_t unanswered = 0; ///< and did not answer
        std::uint64_t taken_over = 0; ///< sessions
    };
    [[nodiscard]] const Stats& stats() const noexcept { return stats_; }
    [[nodiscard]] std::uint64_t not_told() const noexcept { return informer_.not_told(); }

    /// The account of a canonical e-mail address or phone number, from where the strategy says. One that is found in
    /// the older system alone is made here, too.
    boost::asio::awaitable<Result<std::optional<Account>>> find_account(SettingsPtr settings, std::string identifier,
                                                                        std::string context, Instant now);

    /// As SessionService::begin; the older system is told if the strategy says so. `old_token` is empty if it was not.
    struct Begun {
        LoggedIn login; ///< under mock-only there is no token of ours
        std::string old_token;
    };
    boost::asio::awaitable<Result<std::optional<Begun>>> begin(SettingsPtr settings, NewLogin login, Instant now);

    /// Ends what the old token stands for, here for ever, and there if it may still be asked.
    boost::asio::awaitable<EndOutcome> end(OldVisit visit);
    /// This session has ended here: now also there, as far as it can be reached. False: it could not be.
    boost::asio::awaitable<bool> tell_ended(SettingsPtr settings, SessionKey session, Instant now);
    /// All of the user's have, but `keep`; the visitor's old token, if there is one, stays good.
    boost::asio::awaitable<void> tell_others_ended(std::optional<SessionKey> keep, std::string user_id, OldVisit visit);

    /// Whether the older system has passwords that are to change with ours.
    [[nodiscard]] bool writes_passwords(const Config& config) const noexcept;
    /// The user's password is changed here: now also there. False: it could not be.
    boost::asio::awaitable<bool> tell_password(SettingsPtr settings, std::string user_id, std::string hash);

  private:
    [[nodiscard]] bool replaces(const Config& config, std::string_view context) const noexcept;
    boost::asio::awaitable<Knows> ask_legacy(const OldVisit& visit, const SessionKey& key, Knows ours,
                                             std::optional<LegacySession>& found);
    boost::asio::awaitable<Lookup> move(OldVisit visit, SessionKey key, LegacySession found);
    boost::asio::awaitable<Lookup> admit_theirs(OldVisit visit, SessionKey key, LegacySession found);
    boost::asio::awaitable<Lookup> end_here(OldVisit visit);
    boost::asio::awaitable<Result<std::optional<Account>>> import_account(SettingsPtr settings, std::string identifier,
                                                                          Instant now);
    boost::asio::awaitable<Result<std::string>> tell_begun(SettingsPtr settings, NewLogin login, std::string legacy_id,
                                                           std::optional<std::string> session_id, Instant now);
    [[nodiscard]] static Vouched vouched(const Config& config, SessionKey token, Instant now);
    boost::asio::awaitable<void> keep(const OldVisit& visit);
    boost::asio::awaitable<void> save_standing(SettingsPtr settings, std::string legacy_id, std::string standing,
                                               Instant now);

    SessionService& sessions_;
    UserStore& users_;
    TakeoverStore& store_;
    LegacyStore* legacy_;
    Importer importer_;
    Informer informer_;
    MissLimit misses_;
    Stats stats_;
};

} // namespace gatehouse
