// SPDX-License-Identifier: Apache-2.0
// Everything about the system that is being replaced: its tokens, its users, and what it is told, as the strategy says
// (strategy.h). A session of the older system that is used is taken over: its token becomes an alias of a session of
// Gatehouse, and the browser gets a token of Gatehouse beside it. Knows nothing of HTTP. Loop thread only; every
// coroutine resumes there and ends within the store deadlines.
#pragma once

#include "gateway/sessions/identities.h"
#include "gateway/sessions/single_flight.h"
#include "gateway/takeover/importer.h"
#include "gateway/takeover/legacy_notifier.h"
#include "gateway/takeover/miss_limit.h"
#include "gateway/takeover/strategy.h"
#include "storage/legacy/legacy_store.h"
#include "storage/legacy/takeover_store.h"

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace gatehouse {

class SessionService;

/// A request with an older token, and its time.
struct OldVisit {
    SettingsPtr settings; ///< one configuration from the beginning of the request to its end
    std::string token;
    std::string context;
    Origin origin;
    std::string place; ///< the client's address, in the form in which misses are counted
    Instant now;
};

class Takeover {
  public:
    Takeover(SessionService& sessions, TakeoverStore& store, LegacyStore& legacy)
        : sessions_(sessions),
          store_(store),
          legacy_(legacy),
          importer_(store),
          notifier_(store, legacy, LegacyNotifier::Reach::quick) {}

    /// Whether this context has older tokens that may count now.
    [[nodiscard]] bool concerns(const Config& config, std::string_view context, Instant now) const noexcept;
    /// Whether tokens of Gatehouse count in this context.
    [[nodiscard]] bool reads_ours(const Config& config, std::string_view context) const noexcept;

    boost::asio::awaitable<Lookup> check(OldVisit visit);
    /// For a session that a store found by a token of Gatehouse: whether its session in the older system was ended
    /// there, even if the browser has lost the older cookie. The older system is asked again when the near cache has
    /// forgotten the session (look_again).
    boost::asio::awaitable<Lookup> follow(SettingsPtr settings, std::string context, Lookup ours, Instant now);

    /// Counted since the start.
    struct Stats {
        std::uint64_t questions = 0;  ///< how often the older system was asked about a token
        std::uint64_t unanswered = 0; ///< how often it did not answer
        std::uint64_t taken_over = 0; ///< sessions
    };
    [[nodiscard]] const Stats& stats() const noexcept { return stats_; }
    [[nodiscard]] std::uint64_t not_told() const noexcept { return notifier_.not_told(); }

    using Candidate = Identities::Candidate;
    /// Finds the account of a canonical e-mail address or phone number in the system that the strategy names. Writes
    /// nothing.
    boost::asio::awaitable<Result<Candidate>> find_account(SettingsPtr settings, std::string identifier,
                                                           std::string context, Instant now);
    /// Call it when the password has matched. A user who was found in the older system is taken over; `account` is the
    /// one in Gatehouse. nullopt: another user has the address or the phone number. conflict: the stored password has
    /// changed since it was read.
    boost::asio::awaitable<Result<std::optional<Account>>> bring_in(SettingsPtr settings, Candidate candidate,
                                                                    Instant now);
    /// Call it when the login is refused. Asks what find_account has not asked, and drops the answers, so that the time
    /// of a refusal does not tell which system knows the identifier.
    boost::asio::awaitable<void> ask_the_rest(SettingsPtr settings, Candidate candidate, std::string context,
                                              Instant now);

    /// As SessionService::begin. The older system is told if the strategy says so. Under mock-only there is no token of
    /// Gatehouse.
    boost::asio::awaitable<Result<std::optional<LoggedIn>>> begin(SettingsPtr settings, NewLogin login, Instant now);

    /// Ends what the older token stands for: in Gatehouse for ever, and in the older system if the strategy writes
    /// there. `absent`: neither Gatehouse nor, if the strategy reads it, the older system knows the token, or it has
    /// ended already; then nothing is written. `failed`: no store could say whose token it is, or the end could not be
    /// recorded.
    boost::asio::awaitable<EndOutcome> end(OldVisit visit);
    /// This session has ended in Gatehouse: ends it in the older system, as far as it can be reached. False: it could
    /// not be.
    boost::asio::awaitable<bool> tell_ended(SettingsPtr settings, SessionKey session, Instant now);
    /// All sessions of the user but `keep` have ended; the visitor's older token, if any, stays good. False: as above.
    boost::asio::awaitable<bool> tell_others_ended(std::optional<SessionKey> keep, std::string user_id, OldVisit visit);

    /// Whether the older system is told what ends here.
    [[nodiscard]] bool informs(const Config& config) const noexcept { return notifier_.informs(config); }
    /// Whether the older system has passwords that change together with those of Gatehouse.
    [[nodiscard]] bool writes_passwords(const Config& config) const noexcept;
    /// The user's password was changed in Gatehouse: changes it in the older system. False: it could not be changed.
    boost::asio::awaitable<bool> tell_password(SettingsPtr settings, std::string user_id, std::string hash);

  private:
    boost::asio::awaitable<Lookup> ask_ours(const OldVisit& visit, MissLimit::Pass& pass);
    boost::asio::awaitable<Knows> who_knows(const OldVisit& visit, std::string& legacy_user_id);
    boost::asio::awaitable<bool> clear_there(const OldVisit& visit, std::string legacy_user_id);
    boost::asio::awaitable<Result<EndOutcome>> end_once(OldVisit visit);
    boost::asio::awaitable<Knows> ask_legacy(const OldVisit& visit, const SessionKey& key, Knows ours,
                                             std::optional<LegacySession>& found);
    boost::asio::awaitable<std::optional<LegacyAnswer>> ask_there(SettingsPtr settings, SessionKey token,
                                                                  std::string raw, Instant now);
    boost::asio::awaitable<void> use_there(SettingsPtr settings, SessionKey token, std::string raw,
                                           const LegacySession& found, Instant now);
    boost::asio::awaitable<Result<bool>> ended_there(SettingsPtr settings, SessionKey session, Instant now);
    boost::asio::awaitable<Lookup> move(OldVisit visit, SessionKey key, LegacySession found);
    boost::asio::awaitable<Lookup> admit_theirs(OldVisit visit, SessionKey key, LegacySession found);
    boost::asio::awaitable<void> end_here(std::string token, std::string context, Instant now);
    boost::asio::awaitable<Result<void>> ask_users_here(const Config& config, Candidate& candidate);
    boost::asio::awaitable<Result<void>> ask_users_there(SettingsPtr settings, Candidate& candidate, Instant now);
    boost::asio::awaitable<Result<std::optional<LegacyUser>>> find_in_any_case(const Config& config,
                                                                               std::string identifier);
    boost::asio::awaitable<Result<std::string>> tell_begun(SettingsPtr settings, NewLogin login, std::string legacy_id,
                                                           std::optional<std::string> session_id, Instant now);
    [[nodiscard]] static AcceptedToken accepted_token(const Config& config, SessionKey token, Instant now);
    boost::asio::awaitable<void> keep(const OldVisit& visit);
    boost::asio::awaitable<void> save_standing(SettingsPtr settings, std::string legacy_id, std::string standing,
                                               Instant now);

    SessionService& sessions_;
    TakeoverStore& store_;
    LegacyStore& legacy_;
    Importer importer_;
    LegacyNotifier notifier_;
    MissLimit misses_;
    std::size_t reading_tables_ = 0; ///< look-ups under way that ignore the case of addresses, and so read whole tables
    SingleFlight<EndOutcome> ends_;
    SingleFlight<bool> looks_;
    /// Tokens whose end is recorded here, known to every gateway and told to the older system: nothing is left to do.
    std::unordered_set<SessionDigest, DigestHash> over_;
    Stats stats_;
};

/// What was asked for an identifier.
struct Identities::Candidate::Elsewhere {
    std::optional<LegacyUser> brought; ///< the user in the older system, to be taken over once the password has matched
    bool asked_ours = false;
    bool asked_theirs = false;
    bool asked_in_any_case = false;
    bool previewed = false;
};

} // namespace gatehouse
