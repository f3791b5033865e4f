// SPDX-License-Identifier: Apache-2.0
// The inside of SqlIdentityStore, for the files that implement it (sessions.cpp, users.cpp, one_time.cpp, mail.cpp,
// feed.cpp, takeover.cpp).
// Each call states its kind of job (JobKind). These *decide*: a check, an end, a change of what a user may do,
// the feed, and the reports of gateways to each other. These *serve*: a login, a list, upkeep and operator commands.
// Loop thread.
#pragma once

#include "storage/sql/identity_queries.h"
#include "storage/sql/identity_store.h"
#include "storage/sql/runner.h"

#include <optional>
#include <string>
#include <vector>

namespace gatehouse {

struct SqlIdentityStore::Impl : sql::Runner<sql::IdentityQueries> {
    using Runner::Runner;
};

namespace sql {

std::vector<EndedSession> to_ended(const std::vector<EndedRow>& rows);
StoredSession to_stored(const SessionKey& key, const SessionQueries::FoundRow& row);

/// Inserts the row only: does not check the user.
void insert_row(Connection& connection, const SessionQueries& queries, const NewSession& session);

/// The session with this alias; the result carries the alias as its key. An ended session has no user.
std::optional<StoredSession> find_named(Connection& connection, const IdentityQueries& queries, const SessionKey& key);
/// Resolves an alias to the key of its session; any other key is returned unchanged.
std::optional<SessionKey> real_key(Connection& connection, const IdentityQueries& queries,
                                   std::optional<SessionKey> key);

/// The permissions in a JSON array of Dialect::permissions, sorted by name. Throws Refusal(corrupt).
std::vector<Permission> to_permissions(const std::string& json);

/// Uses the one-time token of the proof for this user's password, inside the caller's transaction. False: it cannot be
/// used.
bool use_for_password(Connection& connection, const IdentityQueries& queries, const PasswordProof& proof,
                      const std::string& user_id, Instant now);

/// Ends the links that were sent to the user, and the mails that would bring one; with `all` those that take an address
/// back, too. Inside the caller's transaction.
void end_links(Connection& connection, const IdentityQueries& queries, const std::string& user_id, bool all);

/// Ends every live session of the user except `keep`, inside the caller's transaction. From then on, sessions that the
/// older system began before do not count either.
std::vector<EndedSession> end_all(Connection& connection, const IdentityQueries& queries, const std::string& user_id,
                                  const std::optional<SessionKey>& keep, Instant now);

} // namespace sql
} // namespace gatehouse
