// SPDX-License-Identifier: Apache-2.0
// Sessions and their users in the stores of Gatehouse: looks sessions up, begins them and ends them. Redis is asked
// first, and the database decides. If no store answers, the result is *unknown*. Knows nothing of HTTP; of an older
// system it knows only that a session may have another name. Loop thread only; every coroutine resumes there and ends
// within the store deadlines.
#pragma once

#include "gateway/sessions/activity.h"
#include "gateway/sessions/breaker.h"
#include "gateway/sessions/change_applier.h"
#include "gateway/sessions/ended_lately.h"
#include "gateway/sessions/feed_reader.h"
#include "gateway/sessions/identities.h"
#include "gateway/sessions/near_cache.h"
#include "gateway/sessions/pending_revocations.h"
#include "gateway/sessions/revoker.h"
#include "gateway/sessions/single_flight.h"
#include "storage/change_feed.h"
#include "storage/invalidation_link.h"
#include "storage/session_cache.h"
#include "storage/session_store.h"
#include "storage/user_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

/// Where sessions and their users are. All stores outlive the service.
struct SessionStores {
    SessionStore& store;
    UserStore& users;
    ChangeFeed& feed;
    SessionCache* cache;    ///< may be null
    InvalidationLink* link; ///< may be null
};

class SessionService final : public Identities {
  public:
    /// `node`: the name of this gateway among those that share the database.
    SessionService(boost::asio::any_io_executor executor, SessionStores stores, std::string node, SettingsPtr settings);

    void use(SettingsPtr settings) override;
    /// How long the near cache answers for sessions in this context before a store is asked again; nullopt: as long as
    /// it can.
    void limit_memory(std::string context, std::optional<Millis> longest);
    /// What was unknown before may be known now.
    void forget_everything() { near_.clear(); }

    void start();
    /// Writes activity that is still waiting, and takes this gateway off the list.
    boost::asio::awaitable<void> stop(Deadline deadline);
    /// Receives the changes that Redis announces.
    [[nodiscard]] InvalidationLink::Listener& listener() noexcept { return change_applier_; }

    [[nodiscard]] std::string_view older_cookie(const Config&, std::string_view, Instant) const noexcept override {
        return {};
    }
    [[nodiscard]] bool own_tokens_count(const Config&, std::string_view) const noexcept override { return true; }
    [[nodiscard]] bool owns_accounts(const Config&, std::string_view, Instant) const noexcept override { return true; }

    Recalled recall(const Visit& visit) override;
    boost::asio::awaitable<Lookup> look_up(const Visit& visit, const Recalled& recalled) override;
    /// `token` is the cookie's value, whatever it is.
    Recalled recall(std::string_view token, const ContextConfig& context, Instant now);
    enum class NameKind { token, other_name };
    boost::asio::awaitable<Lookup> look_up(SessionDigest id, std::string context, Instant now,
                                           NameKind kind = NameKind::token);

    boost::asio::awaitable<Result<Candidate>> find_account(const Visit& visit, std::string identifier) override;
    boost::asio::awaitable<Result<std::optional<Account>>> bring_in(const Visit& visit, Candidate candidate) override;
    boost::asio::awaitable<void> ask_the_rest(const Visit& visit, Candidate candidate) override;
    boost::asio::awaitable<Result<std::optional<Account>>> account_of(std::string identifier, Deadline deadline);
    boost::asio::awaitable<Result<std::optional<LoggedIn>>> begin(NewLogin login, Instant now) override;

    boost::asio::awaitable<EndOutcome> end(const Visit& visit) override;
    /// Ends the session that the token stands for. A token that was not minted here ends nothing and is `absent`.
    boost::asio::awaitable<EndOutcome> end(std::string token, std::string context, Instant now);
    /// Requests that end the session of the same token at the same time share one end, which began after all of them
    /// came.
    boost::asio::awaitable<EndOutcome> end_together(std::string token, std::string context,
                                                    SingleFlight<EndOutcome>::Query end);
    boost::asio::awaitable<EndOutcome> end_by_handle(const Visit& visit, std::string user_id,
                                                     std::string handle) override;
    /// `which`, if given, receives the key of the session.
    boost::asio::awaitable<EndOutcome> end_by_handle(std::string user_id, std::string handle, Instant now,
                                                     std::optional<SessionKey>* which = nullptr);
    boost::asio::awaitable<EndedOthers> end_others(const Visit& visit, std::string user_id, SessionKey keep) override;
    boost::asio::awaitable<EndedOthers> end_others(std::string user_id, std::optional<SessionKey> keep, Instant now);
    boost::asio::awaitable<Result<PasswordChange>> change_password(const Visit& visit, NewPassword fresh,
                                                                   Deadline deadline) override;
    boost::asio::awaitable<bool> user_changed(std::string user_id, std::int64_t generation,
                                              std::vector<EndedSession> ended) override;
    boost::asio::awaitable<bool> end_elsewhere(const Visit& visit, std::string user_id, SessionKey own) override;

