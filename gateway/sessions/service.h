// SPDX-License-Identifier: Apache-2.0
// Whose session is this? And: begin one, end one, end the others. Redis is asked first, SQL decides, and what nobody
// could answer is *unknown*. Knows nothing of HTTP. Loop thread only; every coroutine resumes there and ends within the
// store deadlines.
#pragma once

#include "gateway/sessions/activity.h"
#include "gateway/sessions/lookup.h"
#include "gateway/sessions/revoker.h"
#include "gateway/sessions/settings.h"
#include "gateway/sessions/single_flight.h"
#include "storage/session_cache.h"
#include "storage/session_store.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
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
    done,   ///< recorded in SQL; every copy is covered or distrusted
    absent, ///< there was no such session
    failed, ///< SQL did not answer: nothing is certain, nothing has been promised
};

class SessionService {
  public:
    /// The stores outlive the service. `cache` may be null.
    SessionService(boost::asio::any_io_executor executor, SessionStore& store, SessionCache* cache,
                   SettingsPtr settings);

    /// Configuration of requests that come from now on.
    void use(SettingsPtr settings) { settings_ = std::move(settings); }

    void start() {
        activity_.start();
        revoker_.start(longest_idle());
    }
    /// Writes activity that is still waiting.
    boost::asio::awaitable<void> stop(Deadline deadline) { return activity_.stop(deadline); }

    /// `token` is what the cookie said, whatever it is.
    boost::asio::awaitable<Lookup> check(std::string token, std::string context, Instant now);

    /// nullopt: the user changed meanwhile. The session is committed in SQL before this returns.
    boost::asio::awaitable<Result<std::optional<LoggedIn>>> begin(NewLogin login, Instant now);

    /// Ends the session that the token names. A token that was not minted here ends nothing and is `absent`.
    boost::asio::awaitable<EndOutcome> end(std::string token, std::string context, Instant now);
    boost::asio::awaitable<EndOutcome> end_by_handle(std::string user_id, std::string handle, Instant now);
    /// Ends every session of the user but `keep`; says how many, or nothing if SQL did not answer.
    boost::asio::awaitable<std::optional<std::size_t>> end_others(std::string user_id, std::optional<SessionKey> keep,
                                                                  Instant now);
    /// A change that ends sessions was sent to SQL and nobody knows what became of it (it may still happen): until the
    /// ended sessions have been read back, Redis is not believed.
    void outcome_unknown() { revoker_.doubt(); }
    /// For sessions that another transaction ended (password change): covers their copies.
    boost::asio::awaitable<void> ended_elsewhere(std::vector<EndedSession> ended);

    boost::asio::awaitable<Result<std::vector<ListedSession>>> list(std::string user_id, Instant now);

    [[nodiscard]] bool cache_is_trustworthy() const noexcept { return revoker_.cache_is_trustworthy(); }

  private:
    using Found = std::optional<StoredSession>;

    boost::asio::awaitable<std::optional<Lookup>> ask_cache(SessionKey key, SettingsPtr settings, Instant now);
    boost::asio::awaitable<Lookup> ask_sql(SessionKey key, SettingsPtr settings, Instant now);
    [[nodiscard]] Seconds longest_idle() const;
    Lookup decide(Session session, User user, const ContextConfig& context, Instant now, Millis grace) const;
    void touch(Lookup& found, const SettingsPtr& settings, const ContextConfig& context, Instant now);
    void remember(const Session& session, const User& user, const ContextConfig& context, Instant now);

    boost::asio::any_io_executor executor_;
    SessionStore& store_;
    SessionCache* cache_;
    SettingsPtr settings_;
    ActivityWriter activity_;
    Revoker revoker_;
    SingleFlight<Found> flights_;
};

} // namespace gatehouse
