// SPDX-License-Identifier: Apache-2.0
// Sessions, users, the feed of their changes and the queue of mail in memory, with the meaning of the SQL stores: for
// tests of what stands on them. Loop thread. It can be told to fail and to answer late.
#pragma once

#include "storage/change_feed.h"
#include "storage/legacy/takeover_store.h"
#include "storage/mail_store.h"
#include "storage/one_time_store.h"
#include "storage/session_store.h"
#include "storage/user_store.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace gatehouse {

class MemoryIdentityStore final : public SessionStore,
                                  public UserStore,
                                  public ChangeFeed,
                                  public TakeoverStore,
                                  public OneTimeStore,
                                  public MailStore {
  public:
    /// From now on every call ends with this error and changes nothing; nullopt: works again.
    void set_failure(std::optional<StoreError> failure) { failure_ = failure; }

    /// From now on every answer takes so long; calls whose deadline comes first end then, timed_out, and change
    /// nothing.
    void set_delay(Millis delay) { delay_ = delay; }

    /// How many calls have been made, failed ones included.
    [[nodiscard]] std::size_t calls() const noexcept { return calls_; }

    boost::asio::awaitable<Result<std::optional<StoredSession>>> find(SessionKey key, Deadline deadline) override;
    boost::asio::awaitable<Result<Inserted>> insert(NewSession session, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> touch(std::vector<Activity> batch, Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<EndedSession>>> revoke(SessionKey key, Instant now,
                                                                       Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<EndedSession>>>
    revoke_by_handle(std::string user_id, std::string handle, Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<EndedSession>>>
    revoke_all(std::string user_id, std::optional<SessionKey> keep, Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<EndedSession>>> end_name(EndedSession name, Instant now,
                                                                       Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<EndedSession>>> names_of(std::vector<SessionKey> sessions,
                                                                       Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<EndedSession>>>
    ended_since(Instant since, std::string after, std::size_t limit, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<ListedSession>>> list(std::string user_id, Instant now,
                                                                    Deadline deadline) override;
    boost::asio::awaitable<Result<bool>> name_device(std::string user_id, std::string handle, std::string name,
                                                     Deadline deadline) override;
    boost::asio::awaitable<Result<std::size_t>> purge(Instant before, std::size_t limit, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> ping(Deadline deadline) override;

    boost::asio::awaitable<Result<std::optional<Account>>> find_by_email(std::string email, Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<Account>>> find_by_phone(std::string phone, Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<Account>>> find(std::string user_id, Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<User>>> find_in_context(std::string user_id, std::string context,
                                                                        Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> create(NewAccount account, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<Account>>> list(std::string after, std::size_t limit,
                                                              Deadline deadline) override;
    boost::asio::awaitable<Result<UserChange>> set_password(std::string user_id, std::string password_hash,
                                                            PasswordProof proof, std::optional<SessionKey> keep,
                                                            Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> replace_hash(std::string user_id, std::string old_hash, std::string new_hash,
                                                      Deadline deadline) override;
    boost::asio::awaitable<Result<UserChange>> set_disabled(std::string user_id, bool disabled, Instant now,
                                                            Deadline deadline) override;
    boost::asio::awaitable<Result<UserChange>> remove(std::string user_id, std::optional<std::int64_t> generation,
                                                      Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<UserChange>> set_contact(std::string user_id, Contact contact, Instant now,
                                                           Deadline deadline) override;
    boost::asio::awaitable<Result<UserChange>> set_role(std::string user_id, std::string role,
                                                        Deadline deadline) override;
    boost::asio::awaitable<Result<UserChange>> grant(std::string user_id, std::string context, Grant grant, Instant now,
                                                     Deadline deadline) override;
    boost::asio::awaitable<Result<UserChange>> withdraw(std::string user_id, std::string context,
                                                        std::string permission, Deadline deadline) override;

    boost::asio::awaitable<Result<bool>> issue(OneTimeToken token, Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<OneTimeToken>>> find_token(std::string id, Purpose purpose, Instant now,
                                                                           Deadline deadline) override;
    boost::asio::awaitable<Result<Registered>> register_account(std::string token_id, Purpose purpose,
                                                                NewAccount account,
                                                                std::vector<FirstPermission> permissions,
                                                                Deadline deadline) override;
    boost::asio::awaitable<Result<AddressChange>> change_address(std::string token_id, NewMail notice, Instant now,
                                                                 Deadline deadline) override;
    boost::asio::awaitable<Result<UserChange>> verify_address(std::string token_id, Instant now,
                                                              Deadline deadline) override;
    boost::asio::awaitable<Result<std::size_t>> forget_one_time(Instant before, std::size_t limit,
                                                                Deadline deadline) override;

    boost::asio::awaitable<Result<FeedPage>> look(std::string position, std::size_t limit, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<ChangedUser>>> users_since(Instant since, std::string after,
                                                                         std::size_t limit, Deadline deadline) override;
    boost::asio::awaitable<Result<Instant>> clock(Deadline deadline) override;
    boost::asio::awaitable<Result<void>> seen(std::string node, Instant looked_at, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> leave(std::string node, Deadline deadline) override;
    boost::asio::awaitable<Result<std::size_t>> nodes_behind(std::string self, Instant since, Seconds forget_after,
                                                             Deadline deadline) override;
    boost::asio::awaitable<Result<std::size_t>> forget(Instant before, Instant nodes_before, std::size_t limit,
                                                       Deadline deadline) override;

    boost::asio::awaitable<Result<Introduced>> introduce(Newcomer newcomer, Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<Account>>> preview(Newcomer newcomer, Instant now,
                                                                   Deadline deadline) override;
    boost::asio::awaitable<Result<Adopted>> adopt(Adoption adoption, Deadline deadline) override;
    boost::asio::awaitable<Result<bool>> accept_token(AcceptedToken accepted_token, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<OlderName>>> older_names(SessionKey session, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<OlderName>>> older_names_of(std::string user_id, Instant now,
                                                                          Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<OlderName>>>
    live_names(std::string context, std::string after, std::size_t limit, Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> note_alive(SessionKey token, std::string sealed,
                                                    std::optional<Instant> lives_until, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> note_cleared(std::string legacy_user_id, bool cleared,
                                                      Deadline deadline) override;
    boost::asio::awaitable<Result<std::string>> legacy_id_of(std::string user_id, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> note_hash(std::string user_id, std::string hash, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<KnownToken>>>
    known_tokens(std::string context, std::vector<std::string> ids, Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> announce(Announcement announcement, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<Announcement>>> announced(Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<CutOff>>> cut_off(std::vector<std::string> legacy_ids,
                                                                Deadline deadline) override;
    boost::asio::awaitable<Result<TakeoverCounts>> takeover_counts(std::string context, Instant since, Instant now,
                                                                   Deadline deadline) override;
    boost::asio::awaitable<Result<std::size_t>> forget_tokens(std::size_t limit, Deadline deadline) override;
    boost::asio::awaitable<Result<ForgottenHashes>> forget_hashes(std::string after, std::size_t limit,
                                                                  Deadline deadline) override;

    boost::asio::awaitable<Result<bool>> enqueue(NewMail mail, MailLimit limit, Instant now,
                                                 Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<QueuedMail>>> claim(std::string node, Instant now, Instant until,
                                                                    Deadline deadline) override;
    boost::asio::awaitable<Result<void>> sent(std::string id, Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> postpone(std::string id, int tries, std::string error, Instant due_at,
                                                  Deadline deadline) override;
    boost::asio::awaitable<Result<void>> give_up(std::string id, int tries, std::string error, Instant now,
                                                 Deadline deadline) override;
    boost::asio::awaitable<Result<MailCounts>> counts(Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<ListedMail>>> waiting(std::string after, std::size_t limit,
                                                                    Deadline deadline) override;
    boost::asio::awaitable<Result<std::size_t>> retry(std::string id, Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<std::size_t>> forget_mail(Instant sent_before, Instant given_up_before,
                                                            std::size_t limit, Deadline deadline) override;

  private:
    struct SessionRow {
        Session session;
        Origin origin;
        bool revoked = false;
        std::string device_name{};
    };
    struct Right {
        std::optional<Instant> expires_at;
        bool from_legacy = false;
    };
    struct UserRow {
        Account account;
        std::map<std::string, std::map<std::string, Right>> permissions; ///< context → name
        std::string phone;
        std::string legacy_id;
        std::string legacy_hash;
        std::optional<std::string> legacy_permissions;
        std::optional<Instant> legacy_cutoff;
        bool legacy_cleared = false;
    };
    /// Of the older system.
    struct Token {
        std::string context;
        std::string session_id; ///< empty: stands for none
        LegacyPlace place = LegacyPlace::sessions;
        Instant since;
        Instant expires_at;
        bool ended = false;
        std::string sealed{};
        std::optional<Instant> lives_until{};
    };

    struct MailRow {
        QueuedMail queued;
        std::optional<Instant> due_at;
        std::string node; ///< who is sending it
        std::string last_error;
        std::optional<Instant> sent_at;
        std::optional<Instant> given_up_at;
    };

    struct Change {
        std::int64_t seq = 0;
        Instant at;
        std::variant<EndedSession, ChangedUser> what;
    };

    boost::asio::awaitable<Result<void>> arrive(Deadline deadline);
    void tell(std::variant<EndedSession, ChangedUser> what);
    EndedSession end(SessionRow& row);
    std::int64_t raise_generation(UserRow& row);
    /// False: somebody else has the address.
    bool set_address(UserRow& row, const std::string& address);
    void end_links(const std::string& user_id, bool all);
    MailRow* claimed(const std::string& id, int tries);
    [[nodiscard]] User view(const UserRow& row, const std::string& context, Instant now) const;
    /// Removes a one-time token that counts, and returns it.
    std::optional<OneTimeToken> use(const std::string& id, Purpose purpose, Instant now);
    SessionRow* session(const SessionKey& key);
    UserRow* user(const std::string& id);
    std::vector<EndedSession> end_all(const std::string& user_id, const std::optional<SessionKey>& keep, Instant now);
    std::vector<EndedSession> evict(const Session& newest, std::size_t keep);

    UserRow* legacy_user(const std::string& legacy_id);
    UserRow* make_user(const Newcomer& newcomer, Instant now);
    void refresh(UserRow& row, const Newcomer& newcomer);
    void bring_permissions(UserRow& row, const Newcomer& newcomer);
    [[nodiscard]] bool counts(const UserRow& row, const std::string& token_id, std::optional<Instant> born) const;
    void end_token(const std::string& id, Token& token);
    [[nodiscard]] OlderName name_of_session(const std::string& id, const Token& token) const;
    void end_names(const std::string& session_id);
    std::optional<StoredSession> find_named(const SessionKey& key);

    std::map<std::string, SessionRow> sessions_;   ///< by id
    std::map<std::string, UserRow> users_;         ///< by UUID
    std::map<std::string, Token> tokens_;          ///< by id
    std::map<std::string, OneTimeToken> one_time_; ///< by id
    std::map<std::string, Announcement> announcements_;
    std::deque<Change> changes_; ///< by seq
    std::int64_t last_seq_ = 0;
    std::map<std::string, Instant> nodes_;
    std::map<std::string, MailRow> mail_; ///< by id
    std::optional<StoreError> failure_;
    Millis delay_{0};
    std::size_t calls_ = 0;
};

} // namespace gatehouse
