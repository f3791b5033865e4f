// SPDX-License-Identifier: Apache-2.0
// Whose session is this? And: begin one, end one, end the others. Redis is asked first, SQL decides, and what nobody
// could answer is *unknown*. Knows nothing of HTTP. Loop thread only; every coroutine resumes there and ends within the
// store deadlines.
#pragma once

#include "gateway/sessions/activity.h"
#include "gateway/sessions/breaker.h"
#include "gateway/sessions/ended_lately.h"
#include "gateway/sessions/feed_reader.h"
#include "gateway/sessions/lookup.h"
#include "gateway/sessions/near_cache.h"
#include "gateway/sessions/news.h"
#include "gateway/sessions/revoker.h"
#include "gateway/sessions/settings.h"
#include "gateway/sessions/settlement.h"
#include "gateway/sessions/single_flight.h"
#include "storage/change_feed.h"
#include "storage/invalidation_link.h"
#include "storage/legacy/takeover_store.h"
#include "storage/session_cache.h"
#include "storage/session_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

/// A person who has proven who they are.
struct NewLogin {
    User user; ///< as it was read before the proof; its generation is checked again on insert
    std::string context;
    Origin origin;
    bool remember = false;
};

struct LoggedIn {
    std::string token;
    Session session;
};

/// How far an end of sessions has come. Only `done` and `absent` may be called a success.
enum class EndOutcome {
    done,        ///< recorded, and no node will honour it any more
    absent,      ///< there was no such session
    unconfirmed, ///< recorded in SQL; Redis could not be told, and not every node is known to have heard of it
    failed,      ///< SQL did not answer: nothing is certain, nothing has been promised
};

/// For logs.
[[nodiscard]] std::string_view name_of(EndOutcome outcome) noexcept;

/// Where sessions are. All of it outlives the service.
struct SessionStores {
    SessionStore& store;
    ChangeFeed& feed;
    SessionCache* cache;               ///< may be null
    InvalidationLink* link;            ///< may be null
    TakeoverStore* takeover = nullptr; ///< null: no older system is being replaced, nothing has a name there
};

class SessionService {
  public:
    /// `node`: the name of this process among those that share the database.
    SessionService(boost::asio::any_io_executor executor, SessionStores stores, std::string node, SettingsPtr settings);

    /// Configuration of requests that come from now on.
    void use(SettingsPtr settings);

    void start();
    /// Writes activity that is still waiting, and takes the node off the list.
    boost::asio::awaitable<void> stop(Deadline deadline);
    /// Whoever tells what changes in Redis tells it to this.
    [[nodiscard]] InvalidationLink::Listener& listener() noexcept { return news_; }

    /// What can be said of a token without asking anybody. `token` is what the cookie said, whatever it is.
    struct Recalled {
        std::optional<Lookup> found;
        SessionDigest id{}; ///< to be looked up, if nothing was found
    };
    Recalled recall(std::string_view token, const ContextConfig& context, Instant now);
    /// Asks the stores.
    boost::asio::awaitable<Lookup> look_up(SessionDigest id, std::string context, Instant now);
    /// Of a token of an older system: the record alone, without asking whether it was minted here. `absent` is no
    /// answer: then the older system may know it.
    Recalled recall_old(std::string_view token, const ContextConfig& context, Instant now);
    /// The older system does not know it either.
    void refuse_old(const SessionDigest& id, Instant now);
    /// What is remembered of it is not so any more.
    void forget_old(const SessionDigest& id) { near_.drop(id); }
    /// Both. An unknown context has no sessions.
    boost::asio::awaitable<Lookup> check(std::string token, std::string context, Instant now);

    /// nullopt: the user changed meanwhile. The session is committed in SQL before this returns.
    boost::asio::awaitable<Result<std::optional<LoggedIn>>> begin(NewLogin login, Instant now);

    /// Ends the session that the token names. A token that was not minted here ends nothing and is `absent`.
    boost::asio::awaitable<EndOutcome> end(std::string token, std::string context, Instant now);
    /// Ends a token of an older system for ever, and the session that it stands for.
    boost::asio::awaitable<EndOutcome> end_old(std::string token, std::string context, Instant now);
    /// `which`, if given, is told the key of the session.
    boost::asio::awaitable<EndOutcome> end_by_handle(std::string user_id, std::string handle, Instant now,
                                                     std::optional<SessionKey>* which = nullptr);
    /// Ends every session of the user but `keep`.
    struct EndedOthers {
        EndOutcome outcome = EndOutcome::failed;
        std::size_t count = 0;
    };
    boost::asio::awaitable<EndedOthers> end_others(std::string user_id, std::optional<SessionKey> keep, Instant now);
    /// The user was changed by another transaction, which ended these sessions: covers every copy. False: not every
    /// node is known to have heard of it.
    boost::asio::awaitable<bool> user_changed(std::string user_id, std::int64_t generation,
                                              std::vector<EndedSession> ended);

    boost::asio::awaitable<Result<std::vector<ListedSession>>> list(std::string user_id, Instant now);

    [[nodiscard]] bool cache_is_trustworthy() const { return revoker_.cache_is_trustworthy(); }
    /// Whether what this process remembers counts just now.
    [[nodiscard]] bool memory_is_fresh() const noexcept;
    [[nodiscard]] const NearCache& near_cache() const noexcept { return near_; }
    [[nodiscard]] const FeedReaderStats& feed() const noexcept { return reader_.stats(); }

  private:
    using Found = std::optional<StoredSession>;

    std::optional<Lookup> recall_near(NearCache::Entry& entry, const ContextConfig& rules, Instant now);
    boost::asio::awaitable<std::optional<Lookup>> ask_cache(SessionKey key, NearCache::Note note, SettingsPtr settings,
                                                            Instant now);
    boost::asio::awaitable<Lookup> ask_sql(SessionKey key, NearCache::Note note, SettingsPtr settings, Instant now);
    boost::asio::awaitable<Result<Found>> query_sql(SessionKey key, Deadline deadline);
    boost::asio::awaitable<Lookup> out_for_good(StoredSession stored, Instant now);
    Lookup judge_stored(StoredSession stored, NearCache::Note note, const ContextConfig& rules, Millis grace,
                        Instant now);
    void touch(Lookup& found, const SettingsPtr& settings, const ContextConfig& context, Instant now);
    void remember(const Session& session, const User& user, const ContextConfig& context, Instant now);

    [[nodiscard]] bool has_ended(const std::string& stored_id);
    boost::asio::awaitable<std::vector<EndedSession>> with_names(std::vector<EndedSession> ended);
    void forget(const SessionKey& key);
    boost::asio::awaitable<bool> forget_here(std::vector<EndedSession> ended);
    boost::asio::awaitable<bool> forget_everywhere(std::vector<EndedSession> ended);
    boost::asio::awaitable<bool> everyone_has_seen();

    boost::asio::any_io_executor executor_;
    SessionStores stores_;
    SettingsPtr settings_;
    ActivityWriter activity_;
    Revoker revoker_;
    Settlement settlement_;
    TokenMarker marker_;
    NearCache near_;
    EndedLately ended_;
    News news_;
    FeedReader reader_;
    Breaker breaker_;
    std::minstd_rand random_; ///< for jitter alone
    SingleFlight<Found> flights_;
};

} // namespace gatehouse
