// SPDX-License-Identifier: Apache-2.0
// The authority on sessions and users, the feed of their changes, and the queue of mail, on PostgreSQL or SQLite. SOCI
// stays behind this header. Called on the loop thread; the queries run on a pool of threads, one for each connection.
// The first job that needs a connection opens it, also after a loss. While the server is away, calls fail at once and
// only some of them try to connect. Nothing is thrown after construction.
#pragma once

#include "storage/change_feed.h"
#include "storage/legacy/takeover_store.h"
#include "storage/mail_store.h"
#include "storage/one_time_store.h"
#include "storage/session_store.h"
#include "storage/sql/durability.h"
#include "storage/sql/options.h"
#include "storage/unlock_store.h"
#include "storage/user_store.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse {

class SqlIdentityStore final : public SessionStore,
                               public UserStore,
                               public ChangeFeed,
                               public TakeoverStore,
                               public UnlockStore,
                               public OneTimeStore,
                               public MailStore {
  public:
    /// Opens nothing yet. Throws std::runtime_error if the URL is malformed. The message never shows a password.
    explicit SqlIdentityStore(SqlOptions options);
    ~SqlIdentityStore() override;

    /// Takes no more work and waits for the running jobs. Returns false if a thread was stuck and was left behind.
    bool stop(Millis grace);

    /// The last failure in the database's words, without a password. Empty after a success. Any thread.
    [[nodiscard]] std::string last_failure() const;

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

    /// What the database's settings promise. On SQLite every promise holds.
    boost::asio::awaitable<Result<Durability>> durability(Deadline deadline);

    boost::asio::awaitable<Result<std::optional<Account>>> find_by_email(std::string email, Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<Account>>> find_by_phone(std::string phone, Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<Account>>> find(std::string user_id, Deadline deadline) override;
    boost::asio::awaitable<Result<std::optional<User>>> find_in_context(std::string user_id, std::string context,
                                                                        Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> create(NewAccount account, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<Account>>> list(std::string after, std::size_t limit,
                                                              Deadline deadline) override;
    /// Accounts without an e-mail address, whose users an older system knows by phone. In order of id, those after
    /// `after` (an id; empty: from the start). Only operator commands ask for these accounts.
    struct Unaddressed {
        Account account;
        std::string phone; ///< may be empty as well
    };
    boost::asio::awaitable<Result<std::vector<Unaddressed>>> list_unaddressed(std::string after, std::size_t limit,
                                                                              Deadline deadline);
    /// Live sessions of everybody in order of stored id, those after `after`. Only operator commands ask for them.
    struct SomebodysSession {
        ListedSession listed;
        std::string email; ///< may be empty, as the next
        std::string phone;
        std::string user_id;
    };
    boost::asio::awaitable<Result<std::vector<SomebodysSession>>> list_live(std::string after, std::size_t limit,
                                                                            Instant now, Deadline deadline);
    boost::asio::awaitable<Result<UserChange>> set_password(std::string user_id, std::string password_hash,
                                                            PasswordProof proof, std::optional<SessionKey> keep,
                                                            Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<void>> replace_hash(std::string user_id, std::string old_hash, std::string new_hash,
                                                      Deadline deadline) override;
    boost::asio::awaitable<Result<UserChange>> set_disabled(std::string user_id, bool disabled, Instant now,
                                                            Deadline deadline) override;
    boost::asio::awaitable<Result<bool>> unlock(std::string user_id, Instant now, Deadline deadline) override;
    boost::asio::awaitable<Result<std::vector<Unlocked>>> unlocked_since(Instant since, Deadline deadline) override;
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
    boost::asio::awaitable<Result<bool>> accept_token(AcceptedToken token, Deadline deadline) override;
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
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace gatehouse
