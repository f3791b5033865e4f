// SPDX-License-Identifier: Apache-2.0
// Identities where an older system is being replaced: asks both systems what endpoints ask, and tells the older system
// what ends or changes in Gatehouse, as the strategy says. Built only if an older system is configured. Loop thread
// only.
#pragma once

#include "gateway/sessions/identities.h"

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

namespace gatehouse {

class PasswordHasher;
class SessionService;
class Takeover;
struct OldVisit;

class WithOlderSystem final : public Identities {
  public:
    /// Every argument outlives this object.
    WithOlderSystem(SessionService& sessions, Takeover& takeover, PasswordHasher& hasher, SettingsPtr settings);

    void use(SettingsPtr settings) override;
    [[nodiscard]] std::string_view older_cookie(const Config& config, std::string_view context,
                                                Instant now) const noexcept override;
    [[nodiscard]] bool own_tokens_count(const Config& config, std::string_view context) const noexcept override;
    Recalled recall(const Visit& visit) override;
    boost::asio::awaitable<Lookup> look_up(const Visit& visit, const Recalled& recalled) override;
    boost::asio::awaitable<Result<Candidate>> find_account(const Visit& visit, std::string identifier) override;
    boost::asio::awaitable<Result<std::optional<Account>>> bring_in(const Visit& visit, Candidate candidate) override;
    boost::asio::awaitable<void> ask_the_rest(const Visit& visit, Candidate candidate) override;
    boost::asio::awaitable<Result<std::optional<LoggedIn>>> begin(NewLogin login, Instant now) override;
    boost::asio::awaitable<EndOutcome> end(const Visit& visit) override;
    boost::asio::awaitable<EndOutcome> end_by_handle(const Visit& visit, std::string user_id,
                                                     std::string handle) override;
    boost::asio::awaitable<EndedOthers> end_others(const Visit& visit, std::string user_id, SessionKey keep) override;
    boost::asio::awaitable<Result<PasswordChange>> change_password(const Visit& visit, NewPassword fresh,
                                                                   Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<ListedSession>>> list(std::string user_id, Instant now) override;
    boost::asio::awaitable<Result<bool>> name_device(std::string user_id, std::string handle,
                                                     std::string name) override;
    [[nodiscard]] bool owns_accounts(const Config& config, std::string_view context,
                                     Instant now) const noexcept override;
    boost::asio::awaitable<bool> end_elsewhere(const Visit& visit, std::string user_id, SessionKey own) override;
    boost::asio::awaitable<bool> user_changed(std::string user_id, std::int64_t generation,
                                              std::vector<EndedSession> ended) override;

  private:
    void limit_memory(const Config& config);
    boost::asio::awaitable<Lookup> by_own_token(const Visit& visit, const Recalled& recalled);
    boost::asio::awaitable<Lookup> unless_ended_there(const Visit& visit, Lookup ours);
    boost::asio::awaitable<EndOutcome> end_own(SettingsPtr settings, std::string token, std::string context);
    boost::asio::awaitable<Result<EndOutcome>> end_own_once(SettingsPtr settings, std::string token,
                                                            std::string context);
    boost::asio::awaitable<EndOutcome> end_both(SettingsPtr settings, std::string token, OldVisit older);
    boost::asio::awaitable<bool> tell_password(SettingsPtr settings, std::string user_id, Secret plain);

    SessionService& sessions_;
    Takeover& takeover_;
    PasswordHasher& hasher_;
    SettingsPtr settings_;
};

} // namespace gatehouse