    boost::asio::awaitable<Result<std::vector<ListedSession>>> list(std::string user_id, Instant now) override;
    boost::asio::awaitable<Result<bool>> name_device(std::string user_id, std::string handle,
                                                     std::string name) override;

    // A session that was taken over from an older system has another name: the digest of its older token.

    /// Looks the name up in the near cache alone. `absent` is not final: the older system may know it.
    Recalled recall_name(std::string_view token, const ContextConfig& context, Instant now);
    /// The older system does not know the name either.
    void refuse_name(const SessionDigest& id, Instant now);
    /// What is remembered of the name is outdated.
    void forget_name(const SessionDigest& id) { near_.drop(id); }
    boost::asio::awaitable<Result<std::vector<EndedSession>>> names_of(std::vector<SessionKey> sessions);
    /// Ends the name for ever, and the session that it stands for.
    boost::asio::awaitable<EndOutcome> end_name(std::string token, std::string context, Instant now);

    [[nodiscard]] bool cache_is_trustworthy() const { return revoker_.cache_is_trustworthy(); }
    /// Whether the near cache may be believed now.
    [[nodiscard]] bool memory_is_fresh() const noexcept;
    [[nodiscard]] const NearCache& near_cache() const noexcept { return near_; }
    [[nodiscard]] const FeedReaderStats& feed() const noexcept { return reader_.stats(); }

  private:
    using Found = std::optional<StoredSession>;

    [[nodiscard]] bool sql_has_been_away_for_long() const noexcept;
    [[nodiscard]] bool was_stopped() const noexcept;

    [[nodiscard]] Instant remembered_until(std::string_view context, Instant now) const;
    std::optional<Lookup> recall_near(NearCache::Entry& entry, const ContextConfig& rules, Instant now);
    /// What Redis says. Without `found` the database must be asked; the activity counts there, too.
    struct Copied {
        std::optional<Lookup> found;
        Instant last_activity{}; ///< of a live copy, else long ago
    };
    boost::asio::awaitable<Copied> ask_cache(SessionKey key, NearCache::Note note, SettingsPtr settings, Instant now);
    boost::asio::awaitable<Lookup> ask_sql(SessionKey key, NearCache::Note note, Instant last_activity,
                                           SettingsPtr settings, Instant now);
    boost::asio::awaitable<Result<Found>> query_sql(SessionKey key, Deadline deadline);
    boost::asio::awaitable<Lookup> out_for_good(StoredSession stored, Instant now);
    Lookup judge_stored(StoredSession stored, NearCache::Note note, const ContextConfig& rules, Millis grace,
                        Instant now);
    void touch(Lookup& found, const SettingsPtr& settings, const ContextConfig& context, Instant now);
    void remember(const Session& session, const User& user, const ContextConfig& context, Instant now);

    /// The session or name has ended already, which took one read or none. nullopt: it may live, or no store knows.
    boost::asio::awaitable<std::optional<EndOutcome>> ended_already(SessionKey key, Instant now);
    boost::asio::awaitable<std::optional<EndOutcome>> name_ended_already(SessionKey key, Instant now);
    boost::asio::awaitable<Result<Found>> read_before_end(SessionKey key, Instant now);
    boost::asio::awaitable<EndOutcome> confirm_end(SessionKey key, Instant expires_at);
    [[nodiscard]] bool is_confirmed(const SessionKey& key);

    boost::asio::awaitable<Result<EndOutcome>> end_once(std::string token, std::string context);
    boost::asio::awaitable<Result<std::optional<LoggedIn>>> begin_again(LoggedIn fresh, NewLogin login, Instant now);
    [[nodiscard]] bool has_ended(const std::string& stored_id);
    boost::asio::awaitable<std::vector<EndedSession>> with_names(std::vector<EndedSession> ended);
    boost::asio::awaitable<EndOutcome> end_without_sql(PendingEnd end, Deadline deadline);
    void forget(const SessionKey& key);
    boost::asio::awaitable<bool> forget_here(std::vector<EndedSession> ended);
    boost::asio::awaitable<bool> forget_everywhere(std::vector<EndedSession> ended);
    boost::asio::awaitable<bool> everyone_has_seen();

    boost::asio::any_io_executor executor_;
    SessionStores stores_;
    SettingsPtr settings_;
    std::map<std::string, Millis, std::less<>> memory_limits_; ///< by context
    ActivityWriter activity_;
    Revoker revoker_;
    PendingRevocations pending_revocations_;
    TokenMarker marker_;
    NearCache near_;
    EndedLately ended_;
    EndedLately confirmed_; ///< of these, every gateway is known to have heard
    ChangeApplier change_applier_;
    FeedReader reader_;
    Breaker breaker_;
    std::minstd_rand random_; ///< for jitter alone
    SingleFlight<Found> flights_;
    SingleFlight<EndOutcome> ends_;
};

} // namespace gatehouse
