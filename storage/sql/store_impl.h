// SPDX-License-Identifier: Apache-2.0
// The inside of SqlIdentityStore, for the files that implement it (sessions.cpp, users.cpp, feed.cpp).
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

/// Nothing else: no check of the user.
void insert_row(Connection& connection, const SessionQueries& queries, const NewSession& session);

/// The session that has this name in the older system, under this name; one that is over has no user.
std::optional<StoredSession> find_named(Connection& connection, const IdentityQueries& queries, const SessionKey& key);
/// The same key, unless it is such a name: then the session's own.
std::optional<SessionKey> real_key(Connection& connection, const IdentityQueries& queries,
                                   std::optional<SessionKey> key);

/// The permissions in a JSON array of Dialect::permissions, sorted by name. Throws Refusal(corrupt).
std::vector<Permission> to_permissions(const std::string& json);

/// Ends every live session of the user but `keep`, inside the caller's transaction. From now on what the older system
/// has of before does not count either.
std::vector<EndedSession> end_all(Connection& connection, const IdentityQueries& queries, const std::string& user_id,
                                  const std::optional<SessionKey>& keep, Instant now);

} // namespace sql
} // namespace gatehouse
