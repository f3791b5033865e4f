// SPDX-License-Identifier: Apache-2.0
// What endpoints do with people and their sessions: check, sign in, sign out, change the password. SessionService
// implements it with the stores of Gatehouse. Where an older system is being replaced, WithOlderSystem
// (gateway/takeover) wraps SessionService, asks the older system too, and tells it. EndOutcome::unconfirmed means that
// an end is recorded, but a gateway or the older system may not have heard of it. Loop thread only; every coroutine
// resumes there and ends within the store deadlines.
#pragma once

#include "gateway/accounts/secret.h"
#include "gateway/sessions/lookup.h"
#include "gateway/sessions/settings.h"
#include "storage/records.h"
#include "storage/result.h"
#include "storage/user_store.h"

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse {

/// What the browser has sent. Refers to the request, which must outlive the visit.
struct Visit {
    const SettingsPtr& settings; ///< one configuration from the beginning of the request to its end
    const ContextConfig& context;
    std::string_view token;       ///< of Gatehouse; empty: none
    bool conflict = false;        ///< the browser has sent two different tokens of Gatehouse: neither counts
    std::string_view older_token; ///< of the older system; empty: none, or it does not count in this context
    std::string_view address;     ///< of the client; like the user agent, only where an older system has a say
    std::string_view user_agent;
    Instant now;
};

/// A person who has proven their identity.
struct NewLogin {
    User user; ///< as read before the proof; the generation is checked again on insert
    std::string context;
    Origin origin;
    bool remember = false;
    /// If not empty: names something that can make one session only, such as a sent form. A repeated login with the
    /// same value gets the same session while that lives. Secret; names the user.
    std::string once{};
    SettingsPtr settings{}; ///< of the request
};

struct LoggedIn {
    std::string token; ///< empty: only the older system has this session
    Session session;
    std::string older_token{}; ///< for the older system's own cookie; empty: the older system was not told
};

/// How far an end of sessions has come, from good to bad. Only `done` and `absent` may be reported as a success.
enum class EndOutcome {
    done,        ///< recorded, and no gateway accepts the session any more
    absent,      ///< there was no such session
    unconfirmed, ///< recorded; a gateway, or the older system, may not have heard of it
    failed,      ///< the database did not answer: nothing is certain, nothing has been promised
};

/// For logs.
[[nodiscard]] std::string_view name_of(EndOutcome outcome) noexcept;

struct EndedOthers {
    EndOutcome outcome = EndOutcome::failed;
    std::size_t count = 0;
};

struct NewPassword {
    std::string user_id;
    std::string hash;
    PasswordProof proof; ///< of the old password, or a one-time token
    Secret plain;        ///< for a system that needs another kind of hash
};

struct PasswordChange {
    bool changed = false; ///< false: the user has changed meanwhile
    std::int64_t generation = 0;
    EndOutcome ended = EndOutcome::absent; ///< the end of every session of the user
};

class Identities {
  public:
    virtual ~Identities() = default;

    /// From now on requests use this configuration.
    virtual void use(SettingsPtr settings) = 0;

    /// The name of the cookie that brings tokens of the older system to this context; empty: no such cookie counts now.
    [[nodiscard]] virtual std::string_view older_cookie(const Config& config, std::string_view context,
                                                        Instant now) const noexcept = 0;
    /// Whether Gatehouse's own tokens count in this context.
    [[nodiscard]] virtual bool own_tokens_count(const Config& config, std::string_view context) const noexcept = 0;

    /// What is known without I/O.
    struct Recalled {
        std::optional<Lookup> found; ///< by the token of Gatehouse
        SessionDigest id{};
        bool final = true; ///< false: the older system must be asked although the token of Gatehouse is known

        /// False: ask look_up.
        [[nodiscard]] bool answers() const noexcept { return found && final; }
    };
    virtual Recalled recall(const Visit& visit) = 0;
    /// Asks the stores. `recalled`: as returned by recall; it and the visit outlive the look-up.
    virtual boost::asio::awaitable<Lookup> look_up(const Visit& visit, const Recalled& recalled) = 0;

    /// The account that an identifier (a canonical e-mail address or a phone number) leads to.
    struct Candidate {
        std::string identifier;
        std::optional<Account> account; ///< whose password is to be checked; without an id: not in the database yet
        struct Elsewhere;
        std::shared_ptr<Elsewhere> elsewhere{}; ///< what the older system was asked, and what it answered
    };
    /// Writes nothing.
    virtual boost::asio::awaitable<Result<Candidate>> find_account(const Visit& visit, std::string identifier) = 0;
    /// Call it when the password has matched. Returns the account that the person has in Gatehouse from now on.
    /// nullopt: another user has the address or the phone number. conflict: the stored password has changed since it
    /// was read.
    virtual boost::asio::awaitable<Result<std::optional<Account>>> bring_in(const Visit& visit,
                                                                            Candidate candidate) = 0;
    /// Call it when the login is refused. Asks what find_account has not asked, and drops the answers, so that the time
    /// of a refusal does not tell which system knows the identifier.
    virtual boost::asio::awaitable<void> ask_the_rest(const Visit& visit, Candidate candidate) = 0;
    /// nullopt: the user changed meanwhile. The session is committed in the database before this returns.
    virtual boost::asio::awaitable<Result<std::optional<LoggedIn>>> begin(NewLogin login, Instant now) = 0;

    /// Ends the sessions that the visitor's tokens stand for. Requests that end the same session at the same time share
    /// one end. The visit may be destroyed before the end has finished.
    virtual boost::asio::awaitable<EndOutcome> end(const Visit& visit) = 0;
    /// Ends one of the user's sessions, by its handle.
    virtual boost::asio::awaitable<EndOutcome> end_by_handle(const Visit& visit, std::string user_id,
                                                             std::string handle) = 0;
    /// Ends every session of the user except `keep`, the visitor's own.
    virtual boost::asio::awaitable<EndedOthers> end_others(const Visit& visit, std::string user_id,
                                                           SessionKey keep) = 0;
    /// Also ends every session of the user. `deadline`: for recording the change; it does not limit the wait for the
    /// other gateways.
    virtual boost::asio::awaitable<Result<PasswordChange>> change_password(const Visit& visit, NewPassword fresh,
                                                                           Deadline deadline) = 0;

    virtual boost::asio::awaitable<Result<std::vector<ListedSession>>> list(std::string user_id, Instant now) = 0;
    /// Names the device of one of the user's live sessions; an empty name takes the name away. False: no such session.
    virtual boost::asio::awaitable<Result<bool>> name_device(std::string user_id, std::string handle,
                                                             std::string name) = 0;

    /// Whether Gatehouse decides who has an account in this context and under which address.
    [[nodiscard]] virtual bool owns_accounts(const Config& config, std::string_view context,
                                             Instant now) const noexcept = 0;
    /// Call it before an account is deleted. Ends the user's sessions in the older system, and their counterparts in
    /// Gatehouse. The visitor's own session, `own`, ends in the older system only, because the visitor must be able to
    /// try again after a failure. False: the older system could not be told.
    virtual boost::asio::awaitable<bool> end_elsewhere(const Visit& visit, std::string user_id, SessionKey own) = 0;
    /// A transaction has changed the user and ended these sessions: removes every copy of them. False: a gateway may
    /// not have heard of it.
    virtual boost::asio::awaitable<bool> user_changed(std::string user_id, std::int64_t generation,
                                                      std::vector<EndedSession> ended) = 0;
};

} // namespace gatehouse
