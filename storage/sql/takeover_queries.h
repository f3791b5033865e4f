// SPDX-License-Identifier: Apache-2.0
// The statements on what is remembered of the system that is being replaced. Immutable; any thread.
#pragma once

#include "storage/sql/dialect.h"
#include "storage/sql/statement.h"

#include <cstdint>
#include <optional>
#include <string>

namespace gatehouse::sql {

struct TakeoverQueries {
    explicit TakeoverQueries(const Dialect& dialect);

    using Text = std::string;
    using MaybeText = std::optional<std::string>;
    using Number = std::int64_t;

    /// id, e-mail, phone, password hash, role, verified, disabled, generation, permissions, imported hash, whether the
    /// token counts
    using UserRow = Out<Text, Text, Text, Text, Text, bool, bool, Number, Text, Text, bool>;
    /// legacy id, token, born, context, now
    Query<In<Text, Text, Instant, Text, Instant>, UserRow> find_user;
    /// id, e-mail, phone, hash, role, verified, created, legacy id
    Query<In<Text, Text, Text, Text, Text, bool, Instant, Text>, Out<>> create_user;
    Query<In<Text, Text, Text>, Out<>> link_user; ///< e-mail, legacy id, hash
    /// legacy id, e-mail, phone, hash, role, verified, now
    Query<In<Text, Text, Text, Text, Text, bool, Instant>, Out<>> refresh_user;
    /// user, now: only what provably began later counts
    Query<In<Text, Instant>, Out<>> cut_off;

    /// user, generation, token, born
    Query<In<Text, Number, Text, Instant>, Out<>> hold_user;
    /// id, context, place, since, expires_at
    Query<In<Text, Text, Text, Instant, Instant>, Out<>> record;
    /// id, context, place, since, expires_at, session
    Query<In<Text, Text, Text, Instant, Instant, MaybeText>, Out<>> vouch;
    Query<In<Text, Text>, Out<>> name; ///< id, session

    /// id, context → session (empty: none), whether it is over, expires_at
    Query<In<Text, Text>, Out<Text, bool, Instant>> find;
    Query<In<Text, Text>, Out<Text>> place; ///< id, context
    /// id, context, now, expires_at → session (empty: none)
    Query<In<Text, Text, Instant, Instant>, Out<Text>> end;
    Query<In<Instant, Instant, Text, Number>, Out<Text, Text, Instant>> ended_since; ///< since, now, after, limit
    Query<In<Text>, Out<Text, Text, Instant>> names_of; ///< session → context, id, expires_at
    Query<In<Text>, Out<>> touch;                       ///< batch

    Query<In<Text>, Out<Text>> legacy_id;                  ///< user
    Query<In<Text, Text>, Out<>> note_hash;                ///< user, hash
    Query<In<Text, Text>, Out<Text>> legacy_id_of_session; ///< id, context
    /// batch, now → id, over, live, session, handle, user there
    Query<In<Text, Instant>, Out<Text, bool, bool, Text, Text, Text>> known;
    Query<In<Text, Text, Instant>, Out<>> announce; ///< node, strategy, at
    Query<In<>, Out<Text, Text, Instant>> announced;
    /// context, now → users, live sessions, those with a name, ended tokens
    Query<In<Text, Instant>, Out<Number, Number, Number, Number>> counts;

    Query<In<Number>, Out<>> forget_tokens;     ///< limit
    Query<In<Text, Number>, Out<Text>> last_id; ///< after, limit → the last of these users' legacy ids; empty: none
    Query<In<Text, Text>, Out<>> forget_hashes; ///< after, last
};

} // namespace gatehouse::sql
